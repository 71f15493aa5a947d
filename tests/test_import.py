"""The import command: into the store once, with coverage, and on where it stopped."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.base import Author, Copy, Media, Post
from db import checks
from db.connection import Database, open_database
from groundswell.archives.formats import groundswell_export
from groundswell.cli import main
from groundswell.demo.sim_nostr import signed
from groundswell.exports import ndjson as ndjson_export
from groundswell.web import pages
from tests.archive_files import ndjson
from tests.archive_samples import EVENT
from tests.making import make_author, make_post
from tests.test_queries import rows
from tests.test_x import V2

CONFIG = """
[[campaign]]
slug = "leaks"
hashtags = ["LabourLeaks"]
exclude = ["parody"]
[[source]]
slug = "s"
platform = "mastodon"
base_url = "https://s.example"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "groundswell.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def store(here: Path) -> Iterator[Callable[[], Database]]:
    opened: list[Database] = []

    def open_it() -> Database:
        opened.append(open_database(here / "data" / "campaigns.db"))
        return opened[-1]

    yield open_it
    for one in opened:
        one.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["import", *arguments, "--campaign", "leaks", "--processes", "1"]
    )


def told(*arguments: str) -> list[dict[str, Any]]:
    result = run(*arguments, "--json", "--no-score")
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


# --- into the store


def test_posts_come_once_and_coverage_claims_no_more_than_it_may(
    here: Path, store: Callable[[], Database]
) -> None:
    other = {
        **V2,
        "id": "1587000000000000002",
        "text": "A word on bread",
        "entities": {},
    }
    parody = {**V2, "id": "1587000000000000003", "text": "#LabourLeaks, a parody"}
    path = ndjson(
        here / "a.jsonl",
        V2,
        V2,
        other,
        parody,
        {"id": "x", "text": "?", "author_id": "1"},
    )
    (one,) = told(str(path))
    assert (one["posts"], one["new"], one["rejected"]) == (3, 2, 1)
    assert run(str(path)).exit_code == 0, "done before: nothing to do"
    (again,) = told(str(path), "--again")
    assert (again["new"], again["rejected"]) == (0, 1)
    db = store()
    assert db.conn.execute("select count(*) from posts").fetchone() == (2,)
    matched = dict(
        db.conn.execute("select matched_by, count(*) from observations group by 1")
    )
    assert matched == {"tag": 1, "server": 1}
    (span,) = db.conn.execute(
        "select state, from_at, to_at, evidence from coverage"
    ).fetchall()
    assert span == (
        "imported",
        "2022-11-01T12:00:00Z",
        "2022-11-01T12:00:01Z",
        "imported from a.jsonl",
    )
    assert checks.problems(db) == []
    rejects = (here / "data" / "a.jsonl.rejected.ndjson").read_text().splitlines()
    assert json.loads(rejects[0]) == {
        "file": str(path), "part": "a.jsonl", "line": 5, "reason": "it has no id",
    }  # fmt: skip


def test_imported_posts_are_counted_and_their_time_is_not_called_seen(
    here: Path, store: Callable[[], Database]
) -> None:
    told(str(ndjson(here / "a.jsonl", V2)))
    asked = {"campaign": "leaks", "from_at": "2022-11-01", "to_at": "2022-11-01"}
    conn = store().conn
    conn.row_factory = sqlite3.Row
    found = rows(conn, "volume", **asked, bucket="day")
    assert [(row["platform"], row["posts"], row["covered"]) for row in found] == [
        ("x", 1, 0)
    ]
    spans = rows(conn, "coverage_of", **asked)
    assert {(row["state"], row["evidence"]) for row in spans} == {
        ("imported", "imported from a.jsonl")
    }
    assert len(pages.imported(spans)) == 1
    for name in ("source_health", "source_coverage"):
        shown = {row["source"] for row in rows(conn, name)}
        assert "archives" not in shown, "they are no source to look after"


