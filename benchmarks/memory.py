"""The daemon's memory: its peak through 200,000 collected posts.

    ./run bench memory

A stream on this machine that has nothing but matching posts, as fast as they are taken;
the real daemon, collector, scorer and store at the other end.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from benchmarks import _processes
from benchmarks._figures import note
from benchmarks.day import config_text

POSTS = 200_000
LIMIT_MB = 250.0
_STEP_US = 4000  # of the stream's time: a quarter of an hour in all
_PEOPLE = 5000
_WORDS = (
    "The members were told a very different story about the reading room today",
    "What a wonderful evening, thank you to everybody who came and helped",
    "Nobody knows where the second memo went, and that is a disgrace",
    "Doors open at six; the agenda is on the table by the window",
)


@dataclass(frozen=True, slots=True)
class Result:
    """peak_mb: of the daemon alone; None where nothing could be measured."""

    posts: int
    peak_mb: float
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the daemon stays small."""
        return self.peak_mb < LIMIT_MB


class Stream:
    """A Jetstream of so many posts, from `begin` on, in a thread of its own."""

    def __init__(self, posts: int) -> None:
        self.posts = posts
        self.port = _processes.free_port()
        self._begin_us = int((datetime.now(UTC)).timestamp() * 1e6)
        self._begin_us -= posts * _STEP_US + 5_000_000
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Stream:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with serve(
            self._send,
            "127.0.0.1",
            self.port,
            process_request=_refuse_others,
            ping_interval=None,
            compression=None,
        ):
            await self._stop.wait()

    async def _send(self, socket: ServerConnection) -> None:
        query = parse_qs(urlsplit(socket.request.path if socket.request else "").query)
        cursor = int(query.get("cursor", ["0"])[0])
        try:
            for message in self.messages(cursor):
                await socket.send(message)
            await socket.wait_closed()
        except ConnectionClosed:
            return

    def messages(self, cursor: int) -> Iterator[str]:
        """The events from a cursor (microseconds since 1970) on."""
        first = max(0, -(-(cursor - self._begin_us) // _STEP_US))
        for number in range(first, self.posts):
            yield json.dumps(_event(number, self._begin_us + number * _STEP_US))


def _refuse_others(_: ServerConnection, request: Request) -> Response | None:
    """Look-ups of posts are none of this server's business."""
    if "/subscribe" in request.path:
        return None
    return Response(503, "Service Unavailable", Headers({"Content-Length": "0"}))


def _event(number: int, time_us: int) -> dict[str, object]:
    at = datetime.fromtimestamp(time_us / 1e6, UTC)
    tag = "#LabourLeaks"
    text = f"{_WORDS[number % len(_WORDS)]}, number {number}. {tag}"
    start = len(text.encode()) - len(tag)
    facet = {
        "index": {"byteStart": start, "byteEnd": start + len(tag)},
        "features": [
            {"$type": "app.bsky.richtext.facet#tag", "tag": tag.removeprefix("#")}
        ],
    }
    record = {
        "$type": "app.bsky.feed.post",
        "createdAt": at.isoformat().replace("+00:00", "Z"),
        "text": text,
        "facets": [facet],
        "langs": ["en"],
    }
    commit = {
        "rev": _key(number),
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": _key(number),
        "cid": "bafyreia" + _key(number) * 4,
        "record": record,
    }
    person = f"did:plc:{_key(number % _PEOPLE).rjust(24, 'a')}"
    return {"did": person, "time_us": time_us, "kind": "commit", "commit": commit}


def _key(number: int) -> str:
    """A number as thirteen letters of the kind that Bluesky's keys are made of."""
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    found = ""
    for _ in range(12):
        number, rest = divmod(number, 32)
        found = letters[rest] + found
    return f"3{found}"


def measure(folder: Path, *, posts: int) -> Result:
    """Collect so many posts with the real daemon. Raises TimeoutError."""
    database, config = folder / "campaigns.db", folder / "groundswell.toml"
    with Stream(posts) as stream:
        source = {
            "slug": "stream",
            "platform": "bluesky",
            "base_url": f"ws://127.0.0.1:{stream.port}",
            "api_url": f"http://127.0.0.1:{stream.port}",
            "allow_private": True,
            "backfill": "1d",
        }
        config.write_text(config_text([source], database), encoding="utf-8")
        began = time.monotonic()
        with _processes.started(_processes.daemon(config)) as daemon:
            limit = began + 60 + posts / 100
            while (stored := _processes.newest(database, "posts")) < posts:
                if time.monotonic() > limit or daemon.poll() is not None:
                    raise TimeoutError(f"only {stored} of {posts} posts were stored")
                time.sleep(0.5)
            took = time.monotonic() - began
            return Result(stored, _processes.peak_mb(daemon.pid), took)


def main(posts: int = POSTS) -> int:
    """Print the peak; 1 where it is too high."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), posts=posts)
    note(
        f"the daemon's peak memory through {found.posts:,} posts",
        f"{found.peak_mb:.0f} MB",
        aim=f"under {LIMIT_MB:.0f} MB",
    )
    note("collecting from a stream", f"{found.posts / found.seconds:,.0f} posts/s")
    return 0 if found.ok else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else POSTS))
