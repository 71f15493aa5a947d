"""The diary: written and read by the command line, and shown with what followed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser

from benchmarks.placebo import WORLDS, simulated
from db import diary
from db.connection import Database, open_database
from db.published import ask
from db.times import to_text
from groundswell.cli import main
from groundswell.web import effects as panel
from groundswell.web import server
from tests import web_fixture as fixture

HOUR = timedelta(hours=1)
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
AT = FIRST + timedelta(days=30, hours=9, minutes=20)
NOW = AT + timedelta(days=2)
CONFIG = """
[[campaign]]
slug = "harbour"
hashtags = ["HarbourForAll"]
[[source]]
slug = "server-1"
platform = "mastodon"
base_url = "https://s1.example"
"""


def counted(
    db: Database, campaign: int, platform: str, seed: int, times: float
) -> None:
    """32 days of roll-ups, with so many times the posts from AT on."""
    begin = (AT - FIRST) // HOUR
    world = WORLDS["scatter"]
    made = simulated(seed, world, 30, begin + 48, begin=begin, times=times)
    db.conn.executemany(
        "insert into hourly values (?, ?, ?, 'en', 'neutral', ?, 0, 0, 0, 0)",
        [
            (campaign, to_text(FIRST + n * HOUR), platform, count)
            for n, count in enumerate(made.counts)
            if count
        ],
    )


def seen(db: Database, source: int, term: int, begin: datetime, end: datetime) -> None:
    db.conn.execute(
        "insert into coverage values (?, ?, ?, ?, 'complete', null, null)",
        (source, term, to_text(begin), to_text(end)),
    )


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two campaigns on Mastodon for 32 days; Bluesky joined in the last two."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "groundswell.toml").write_text(CONFIG)
    file = tmp_path / "data" / "campaigns.db"
    with closing(open_database(file)) as db:
        db.conn.execute("begin")
        for number, slug in ((1, "harbour"), (2, "bridges")):
            db.conn.execute(
                "insert into campaigns (id, slug, title) values (?, ?, ?)",
                (number, slug, slug),
            )
            db.conn.execute(
                "insert into terms (id, campaign_id, kind, value, display, added_at) "
                "values (?, ?, 'hashtag', ?, ?, ?)",
                (number, number, slug, slug, to_text(FIRST)),
            )
        for number, platform in ((1, "mastodon"), (2, "bluesky")):
            db.conn.execute(
                "insert into sources (id, slug, platform, base_url, state) "
                "values (?, ?, ?, ?, 'ok')",
                (number, platform, platform, f"https://{platform}.example"),
            )
        for term in (1, 2):
            seen(db, 1, term, FIRST, NOW)
            seen(db, 2, term, AT - 9 * HOUR, NOW)
        counted(db, 1, "mastodon", 1, times=4)
        counted(db, 2, "mastodon", 2, times=1)
        db.conn.execute(
            "insert into hourly values (1, ?, 'bluesky', 'en', 'neutral', 900, 0, 0, 0, 0)",
            (to_text(AT.replace(minute=0)),),
        )
        db.conn.execute("commit")
    return file


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with closing(open_database(path)) as database:
        yield database


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


# The diary itself


def test_what_is_noted_is_kept_and_can_be_taken_out(db: Database) -> None:
    number = diary.add(
        db, "harbour", AT, "  Press\nrelease ", now=NOW, note=" to all ", by="sam"
    )
    diary.add(db, "bridges", AT, "Another's", now=NOW)
    (entry,) = diary.entries(db, "harbour")
    assert entry == {
        "id": number, "at": to_text(AT), "title": "Press release", "note": "to all",
        "created_by": "sam", "created_at": to_text(NOW),
    }  # fmt: skip
    assert not diary.remove(db, "bridges", number), "another campaign's entry"
    assert diary.remove(db, "harbour", number)
    assert not diary.remove(db, "harbour", number)
    assert diary.entries(db, "harbour") == []


def test_what_cannot_be_kept_is_refused(db: Database) -> None:
    with pytest.raises(diary.DiaryError, match="say what happened"):
        diary.add(db, "harbour", AT, " \n ", now=NOW)
    with pytest.raises(
        diary.DiaryError, match="the title has 201 letters, at most 200"
    ):
        diary.add(db, "harbour", AT, "x" * 201, now=NOW)
    with pytest.raises(LookupError, match="called 'nope'; there are bridges, harbour"):
        diary.add(db, "nope", AT, "x", now=NOW)


def test_the_command_writes_lists_and_removes(path: Path) -> None:
    at = ("--at", "2026-04-01T11:20+02:00")
    added = run("diary", "harbour", "--add", "Release", *at, "--note", "To all")
    assert (added.exit_code, added.stdout) == (0, "entry 1 added\n")
    (entry,) = json.loads(run("diary", "harbour", "--json").stdout)
    assert (entry["at"], entry["note"]) == ("2026-04-01T09:20:00Z", "To all")
    shown = run("diary", "harbour").stdout.splitlines()[1]
    assert shown.split() == ["1", "2026-04-01T09:20:00Z", "-", "Release:", "To", "all"]
    assert run("diary", "harbour", "--remove", "7").exit_code == 1
    assert run("diary", "harbour", "--remove", "1").stdout == "entry 1 removed\n"
    assert "is empty" in run("diary", "harbour").stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["diary", "harbour", "--add", "x"], "--add and --at go together"),
        (["diary", "harbour", "--note", "x"], "--note and --by belong to --add"),
        (["diary", "nope"], "no campaign is called 'nope'"),
        (["diary", "harbour", "--add", " ", "--at", "2026-04-01"], "say what happened"),
        (["diary", "harbour", "--add", "x", "--at", "noon"], "'noon' is no date"),
        (["effect", "nope", "--at", "2026-04-01"], "no campaign is called 'nope'"),
        (["effect", "harbour", "--at", "2099-04-01"], "lies in the future"),
        (["effect", "harbour", "--at", "2026-04-01", "--hours", "0"], "from 1 to 168"),
        (
            ["effect", "harbour", "--at", "2026-04-01", "--control", "nope"],
            "no campaign is called 'nope'",
        ),
    ],
)
def test_wrong_use_is_a_sentence(
    path: Path, arguments: list[str], sentence: str
) -> None:
    told = run(*arguments)
    assert told.exit_code == 2
    assert sentence in told.stderr
    assert told.stdout == ""


# What followed


def test_a_platform_that_joined_is_not_an_effect(db: Database) -> None:
    rows = ask(db, "event_counts", campaign="harbour", at=to_text(AT))
    assert len(rows) == 28 * 24 + 24
    assert rows[0]["bucket"] == to_text(AT.replace(minute=0) - timedelta(days=28))
    assert {(row["platforms"], row["left_out"]) for row in rows} == {
        ("mastodon", "bluesky")
    }
    assert max(row["posts"] for row in rows) < 900
    assert {row["terms"] for row in rows} == {1}
    assert {row["sources"] for row in rows} == {1}


def test_hours_that_were_not_seen_are_null(db: Database) -> None:
    begin = AT.replace(minute=0)
    db.conn.execute("delete from coverage where source_id = 1 and term_id = 1")
    seen(db, 1, 1, FIRST, begin - 5 * HOUR)
    seen(db, 1, 1, begin - 4 * HOUR, begin - timedelta(minutes=30))
    seen(db, 1, 1, begin, NOW)
    rows = ask(db, "event_counts", campaign="harbour", at=to_text(AT))
    by_hour = {row["bucket"]: row for row in rows}
    for hours, covered in ((5, 0.0), (1, 0.5)):
        row = by_hour[to_text(begin - hours * HOUR)]
        assert (row["posts"], row["covered"]) == (None, covered)
    assert by_hour[to_text(begin - 6 * HOUR)]["posts"] is not None


def test_one_query_serves_several_moments(db: Database) -> None:
    given = {"campaign": "harbour", "at": to_text(AT)}
    rows = ask(db, "event_counts", **given, since=to_text(AT - timedelta(days=2)))
    assert len(rows) == 30 * 24 + 24
    alone = ask(db, "event_counts", **given)
    assert rows[48:] == alone


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"at": "noon"}, "at: write it as"),
        ({"at": "2026-02-31"}, "at: write it as"),
        ({"at": "2999-01-01"}, "at: it must lie before now"),
        ({"at": "2026-04-01", "since": "2026-01-01"}, "since: write a time of the 28"),
        ({"at": "2026-04-01", "since": "2026-04-02"}, "since: write a time of the 28"),
        ({"at": "2026-04-01", "since": "x"}, "since: write a time of the 28"),
        ({"at": "2026-04-01", "hours": "169"}, "hours: write a number from 1 to 168"),
    ],
)
def test_wrong_parameters_are_named(
    db: Database, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Exception, match=sentence):
        ask(db, "event_counts", campaign="harbour", **given)


def test_the_command_says_what_followed(path: Path) -> None:
    with closing(open_database(path)) as db:
        diary.add(db, "harbour", AT, "Release", now=NOW)
        diary.add(db, "harbour", AT + 5 * HOUR, "A storm\x1b[2J", now=NOW)
    told = run("effect", "harbour", "--at", to_text(AT))
    first, *rest = told.stdout.splitlines()
    assert "were to be expected without it: about" in first
    assert "times as many." in first
    assert "What else happened: 1 Apr, 14:20: A storm[2J" in rest
    assert "Left out, for too little was seen of them: bluesky." in rest
    assert rest[-1].startswith("That something followed does not say")
    said = json.loads(run("effect", "harbour", "--at", to_text(AT), "--json").stdout)
    assert (said["told"], said["platforms"], said["control"]) == (
        "more",
        "mastodon",
        None,
    )
    assert said["low"] <= said["expected"] <= said["high"] < said["posts"]
    assert 2.5 < said["ratio"][0] < 6


def test_a_control_campaign_is_taken_into_account(path: Path) -> None:
    asked = ("effect", "harbour", "--at", to_text(AT), "--json", "--control", "bridges")
    said = json.loads(run(*asked).stdout)
    assert said["control_campaign"] == "bridges"
    assert 0.5 < said["control"] < 2
    assert said["told"] == "more"


def test_nothing_was_seen_is_said(path: Path) -> None:
    said = run("effect", "harbour", "--at", "2026-01-01").stdout
    assert said.startswith("Cannot be said: only 0.0 days before it were seen")


# On the page


def shown(file: Path, address: str, now: datetime) -> LexborHTMLParser:
    datasette: Datasette = server.build(file, clock=lambda: now)
    try:
        answer = asyncio.run(datasette.client.get(address))
    finally:
        datasette.executor.shutdown()
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


def words(tree: LexborHTMLParser) -> str:
    found = tree.css_first("[aria-labelledby=h-diary]")
    return " ".join(found.text(separator=" ").split()) if found else ""


def test_the_page_says_what_followed_each_entry(path: Path) -> None:
    with closing(open_database(path)) as db:
        diary.add(db, "harbour", AT, "Release", now=NOW, by="sam")
        diary.add(db, "harbour", AT - timedelta(days=3), "Nothing much", now=NOW)
    tree = shown(path, "/-/diary/harbour", NOW)
    told = words(tree)
    assert "Release 1 Apr 2026, 09:20 · noted by sam" in told
    first, second = (entry.text() for entry in tree.css("#h-diary ~ article"))
    assert "times as many" in first
    assert "no effect that could be told from chance" in second
    assert "Seen: 100 % of the 28 days before, 100 % of the time after" in first
    assert "Counted by the hour on mastodon" in told
    links = [a.attributes["href"] for a in tree.css("[aria-labelledby=h-diary] a")]
    assert [link.split("?")[0] for link in links if link] == [
        "/campaigns/events", "/campaigns/events.json",
        "/campaigns/event_counts", "/campaigns/event_counts.json",
    ]  # fmt: skip


def test_without_entries_there_is_no_panel(path: Path) -> None:
    assert words(shown(path, "/-/diary/harbour", NOW)) == ""


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    file = fixture.make(tmp_path / "web.db")
    tree = shown(file, "/-/diary/labourleaks", fixture.NOW)
    found = tree.css_first("[aria-labelledby=h-diary]")
    assert found.css("b b, i, script") == []
    assert "Press <b>release</b>" in found.text()


def test_the_newest_five_of_four_weeks_are_judged() -> None:
    days = [0, 1, 2, 27, 29, 30, 31]
    rows = [{"at": to_text(NOW - timedelta(days=n))} for n in days]
    assert panel.judged(rows) == rows[:4]
    assert panel.judged([*rows[:3], *rows[:3]]) == [*rows[:3], *rows[:2]]
    assert panel.judged([]) == []