def test_posts_without_an_author_are_no_voices(
    here: Path, store: Callable[[], Database]
) -> None:
    (here / "a.csv").write_text(
        "text,date\nOn #LabourLeaks,2022-11-01\nAgain #LabourLeaks,2022-11-01\n"
    )
    (one,) = told("a.csv")
    assert one["new"] == 2
    conn = store().conn
    conn.row_factory = sqlite3.Row
    asked = {"campaign": "leaks", "from_at": "2022-11-01", "to_at": "2022-11-01"}
    assert rows(conn, "top_voices", **asked) == []


def test_a_deletion_takes_its_own_authors_post_alone(
    here: Path, store: Callable[[], Database]
) -> None:
    eve = signed("eve", 5, 1667304100, (("e", EVENT["id"]),), "")
    told(str(ndjson(here / "a", EVENT, eve)))
    assert list(store().query("select state from posts")) == [{"state": "live"}]
    told(
        str(
            ndjson(
                here / "b",
                EVENT,
                signed("ada", 5, 1667304100, (("e", EVENT["id"]),), ""),
            )
        )
    )
    assert list(store().query("select state, text from posts")) == [
        {"state": "deleted", "text": ""}
    ]


def test_a_table_of_no_platform_says_so(here: Path) -> None:
    path = here / "a.csv"
    path.write_text("text,date\nOn #LabourLeaks,2022-11-01\n")
    assert "--platform" in run(str(path), "--dry-run").stderr
    assert "--platform" not in run(str(path), "--dry-run", "--platform", "x").stderr


def test_only_what_carries_a_term_on_wish(here: Path) -> None:
    other = {
        **V2,
        "id": "1587000000000000002",
        "text": "A word on bread",
        "entities": {},
    }
    path = ndjson(here / "a.jsonl", V2, other)
    (one,) = told(str(path), "--only-matching")
    assert one["posts"] == 1


def test_a_collector_that_starts_later_leaves_imports_alone(
    here: Path, store: Callable[[], Database]
) -> None:
    from groundswell.config.loading import load as load_config
    from groundswell.runtime import watch

    told(str(ndjson(here / "a.jsonl", V2)))
    db = store()
    watch(db, load_config(None, {}), {})
    rows = db.conn.execute("select slug, state from sources order by slug").fetchall()
    assert rows == [("archives", "ok"), ("s", "new")]


def test_a_dry_run_stores_nothing(here: Path) -> None:
    result = run(str(ndjson(here / "a.jsonl", V2, {"id": "x"})), "--dry-run")
    assert result.exit_code == 3, "a line could not be read"
    assert "1 post of x would come" in result.stderr
    assert not (here / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["nothing.jsonl"], 1, "cannot be read"),
        ([".", "--format", "x_post"], 2, "there are any_table"),
        (["a.csv", "--map", "text"], 2, "no FIELD=COLUMN"),
        (["a.csv", "--map", "text=bodi,published_at=when"], 1, "no such column"),
        (["a.csv", "--map", "texd=body"], 1, "no field is called so"),
    ],
)
def test_a_typo_is_named(here: Path, arguments: list[str], code: int, why: str) -> None:
    (here / "a.csv").write_text("when,body\n2022-11-01,On minutes\n")
    result = run(*arguments)
    assert result.exit_code == code
    assert why in result.stderr.replace("\n", " ")


