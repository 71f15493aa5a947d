"""Notices: told once or not at all, to whom they belong, and shown where they failed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from sqlite_utils import Database

from collectors.base import Secret
from db import alerts, deliveries
from db.alerts import Alert
from groundswell import delivering
from groundswell.config.loading import ConfigError, Notify, addresses_for, parse
from groundswell.delivering import BadAddress
from scheduler import Daemon
from tests.making import watch
from tests.test_alerts import DirectStore

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FILE = """
[[campaign]]
slug = "labourleaks"
hashtags = ["LabourLeaks"]
"""


class Room:
    """A monitor with one channel, whose receiver may refuse."""

    def __init__(self, db: Database, *channels: Notify) -> None:
        self.db, self.now = db, NOW
        self.told: list[tuple[str, str, str]] = []
        self.arrives: Callable[[], bool] = lambda: True
        channels = channels or (Notify(name="press-room"),)
        self.runtime: Any = SimpleNamespace(
            store=DirectStore(db),
            clock=lambda: self.now,
            config=SimpleNamespace(notify=channels),
            addresses={one.name: Secret(f"json://{one.name}") for one in channels},
        )

    def raise_one(self, minutes: int = 0, rule: str = "spike") -> None:
        told = {
            "posts": 84,
            "voices": 61,
            "top_three_share": 0.12,
            "repeated_share": 0.3,
        }
        alert = Alert(
            campaign_id=1, platform="mastodon", rule=rule, raised_at=NOW + minutes * MINUTE,
            summary="mastodon: 41 posts in five minutes, where about 6 are usual",
            evidence=told,
        )  # fmt: skip
        channels = [(one.name, one.campaigns) for one in self.runtime.config.notify]
        alerts.raise_once(self.db, alert, channels, self.now)

    def resolve(self, at: datetime) -> int:
        """All that is open is over."""
        return sum(
            alerts.close_others(self.db, 1, rule, (), at, tell=True)
            for rule in ("spike", "silence")
        )

    def deliver(self) -> int:
        return asyncio.run(delivering.deliver(self.runtime, self._send))

    def _send(self, address: str, title: str, body: str) -> bool:
        self.told.append((address, title, body))
        return self.arrives()

    def states(self) -> list[tuple[str, str, int]]:
        rows = self.db.conn.execute(
            "select event, state, attempts from deliveries order by alert_id, event desc"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def room(db: Database) -> Room:
    watch(db)
    return Room(db)


def test_an_alert_is_told_once_with_its_figures(room: Room) -> None:
    room.raise_one()
    room.raise_one()
    assert (room.deliver(), room.deliver()) == (1, 0)
    ((address, title, body),) = room.told
    assert (address, title) == ("json://press-room", "Labour leaks: spike")
    assert (
        "Spike since 2026-03-30 12:00 UTC: mastodon: 41 posts in five minutes" in body
    )
    assert "84 posts by 61 voices; the three busiest wrote 12 %, 30 % say what" in body
    assert "/-/campaign/labourleaks" in body
    assert room.states() == [("raised", "sent", 1)]


def test_several_come_in_one_message_and_their_end_to_whom_it_was_told(
    room: Room,
) -> None:
    room.raise_one()
    room.raise_one(5, "silence")
    assert room.deliver() == 1
    assert room.told[0][1] == "Labour leaks: silence and spike"
    room.now = NOW + 30 * MINUTE
    assert room.resolve(room.now) == 2
    room.deliver()
    assert room.told[1][1] == "Labour leaks: over"
    assert room.told[1][2].count("Over by 2026-03-30 12:30 UTC") == 2


def test_the_end_of_what_was_never_told_is_not_told(room: Room) -> None:
    room.runtime.addresses = {}
    room.raise_one()
    assert room.resolve(NOW + MINUTE) == 1
    assert room.states() == [("raised", "waiting", 0)]


def test_a_receiver_that_refuses_is_tried_again_and_given_up(room: Room) -> None:
    room.arrives = lambda: False
    room.raise_one()
    tries = []
    for _ in range(200):
        before = len(room.told)
        room.deliver()
        if len(room.told) > before:
            tries.append((room.now - NOW) / MINUTE)
        room.now += MINUTE
    assert tries == [0, 1, 6, 21, 81]
    assert room.states() == [("raised", "failed", 5)]


def test_what_is_no_address_is_given_up_at_once(room: Room) -> None:
    def refuse() -> bool:
        raise BadAddress("one of its addresses is none that Apprise knows")

    room.arrives = refuse
    room.raise_one()
    assert room.deliver() == 0
    assert room.states() == [("raised", "failed", 1)]
    with pytest.raises(BadAddress, match="none that Apprise knows"):
        delivering.apprised("nonsense", "title", "body")


def test_a_monitor_that_dies_after_sending_tells_nobody_twice(room: Room) -> None:
    """Killed between the sending and the mark; the next one starts, twice."""

    class Killed(BaseException):
        pass

    def die() -> bool:
        raise Killed

    room.arrives = die
    room.raise_one()
    with pytest.raises(Killed):
        room.deliver()
    assert room.states() == [("raised", "sending", 1)]
    room.arrives = lambda: True
    assert deliveries.recover(room.db) == 1
    assert deliveries.recover(room.db) == 0
    assert (room.deliver(), room.deliver()) == (0, 0)
    assert len(room.told) == 1
    assert room.states() == [("raised", "unsure", 1)]


@pytest.mark.parametrize("by", [timedelta(days=-30), timedelta(days=30), timedelta(0)])
def test_a_clock_that_is_set_loses_and_doubles_nothing(
    room: Room, by: timedelta
) -> None:
    room.raise_one()
    room.now = NOW + by
    room.deliver()
    room.now = NOW
    room.deliver()
    assert len(room.told) == 1
    assert room.states() == [("raised", "sent", 1)]


def test_quiet_hours_let_it_wait(db: Database) -> None:
    watch(db)
    channels = parse(
        FILE + '[[notify]]\nname = "night"\nquiet = "22:00-07:30"\n', {}
    ).notify
    room = Room(db, *channels)
    room.raise_one()
    for hour, minute, arrived in ((22, 0, 0), (3, 0, 0), (7, 29, 0), (7, 30, 1)):
        room.now = NOW.replace(hour=hour, minute=minute) + timedelta(days=hour < 22)
        assert room.deliver() == arrived
    assert delivering.is_quiet(channels[0], NOW) is False


def test_a_channel_is_told_of_its_campaigns_alone(db: Database) -> None:
    watch(db)
    room = Room(
        db, Notify(name="all"), Notify(name="other", campaigns=("harbour",)),
        Notify(name="mine", campaigns=("labourleaks",)),
    )  # fmt: skip
    room.raise_one()
    assert room.deliver() == 2
    assert {address for address, _, _ in room.told} == {"json://all", "json://mine"}


def test_addresses_are_secrets_of_the_environment(tmp_path: Any) -> None:  # noqa: ANN401
    config = parse(
        FILE + '[[notify]]\nname = "press-room"\n[[notify]]\nname = "desk"\n', {}
    )
    held = tmp_path / "desk"
    held.write_text("json://b.example json://c.example\n")
    env = {
        "GROUNDSWELL_NOTIFY_PRESS_ROOM": "json://a.example",
        "GROUNDSWELL_NOTIFY_DESK_FILE": str(held),
    }
    found = addresses_for(config.notify, env)
    assert {name: secret.reveal() for name, secret in found.items()} == {
        "press-room": "json://a.example", "desk": "json://b.example json://c.example",
    }  # fmt: skip
    assert "a.example" not in repr(found)
    assert addresses_for(config.notify, {}) == {}


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("", "notify[0].name: missing"),
        ('name = "a"\nurl = "json://x"', "belongs in the environment"),
        ('name = "a"\nquiet = "at night"', 'such as "22:00-07:00"'),
        ('name = "a"\ncampaigns = ["rail"]', "there is no campaign 'rail'"),
        ('name = "a"\n[[notify]]\nname = "a"', "a is there twice"),
    ],
)
def test_a_mistake_in_notify_is_named(section: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"{FILE}[[notify]]\n{section}\n", {})
    assert problem in str(caught.value)


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A real server on loopback that takes what Apprise sends."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            got.append(json.loads(self.rfile.read(length)))
            self.send_response(500 if "fail" in self.path else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def test_apprise_really_sends(receiver: tuple[str, list[dict[str, Any]]]) -> None:
    base, got = receiver
    assert delivering.apprised(f"{base}/a {base}/b", "A title", "Words & <b>signs</b>")
    assert [one["title"] for one in got] == ["A title", "A title"]
    assert got[0]["message"] == "Words & <b>signs</b>"
    assert not delivering.apprised(f"{base}/fail", "A title", "Words")


def test_what_one_of_two_addresses_took_is_not_sent_to_it_again(
    room: Room, receiver: tuple[str, list[dict[str, Any]]]
) -> None:
    base, got = receiver
    room.runtime.addresses = {"press-room": Secret(f"{base}/a {base}/fail")}
    room.raise_one()
    for minutes in (0, 2, 10, 60):
        room.now = NOW + minutes * MINUTE
        assert asyncio.run(delivering.deliver(room.runtime)) == 0
    assert len(got) == 2
    (state, error) = room.db.conn.execute(
        "select state, error from deliveries"
    ).fetchone()
    assert (state, error) == ("failed", "taken by 1 of its 2 addresses")


def test_trouble_with_alerts_ends_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken: Any = SimpleNamespace(clock=lambda: NOW, store=None, refiner=None)
    asyncio.run(Daemon(broken)._alert())
    assert "alerts could not be looked for or sent" in caplog.text


def test_one_channels_trouble_is_its_own(db: Database) -> None:
    watch(db, sources=1)
    room = Room(db, Notify(name="a"), Notify(name="b"))
    room.raise_one()

    def broken(address: str, title: str, body: str) -> bool:
        if "a" in address.rpartition("/")[2]:
            raise RuntimeError("a plugin of somebody else's")
        return True

    assert asyncio.run(delivering.deliver(room.runtime, broken)) == 1
    states = db.conn.execute(
        "select channel, state from deliveries order by 1"
    ).fetchall()
    assert states == [("a", "waiting"), ("b", "sent")]


def test_what_ended_before_it_was_told_says_so(room: Room) -> None:
    room.raise_one()
    room.resolve(NOW + 20 * MINUTE)
    room.deliver()
    assert "over by 2026-03-30 12:20 UTC" in room.told[0][2]
