"""Downloads of a real server, over real connections that take nothing: nobody shuts out
anybody, and nothing is left on the disk however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from db.connection import open_database
from tests import export_store
from tests.browsing import ROOT

POSTS = 20_000
PATH = "/-/export/labourleaks?format=csv"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The folder's file on a port of its own; ended if the test has not done so."""
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.web_fixture", str(folder / "x.db"), "0"],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("slow")
    database = open_database(path / "x.db")
    export_store.many(database, POSTS)
    database.close()
    return path


class Slow:
    """Somebody who asks and takes no more than the head of the answer, until told to."""

    def __init__(self, address: str, path: str, own: str) -> None:
        parts = urlsplit(address)
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.bind((own, 0))
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", parts.port))
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        self.socket.sendall(request.encode())
        self.answer = HTTPResponse(self.socket)

    def status(self) -> int:
        """Of the answer, whose head is read."""
        self.answer.begin()
        return self.answer.status

    def rest(self) -> bytes:
        """All that comes, to the end."""
        body = self.answer.read()
        self.close()
        return body

    def close(self) -> None:
        """Goes away."""
        self.answer.close()
        self.socket.close()


def until(true: Callable[[], bool]) -> None:
    """Waits for what another process does; the test's own time-out is the limit."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to be")


def left(folder: Path) -> list[Path]:
    return list((folder / "x.db.downloads").glob("*/*/*"))


def test_slow_readers_shut_nobody_out(folder: Path) -> None:
    with serving(folder) as (address, _):
        slow = [Slow(address, PATH, f"127.0.0.{n}") for n in (2, 3)]
        assert [one.status() for one in slow] == [200, 200]
        # Two are all that are written at once: others wait for these, and for no reader.
        for own in ("127.0.0.4", "127.0.0.5"):
            other = Slow(address, PATH, own)
            while other.status() == 503:
                other.close()
                other = Slow(address, PATH, own)
            assert other.rest().count(b"Invented post") == POSTS
        again, page = (Slow(address, path, "127.0.0.2") for path in (PATH, "/"))
        assert (again.status(), again.answer.headers["retry-after"]) == (429, "10")
        assert page.status() == 200, "the pages go on"
        again.close()
        page.close()
        assert len(left(folder)) == 2
        for one in slow:
            assert one.rest().count(b"Invented post") == POSTS, "slow, and whole"
        until(lambda: not left(folder))
    assert "Traceback" not in (folder / "server.log").read_text()


def test_who_goes_away_leaves_nothing(folder: Path) -> None:
    with serving(folder) as (address, _):
        pack = Slow(address, PATH.replace("csv", "evidence"), "127.0.0.2")
        until(lambda: bool(left(folder)))
        pack.close()
        until(lambda: not left(folder))
        csv = Slow(address, PATH, "127.0.0.2")
        csv.status()
        csv.close()
        until(lambda: not left(folder))
        after = Slow(address, PATH, "127.0.0.2")
        assert after.status() == 200, "the place is free"
        after.close()


@pytest.mark.parametrize("form", ["csv", "evidence"])
def test_a_server_that_stops_takes_its_files_along(folder: Path, form: str) -> None:
    with serving(folder) as (address, process):
        reader = Slow(address, PATH.replace("csv", form), "127.0.0.2")
        until(lambda: bool(left(folder)))
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        reader.close()
    assert not (folder / "x.db.downloads").exists()


def test_what_a_killed_server_left_goes_at_the_next_start(folder: Path) -> None:
    with serving(folder) as (address, process):
        reader = Slow(address, PATH, "127.0.0.2")
        reader.status()
        process.kill()
        process.wait()
        reader.close()
    assert list((folder / "x.db.downloads").iterdir()) != []
    with serving(folder):
        assert list((folder / "x.db.downloads").iterdir()) == []


def test_a_second_server_leaves_the_first_ones_files_alone(folder: Path) -> None:
    with serving(folder) as (address, _):
        reader = Slow(address, PATH, "127.0.0.2")
        reader.status()
        with serving(folder):
            assert len(left(folder)) == 1
        assert reader.rest().count(b"Invented post") == POSTS


def test_the_writer_of_a_killed_server_ends_by_itself(folder: Path) -> None:
    with serving(folder) as (address, process):
        reader = Slow(address, PATH.replace("csv", "evidence"), "127.0.0.2")
        until(lambda: bool(left(folder)))
        (writer,) = children(process.pid)
        process.kill()
        process.wait()
        reader.close()
        until(lambda: not Path(f"/proc/{writer}").exists())
        until(lambda: not left(folder))


def children(pid: int) -> list[int]:
    """The processes that this one began."""
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    if not tasks.exists():
        pytest.skip("this system does not tell a process's children")
    return [int(one) for one in tasks.read_text().split() if int(one) != os.getpid()]