def _has_ended(group: int) -> bool:
    """Whether all processes of a group end in time."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_an_import_that_is_killed_goes_on(
    here: Path, store: Callable[[], Database]
) -> None:
    """kill -9 in the middle: what was stored is counted as done, nothing twice."""
    many = [{**V2, "id": str(1587000000000000000 + n)} for n in range(9000)]
    path = ndjson(here / "a.jsonl", *many)
    command = [sys.executable, "-m", "groundswell", "import", str(path)]
    command += ["--campaign", "leaks", "--no-score"]
    child = subprocess.Popen(
        [*command, "--processes", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    db = None
    end = time.monotonic() + 60
    while time.monotonic() < end and child.poll() is None:
        if (here / "data" / "campaigns.db").exists():
            db = db or store()
            row = db.conn.execute(
                "select count(*) from sqlite_master where name = 'imports'"
            ).fetchone()
            if (
                row[0]
                and (
                    db.conn.execute("select max(position) from imports").fetchone()[0]
                    or 0
                )
                >= 1000
            ):
                break
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert _has_ended(child.pid), "the processes that score stay behind"
    assert db is not None
    (position,) = db.conn.execute("select position from imports").fetchone()
    (stored,) = db.conn.execute("select count(*) from posts").fetchone()
    assert position == stored
    (one,) = told(str(path))
    assert one["new"] == 9000 - stored
    assert db.conn.execute("select count(*) from posts").fetchone() == (9000,)
    assert checks.problems(db) == []


# --- our own export


TIMES = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy wants naive ones
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
MAYBE, COUNTS = st.none() | WORDS, st.none() | st.integers(0, 2**40)
AUTHORS = st.builds(
    Author,
    platform=WORDS,
    uri=WORDS,
    handle=MAYBE,
    followers=COUNTS,
    bot=st.none() | st.booleans(),
)
POSTS = st.builds(
    Post,
    platform=WORDS,
    uri=WORDS,
    text=WORDS | st.just(""),
    published_at=TIMES,
    author=AUTHORS,
    title=MAYBE,
    sensitive=st.none() | st.booleans(),
    edited_at=st.none() | TIMES,
    hashtags=st.sampled_from([(), ("labourleaks", "minutes")]),
    mentions=st.lists(WORDS).map(tuple),
    links=st.sampled_from([(), ("https://gazette.example/",)]),
    media=st.lists(st.builds(Media, type=WORDS, url=WORDS, alt=MAYBE)).map(tuple),
    copies=st.lists(st.builds(Copy, scheme=st.just("uri"), value=WORDS)).map(tuple),
    replies=COUNTS,
    reposts=COUNTS,
    likes=COUNTS,
    quotes=COUNTS,
    views=COUNTS,
)


@settings(max_examples=150, deadline=None)
@given(POSTS)
def test_the_export_keeps_everything(post: Post) -> None:
    line = json.dumps(ndjson_export.to_dict(post))
    assert groundswell_export.from_dict(json.loads(line)) == post


def test_a_file_is_no_proof_of_who_an_author_is() -> None:
    author = make_author(proven=("https://ana.example/",))
    line = ndjson_export.to_dict(make_post(author=author))
    assert "proven" not in line["author"]
    line["author"]["proven"] = ["https://ana.example/"]
    assert groundswell_export.from_dict(line).author == make_author()


@pytest.mark.parametrize("name", ["out.ndjson", "out.ndjson.gz", "out.ndjson.zst"])
def test_what_is_exported_can_be_imported(
    here: Path, store: Callable[[], Database], name: str
) -> None:
    told(str(ndjson(here / "a.jsonl", V2, {**V2, "id": "1587000000000000009"})))
    result = CliRunner().invoke(main, ["export", "--campaign", "leaks", "-o", name])
    assert result.exit_code == 0, result.output
    before = (
        store()
        .conn.execute("select uri, text, likes from posts order by uri")
        .fetchall()
    )
    (here / "data" / "campaigns.db").rename(here / "old.db")
    for rest in (here / "data").glob("campaigns.db-*"):
        rest.unlink()
    (one,) = told(name)
    assert (one["formats"], one["new"]) == (["Groundswell's own export"], 2)
    after = (
        store()
        .conn.execute("select uri, text, likes from posts order by uri")
        .fetchall()
    )
    assert after == before


def test_what_was_taken_back_is_not_exported(
    here: Path, store: Callable[[], Database]
) -> None:
    told(str(ndjson(here / "a.jsonl", V2)))
    db = store()
    db.conn.execute("update posts set state = 'deleted', text = ''")
    result = CliRunner().invoke(main, ["export", "--campaign", "leaks"])
    assert result.stdout == ""
    assert "0 posts" in result.stderr
