"""A real server on loopback, in a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from datasette.app import Datasette

from groundswell.web import server


@contextmanager
def listening(site: Datasette) -> Iterator[str]:
    """The address of a real server on loopback, in a thread."""
    listener = server._listen("127.0.0.1", 0)
    told = uvicorn.Config(site.app(), log_level="warning", lifespan="on")
    running = uvicorn.Server(told)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join()
        listener.close()
