"""Nostr against a real relay: nostr-relay from PyPI, on loopback, with its own SQLite."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from benchmarks.day import WorldClock
from collectors._dialogue import converse
from collectors.base import Probes, Query, Term
from db import walks
from db.connection import Database
from groundswell import ingest
from groundswell.clock import utcnow
from groundswell.config.loading import parse
from groundswell.demo.sim_nostr import Event, signed
from groundswell.runtime import Runtime, open_runtime

pytestmark = pytest.mark.skipif(
    find_spec("nostr_relay") is None, reason="nostr-relay (PyPI) is not installed"
)

LIMIT = 20
CONFIG = """
relay_name: an invented relay
storage:
  sqlalchemy.url: sqlite+aiosqlite:///{folder}/relay.sqlite3
  validators: [nostr_relay.validators.is_signed]
verification: {{nip05_verification: disabled}}
gunicorn: {{bind: "127.0.0.1:{port}", workers: 1, control_socket: ""}}
authentication: {{enabled: false}}
subscription_limit: 32
max_limit: {limit}
"""


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("relay")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "relay.yaml"
    config.write_text(CONFIG.format(folder=folder, port=port, limit=LIMIT))
    program = Path(sys.executable).parent / "nostr-relay"
    with (folder / "relay.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-c", config, "serve"],
            stdout=log, stderr=log, cwd=folder, start_new_session=True,
            env={**os.environ, "HOME": str(folder)},
        )  # fmt: skip
    try:
        _wait_for(port, folder)
        yield f"ws://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int, folder: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/").is_success:
                return
        time.sleep(0.1)
    raise TimeoutError((folder / "relay.log").read_text()[-2000:])


def publish(relay: str, *events: Event) -> None:
    with connect(relay) as line:
        for event in events:
            line.send(json.dumps(["EVENT", event]))
            told = json.loads(line.recv(10))
            assert told[0] == "OK", told
            assert told[2] is True, told


def note(number: int, at: int, tag: str = "labourleaks", user: str = "ada") -> Event:
    return signed(user, 1, at, (("t", tag),), f"Invented note {number}")


TEXT = """
[monitor]
database = "{folder}/campaigns.db"
[[campaign]]
slug = "leaks"
hashtags = ["{tag}"]
[[source]]
slug = "relay"
platform = "nostr"
base_url = "{relay}"
allow_private = true
"""


class Desk:
    def __init__(self, runtime: Runtime, clock: WorldClock) -> None:
        self.runtime, self.clock = runtime, clock

    async def work(self, *kinds: str) -> None:
        for due in await self.runtime.store.run(walks.due, self.clock()):
            if due.walk in kinds:
                await ingest.run_walk(self.runtime, due)

    async def rows(self, sql: str) -> list[Any]:
        def read(db: Database) -> list[Any]:
            found = db.conn.execute(sql).fetchall()
            return [row[0] if len(row) == 1 else row for row in found]

        return await self.runtime.store.run(read)


def play(relay: str, folder: Path, story: Any, tag: str = "LabourLeaks") -> None:  # noqa: ANN401
    async def scene() -> None:
        text = TEXT.format(folder=folder, relay=relay, tag=tag)
        clock = WorldClock(utcnow() + timedelta(seconds=1))
        async with open_runtime(parse(text, {}), {}, clock=clock) as runtime:
            runtime.driver.sleep = clock.sleep
            await ingest.sync(runtime)
            await story(Desk(runtime, clock))

    asyncio.run(scene())


def test_history_over_several_answers_in_several_spellings(
    relay: str, tmp_path: Path
) -> None:
    now = int(time.time())
    tags = ["labourleaks", "LabourLeaks", "LABOURLEAKS", "#labourleaks"]
    many = [note(n, now - 3600 - n * 60, tags[n % 4]) for n in range(55)]
    together = [note(100 + n, now - 9 * 3600, user="bo") for n in range(12)]
    other = [note(200 + n, now - 3700 - n, "bread") for n in range(5)]
    publish(relay, *many, *together, *other)

    async def story(one: Desk) -> None:
        collector = one.runtime.collector("relay")
        assert isinstance(collector, Probes)
        told = await one.runtime.driver.probe(
            collector, one.runtime.settings("relay", {})
        )
        assert told.state == "open"
        await one.work("forward")
        await one.work("back")
        stored = set(await one.rows("select uri from posts"))
        assert stored == {f"nostr:event:{event['id']}" for event in (*many, *together)}
        assert await one.rows("select distinct state from coverage") == ["overlapping"]
        assert await one.rows("select distinct state from sources") == ["ok"]
        await news(one)

    async def news(one: Desk) -> None:
        """Later: a new note, one dated in the future, nothing twice."""
        later = int(time.time())
        fresh = note(300, later - 5)
        publish(relay, fresh, note(301, later + 90_000))
        one.clock.now = utcnow() + timedelta(minutes=2)
        await one.work("forward")
        stored = await one.rows("select uri from posts")
        assert f"nostr:event:{fresh['id']}" in stored
        assert len(stored) == len(set(stored)) == 69
        ends = await one.rows("select max(to_at) from coverage")
        assert ends[0] <= f"{one.clock.now:%Y-%m-%dT%H:%M:%SZ}", "never in the future"

    play(relay, tmp_path, story)


def test_only_the_author_can_take_a_note_back(relay: str, tmp_path: Path) -> None:
    now = int(time.time())
    mine, theirs = note(1, now - 7200, "minutes"), note(2, now - 7100, "minutes", "bo")
    named = (("t", "minutes"), ("d", "one"), ("published_at", str(now - 7000)))
    article = signed(
        "cy", 30023, now - 7000, (*named, ("title", "First")), "The first version"
    )
    publish(relay, mine, theirs, article)

    async def story(one: Desk) -> None:
        await one.work("forward")
        await one.work("back")
        assert await one.rows("select count(*) from posts") == [3]
        profile = json.dumps({"name": "bo", "nip05": "bo@village.example"})
        again = (*named, ("title", "Second"))
        publish(
            relay,
            signed("ada", 5, now - 60, (("e", mine["id"]),), ""),
            signed("eve", 5, now - 50, (("e", theirs["id"]),), "not hers to delete"),
            signed("bo", 0, now - 40, (), profile),
            signed("cy", 30023, now - 30, again, "The second version"),
        )
        one.clock.now += timedelta(hours=30)
        await one.work("recheck")
        await one.work("settle")
        state = dict(await one.rows("select uri, state from posts"))
        assert state[f"nostr:event:{mine['id']}"] == "deleted"
        assert state[f"nostr:event:{theirs['id']}"] == "live"
        assert await one.rows("select text from posts where state = 'deleted'") == [""]
        assert await one.rows(
            "select title, text, state from posts where kind = 'article'"
        ) == [("Second", "The second version", "edited")]
        handles = await one.rows("select handle from authors where handle is not null")
        assert handles == ["bo@village.example"]

    play(relay, tmp_path, story, tag="minutes")


def test_a_second_that_holds_more_than_an_answer_is_a_known_gap(
    relay: str, tmp_path: Path
) -> None:
    at = int(time.time()) - 5 * 3600
    crowd = [note(n, at, "crowded", f"person {n}") for n in range(LIMIT + 5)]
    before = note(99, at - 600, "crowded")
    publish(relay, before, *crowd)

    async def story(one: Desk) -> None:
        collector = one.runtime.collector("relay")
        settings = one.runtime.settings("relay", {"limit": str(LIMIT)})
        since = utcnow() - timedelta(hours=9)
        query = Query("settle", (Term("hashtag", "crowded"),), settings, since=since)
        batch = await converse(one.runtime.driver, collector, query)  # type: ignore[arg-type]
        assert batch.outcome == "complete"
        assert before["id"] in {post.uri[-64:] for post in batch.posts}, (
            "it goes on below"
        )
        (gap,) = batch.gaps
        assert gap.state == "capped"
        assert gap.from_at is not None
        assert int(gap.from_at.timestamp()) == at

    play(relay, tmp_path, story, tag="crowded")
