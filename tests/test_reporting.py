"""Reports on schedule: each made once and sent once, whatever the clock and the receiver
do; with files, through the real Apprise, to real receivers on loopback."""

from __future__ import annotations

import asyncio
import base64
import email
import json
import socketserver
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from sqlite_utils import Database

from collectors.base import Secret
from db import reports as store
from groundswell import reporting
from groundswell.config.loading import parse
from groundswell.delivering import BadAddress, Letter, NotAll, letter_sent
from groundswell.reports import kept, pdf
from scheduler import Daemon
from tests.making import watch
from tests.test_alerts import DirectStore

EIGHT = datetime(2025, 11, 20, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FILE = """
[monitor]
url = "https://monitor.example"
[[campaign]]
slug = "labourleaks"
hashtags = ["LabourLeaks"]
[[notify]]
name = "press-room"
[[notify]]
name = "desk"
[[report]]
name = "morning"
channels = ["press-room"]
"""


class Room:
    """A monitor with a report, whose receivers may refuse."""

    def __init__(self, db: Database, text: str = FILE) -> None:
        file = db.conn.execute("pragma database_list").fetchone()[2]
        config = parse(text, {})
        monitor = SimpleNamespace(database=Path(file), url=config.monitor.url)
        self.folder = Path(file).parent / "reports"
        self.db, self.now = db, EIGHT - DAY
        self.told: list[tuple[str, Letter]] = []
        self.arrives: Callable[[], bool] = lambda: True
        self.runtime: Any = SimpleNamespace(
            store=DirectStore(db),
            clock=lambda: self.now,
            config=SimpleNamespace(
                monitor=monitor,
                notify=config.notify,
                reports=config.reports,
                sources=(),
            ),
            addresses={one.name: Secret(f"json://{one.name}") for one in config.notify},
        )

    def follow(self, now: datetime | None = None) -> int:
        self.now = now or self.now
        return asyncio.run(reporting.follow(self.runtime, self._send))

    def _send(self, address: str, letter: Letter) -> bool:
        self.told.append((address, letter))
        return self.arrives()

    def made(self) -> list[tuple[str, str]]:
        return [
            (row[0][:10], row[1])
            for row in self.db.conn.execute(
                "select period_from, state from reports order by id"
            )
        ]

    def sendings(self) -> list[tuple[str, str, int]]:
        rows = self.db.conn.execute(
            "select channel, state, attempts from report_deliveries order by 1"
        )
        return [tuple(row) for row in rows]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """PDF has tests of its own; its fonts take seconds."""

    def without(*_: object) -> bytes:
        raise pdf.NoPdf

    monkeypatch.setattr(pdf, "render", without)


@pytest.fixture
def room(db: Database) -> Room:
    watch(db)
    found = Room(db)
    found.follow()  # the first look: what was due before is skipped
    assert found.made() == [("2025-11-18", "skipped")]
    return found


def test_a_report_is_made_and_sent_once(room: Room) -> None:
    assert room.follow(EIGHT - MINUTE) == 0
    assert room.follow(EIGHT) == 1
    assert room.follow(EIGHT + MINUTE) == 0
    ((address, letter),) = room.told
    assert address == "json://press-room"
    assert letter.title == "Report for Wednesday, 19 November 2025"
    assert "No source watches for this campaign" in " ".join(letter.text.split())
    assert [name for name, _, _ in letter.files] == ["morning-2025-11-19T00.html"]
    assert "https://monitor.example/-/campaign/labourleaks" in letter.html
    assert room.made()[1:] == [("2025-11-19", "made")]
    assert room.sendings() == [("press-room", "sent", 1)]
    files = sorted(room.folder.iterdir())
    assert [file.name for file in files] == [
        "morning-2025-11-19T00.html", "morning-2025-11-19T00.txt",
    ]  # fmt: skip
    assert all(file.stat().st_mode & 0o777 == 0o640 for file in files)


def test_a_late_start_makes_the_last_one_alone(room: Room) -> None:
    assert room.follow(EIGHT + 5 * DAY + 3 * HOUR) == 1
    assert room.made()[1:] == [("2025-11-24", "made")]
    assert room.follow(EIGHT + 6 * DAY) == 1


def test_a_restart_makes_and_sends_nothing_again(room: Room) -> None:
    room.follow(EIGHT)
    again = Room(room.db)
    assert store.recover(room.db) == 0
    assert again.follow(EIGHT + HOUR) == 0
    assert again.told == []


def test_a_monitor_that_dies_while_sending_tells_nobody_twice(db: Database) -> None:
    watch(db)
    room = Room(db, FILE.replace('["press-room"]', '["press-room", "desk"]'))
    room.follow()

    class Killed(BaseException):
        pass

    def die() -> bool:
        raise Killed

    room.arrives = die
    with pytest.raises(Killed):
        room.follow(EIGHT)
    assert room.sendings() == [("desk", "sending", 1), ("press-room", "waiting", 0)]
    room.arrives = lambda: True
    assert store.recover(db) == 1
    assert room.follow(EIGHT + MINUTE) == 1
    assert room.sendings() == [("desk", "unsure", 1), ("press-room", "sent", 1)]
    assert [address for address, _ in room.told] == ["json://desk", "json://press-room"]


def test_a_monitor_that_dies_while_making_makes_it_when_it_is_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(kept, "keep", die)
    with pytest.raises(Killed):
        room.follow(EIGHT)
    monkeypatch.undo()
    monkeypatch.setattr(pdf, "render", lambda *_: b"%PDF-")
    assert room.follow(EIGHT + MINUTE) == 1
    assert [name for name, _, _ in room.told[0][1].files][-1].endswith(".pdf")


@pytest.mark.parametrize("by", [-30 * DAY, 30 * DAY, timedelta(0)])
def test_a_clock_that_is_set_loses_and_doubles_nothing(
    room: Room, by: timedelta
) -> None:
    room.follow(EIGHT)
    room.follow(EIGHT + by)
    room.follow(EIGHT + HOUR)
    room.follow(EIGHT + DAY)
    titles = [letter.title for _, letter in room.told]
    assert len(titles) == len(set(titles))
    assert {"Report for Wednesday, 19 November 2025",
            "Report for Thursday, 20 November 2025"} <= set(titles)  # fmt: skip


def test_a_receiver_that_refuses_is_tried_again_and_given_up(room: Room) -> None:
    room.arrives = lambda: False
    tries = []
    for step in range(120):
        before = len(room.told)
        room.follow(EIGHT + step * MINUTE)
        if len(room.told) > before:
            tries.append(step)
    assert tries == [0, 1, 6, 21, 81]
    assert room.sendings() == [("press-room", "failed", 5)]


def test_a_report_that_cannot_be_made_is_tried_again_and_said(room: Room) -> None:
    room.folder.write_text("no folder")
    assert room.follow(EIGHT) == 0
    assert room.made()[-1] == ("2025-11-19", "failed")
    (error,) = room.db.conn.execute("select error from reports where id = 2").fetchone()
    assert "FileExistsError" in error
    room.folder.unlink()
    assert room.follow(EIGHT + 14 * MINUTE) == 0
    assert room.follow(EIGHT + 15 * MINUTE) == 1
    assert room.made()[-1] == ("2025-11-19", "made")


def test_what_is_no_address_is_given_up_at_once(room: Room) -> None:
    def refuse() -> bool:
        raise BadAddress("one of its addresses is none that Apprise knows")

    room.arrives = refuse
    assert room.follow(EIGHT) == 0
    assert room.sendings() == [("press-room", "failed", 1)]


def test_a_channel_without_address_or_in_its_quiet_hours_waits(db: Database) -> None:
    watch(db)
    room = Room(
        db, FILE.replace('"press-room"\n[[', '"press-room"\nquiet = "07:00-09:00"\n[[')
    )
    room.follow()
    assert room.follow(EIGHT) == 0
    assert room.sendings() == [("press-room", "waiting", 0)]
    held, room.runtime.addresses = room.runtime.addresses, {}
    assert room.follow(EIGHT + HOUR) == 0
    room.runtime.addresses = held
    assert room.follow(EIGHT + 2 * HOUR) == 1


def test_each_morning_of_a_clock_change_is_eight_oclock_in_london(db: Database) -> None:
    watch(db)
    zone = 'name = "morning"\ntimezone = "Europe/London"'
    room = Room(db, FILE.replace('name = "morning"', zone))
    start, sent = datetime(2025, 10, 23, 0, tzinfo=UTC), []
    for step in range(5 * 48):
        now = start + step * HOUR / 2
        sent += [now] * room.follow(now)
    assert [f"{moment:%d %H:%M}" for moment in sent] == [
        "23 07:00", "24 07:00", "25 07:00", "26 08:00", "27 08:00",
    ]  # fmt: skip


def test_old_reports_are_not_kept_and_none_when_somebody_is_forgotten(
    room: Room,
) -> None:
    room.follow(EIGHT)
    (room.folder / "notes.txt").write_text("somebody's own")
    room.follow(EIGHT + 31 * DAY)
    names = sorted(file.name for file in room.folder.iterdir())
    assert [name for name in names if "11-19" in name] == []
    assert len(names) == 3
    assert kept.remove_all(room.folder) == 2
    assert [file.name for file in room.folder.iterdir()] == ["notes.txt"]


def test_trouble_with_reports_ends_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken: Any = SimpleNamespace(clock=lambda: EIGHT, store=None, refiner=None)
    daemon = Daemon(broken)
    assert daemon._scheduler().get_job("reports").func == daemon._write_reports
    asyncio.run(daemon._write_reports())
    assert "reports could not be made or sent" in caplog.text


LETTER = Letter(
    "A title",
    "Head\n\n" + "=" * 78 + "\nWords & <b>signs</b>\n",
    "<p>Words &amp; more</p>",
    (("x.html", "text/html", b"<p>Words</p>"), ("x.pdf", "application/pdf", b"%PDF-")),
)  # fmt: skip


@pytest.fixture
def hooks() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A real server on loopback that takes what Apprise posts."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(json.loads(raw))
            self.send_response(500 if "fail" in self.path else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def test_a_webhook_gets_the_text_and_the_files(
    hooks: tuple[str, list[dict[str, Any]]],
) -> None:
    base, got = hooks
    assert letter_sent(f"{base}/a", LETTER)
    assert got[0]["title"] == "A title"
    assert "Words & <b>signs</b>" in got[0]["message"]
    files = {one["filename"]: one for one in got[0]["attachments"]}
    assert files["x.pdf"]["mimetype"] == "application/pdf"
    assert base64.b64decode(files["x.html"]["base64"]) == b"<p>Words</p>"


def test_a_report_of_the_schedule_really_arrives(
    room: Room, hooks: tuple[str, list[dict[str, Any]]]
) -> None:
    base, got = hooks
    room.runtime.addresses = {"press-room": Secret(f"{base}/a")}
    room.now = EIGHT
    assert asyncio.run(reporting.follow(room.runtime)) == 1
    assert got[0]["title"] == "Report for Wednesday, 19 November 2025"
    page = base64.b64decode(got[0]["attachments"][0]["base64"]).decode()
    assert page.startswith("<!DOCTYPE html>")


def test_where_only_some_took_it_nobody_gets_it_twice(
    hooks: tuple[str, list[dict[str, Any]]],
) -> None:
    base, got = hooks
    with pytest.raises(NotAll, match="taken by 1 of its 2 addresses"):
        letter_sent(f"{base}/a {base}/fail", LETTER)
    assert not letter_sent(f"{base}/fail", LETTER)
    before = len(got)
    with pytest.raises(BadAddress, match="none that Apprise knows"):
        letter_sent(f"{base}/a nonsense", LETTER)
    assert len(got) == before


def test_what_takes_little_gets_the_headlines(
    hooks: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    base, got = hooks
    monkeypatch.setattr(NotifyJSON, "body_maxlen", 60)
    assert letter_sent(f"{base}/a", LETTER)
    assert got[0]["message"].strip() == "Head"


@pytest.fixture
def mailbox() -> Iterator[tuple[str, list[Message]]]:
    """A real SMTP server on loopback, as small as can be."""
    got: list[Message] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 test.example ready")
            while line := self.rfile.readline().strip().upper():
                if line == b"DATA":
                    self.say("354 go on")
                    self.take()
                elif line == b"QUIT":
                    self.say("221 bye")
                    return
                self.say("250 fine")

        def take(self) -> None:
            lines = list(iter(self.rfile.readline, b".\r\n"))
            got.append(email.message_from_bytes(b"".join(lines)))

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        yield f"mailto://127.0.0.1:{port}?to=b@test.example&from=a@test.example", got
        server.shutdown()


def test_mail_has_the_report_as_html_and_the_files(
    mailbox: tuple[str, list[Message]],
) -> None:
    address, got = mailbox
    assert letter_sent(address, LETTER)
    (mail,) = got
    assert mail["Subject"] == "A title"
    kinds = [part.get_content_type() for part in mail.walk()]
    assert "multipart/alternative" in kinds
    pages = [
        part.get_payload(decode=True)
        for part in mail.walk()
        if part.get_content_type() == "text/html"
    ]
    assert pages[0] == LETTER.html.encode()
    names = [part.get_filename() for part in mail.walk() if part.get_filename()]
    assert names == ["x.html", "x.pdf"]


def test_mail_of_someone_who_wants_text_is_text(
    mailbox: tuple[str, list[Message]],
) -> None:
    address, got = mailbox
    assert letter_sent(f"{address}&format=text", LETTER)
    assert "Words & <b>signs</b>" in next(
        str(part.get_payload(decode=True))
        for part in got[0].walk()
        if part.get_content_type() == "text/plain"
    )
