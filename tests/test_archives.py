"""Archives: recognised by content, read whatever is wrong with them, stored once."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import zstandard
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.base import Author, Copy, Media, Post
from db import checks
from db.connection import Database, open_database
from groundswell.archives import reading, table
from groundswell.archives.formats import available, groundswell_export, load
from groundswell.archives.records import ArchiveError, Entry
from groundswell.cli import main
from groundswell.importing import Wishes, entries, parts
from groundswell.web import pages
from tests.archive_samples import (
    EVENT,
    FILES,
    FOURCAT,
    NOTE,
    PAGE,
    REDDIT,
    ZEE,
    lines,
)
from tests.test_queries import rows
from tests.test_x import V1, V2

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


def ndjson(path: Path, *records: object) -> Path:
    path.write_text(
        "".join(json.dumps(one) + "\n" for one in records), encoding="utf-8"
    )
    return path


def read(path: Path, **wishes: Any) -> list[Entry]:  # noqa: ANN401
    return [entry for _, entry in entries(parts(path, Wishes(**wishes)))]


def posts(path: Path, **wishes: Any) -> list[Post]:  # noqa: ANN401
    return [entry.post for entry in read(path, **wishes) if entry.post]


# --- every format, by its content


@pytest.mark.parametrize("kind", FILES)
def test_each_format_is_recognised_and_read(kind: str, tmp_path: Path) -> None:
    text, name, count = FILES[kind]
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    (part,) = parts(path, Wishes())
    assert name == part.format.NAME
    found = posts(path)
    assert len(found) == count
    assert found[0].published_at == datetime(2022, 11, 1, 12, tzinfo=UTC)
    assert "labourleaks" in found[0].hashtags


@pytest.mark.parametrize("name", available())
def test_every_format_is_total(name: str) -> None:
    form = load(name)

    @settings(max_examples=60, deadline=None)
    @given(
        st.dictionaries(
            st.text(max_size=12),
            st.recursive(
                st.none()
                | st.booleans()
                | st.integers()
                | st.floats()
                | st.text(max_size=20),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=9), inner, max_size=3)
                ),
                max_leaves=8,
            ),
            max_size=6,
        ),
        st.sampled_from([V1, V2, NOTE, REDDIT, EVENT, FOURCAT, ZEE, PAGE]),
    )
    def check(value: dict[str, Any], base: dict[str, Any]) -> None:
        from groundswell.archives.records import Context, Record

        hurt = {
            **base,
            **{key: value[odd] for key, odd in zip(base, value, strict=False)},
        }
        for one in (value, hurt):
            for entry in form.entries(
                Record(1, one), Context(table.proposed(tuple(one)))
            ):
                told = [entry.post, entry.deletion, entry.rejected, entry.skipped]
                assert sum(part is not None for part in told) == 1

    check()  # fmt: skip


def test_an_accounts_archive_of_x(tmp_path: Path) -> None:
    path = tmp_path / "twitter-2022.zip"
    bare = {k: v for k, v in V1.items() if k != "user"}
    account = {
        "account": {"accountId": "77", "username": "ada", "accountDisplayName": "Ada"}
    }
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "data/tweets.js",
            f"window.YTD.tweets.part0 = [{json.dumps({'tweet': bare})}]",
        )
        packed.writestr(
            "data/account.js", f"window.YTD.account.part0 = [{json.dumps(account)}]"
        )
        packed.writestr(
            "data/like.js", 'window.YTD.like.part0 = [{"like": {"tweetId": "1"}}]'
        )
        packed.writestr("Your archive.html", "<html>")
    (post,) = posts(path)
    assert post.author.handle == "ada"
    assert post.uri.endswith(V1["id_str"])


def test_a_mastodon_archive_in_a_tar(tmp_path: Path) -> None:
    path = tmp_path / "archive.tar.gz"
    outbox = json.dumps({"orderedItems": [{"type": "Create", "object": NOTE}]}).encode()
    with tarfile.open(path, "w:gz") as packed:
        info = tarfile.TarInfo("outbox.json")
        info.size = len(outbox)
        packed.addfile(info, io.BytesIO(outbox))
    assert [post.uri for post in posts(path)] == [NOTE["id"]]


def test_workbooks_and_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    rows = [
        ("text", "date"),
        ("On #LabourLeaks", datetime(2022, 11, 1, 12, tzinfo=UTC).replace(tzinfo=None)),
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    columns = {
        name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])
    }
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    for name in ("a.xlsx", "a.parquet"):
        (post,) = posts(tmp_path / name)
        assert post.published_at == datetime(2022, 11, 1, 12, tzinfo=UTC)


# --- packed, and in other encodings


TEXT = lines(V2, {**V2, "id": "1587000000000000009"})


def _zip(raw: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("tweets.jsonl", raw)
    return held.getvalue()


PACKED = {
    "plain": lambda raw: raw,
    "gzip": gzip.compress,
    "two gzips": lambda raw: gzip.compress(raw[:200]) + gzip.compress(raw[200:]),
    "zstd": zstandard.compress,
    "zip": _zip,
}


@pytest.mark.parametrize("how", PACKED)
def test_packed_files_are_read_in_place(how: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(PACKED[how](TEXT.encode()))
    assert len(posts(path)) == 2


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_encodings_with_and_without_a_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(TEXT.replace("minutes", "café").encode(encoding))
    assert [post.text[:8] for post in posts(path)] == ["The café"] * 2


def test_latin_bytes_are_taken_for_windows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text;date\nOn café;2022-11-01\n".encode("cp1252"))
    assert posts(path)[0].text == "On café"


# --- what can be wrong with a file


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_packed_file_that_is_cut_short_keeps_what_came(
    how: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    first = 1587000000000000000
    many = [
        {**V2, "id": str(first + n), "text": os.urandom(60).hex()} for n in range(3000)
    ]
    raw = PACKED[how](lines(*many).encode())
    path.write_bytes(raw[: len(raw) * 2 // 3])
    found = read(path)
    assert sum(entry.post is not None for entry in found) > 500
    assert any("cut short" in (entry.rejected or "") for entry in found)


def test_a_packed_file_of_which_nothing_is_left_is_called_damaged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(TEXT.encode())[:25])
    with pytest.raises(ArchiveError, match="damaged or cut short"):
        parts(path, Wishes())


def test_a_document_that_breaks_off_keeps_what_came(tmp_path: Path) -> None:
    path = tmp_path / "outbox.json"
    activity = json.dumps({"type": "Create", "object": NOTE})
    path.write_text(f'{{"orderedItems": [{activity}, {activity[:40]}')
    found = read(path)
    assert found[0].post is not None
    assert "what came before is kept" in (found[-1].rejected or "")


def test_nul_bytes_broken_lines_and_what_is_no_object(tmp_path: Path) -> None:
    path = tmp_path / "file"
    good = json.dumps(V2)
    path.write_text(
        f'{good}\n{good[:50]}\n\n"text"\n{good.replace("The", chr(0) + "The")}\n'
    )
    found = read(path)
    assert [entry.line for entry in found] == [1, 2, 4, 5]
    assert [entry.post is not None for entry in found] == [True, False, False, True]


def test_lines_of_another_format_are_named_by_their_number(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "mixed", V2, V2, REDDIT, V2, NOTE, V2)
    found = read(path)
    assert [entry.post is not None for entry in found] == [1, 1, 0, 1, 0, 1]
    assert [entry.line for entry in found if entry.rejected] == [3, 5]


def test_a_line_of_a_hundred_megabytes_is_named_and_not_held(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.write(json.dumps(V2).encode() + b'\n{"id": "')
        for _ in range(100):
            file.write(b"1" * 1_000_000)
        file.write(b'"}\n' + json.dumps(V2).encode() + b"\n")
    found = read(path)
    assert [entry.post is not None for entry in found] == [True, False, True]
    assert "longer than" in (found[1].rejected or "")


def test_a_zip_bomb_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    line = json.dumps(V2).encode() + b"\n"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed,
        packed.open("tweets.jsonl", "w", force_zip64=True) as file,
    ):
        file.write(line)
        for _ in range(120):
            file.write(b" " * 1_000_000)
    with pytest.raises(ArchiveError, match="zip bomb"):
        read(path)


def test_a_table_whose_first_row_is_data(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("2022-11-01T12:00,ada,On #LabourLeaks\n2022-11-02T12:00,bo,Again\n")
    with pytest.raises(ArchiveError, match="first row looks like data"):
        parts(path, Wishes())
    named = {"columns": ("date", "author", "text")}
    assert [post.author.handle for post in posts(path, **named)] == ["ada", "bo"]


@pytest.mark.parametrize(
    ("date", "wanted"),
    [
        ("2022-11-01T12:00:00+00:00", True), ("2022-11-01 12:00", True),
        ("1667304000", True), ("1667304000000", True), ("1 Nov 2022 12:00", True),
        ("Tue, 01 Nov 2022 12:00:00 +0000", True), ("31/10/2022 12:00", None),
        ("01/02/2022", "two ways"), ("", "no date"), ("soon", "cannot be read"),
        ("12", "no time since 1970"),
    ],
)  # fmt: skip
def test_dates_in_many_styles(date: str, wanted: object, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'text,date\nOn minutes,"{date}"\n')
    (entry,) = read(path)
    if isinstance(wanted, str):
        assert wanted in (entry.rejected or "")
    else:
        assert entry.post is not None
        assert entry.post.published_at is not None
        assert entry.post.published_at.hour == 12
        assert entry.post.published_at.date().isoformat() in {
            "2022-11-01",
            "2022-10-31",
        }


def test_whoever_is_not_named_is_not_one_and_the_same_person(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,date\nOn minutes,2022-11-01\nOn bread,2022-11-01\n")
    assert len({post.author.uri for post in posts(path)}) == 2
    path.write_text(
        "who,text,date\n@Ada,On minutes,2022-11-01\nada,On bread,2022-11-01\n"
    )
    assert {post.author.uri for post in posts(path)} == {"archive:@ada"}


def test_ids_that_a_spreadsheet_rounded_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text,date\n1.23E+18,On minutes,2022-11-01\n")
    (entry,) = read(path)
    assert "rounded by a spreadsheet" in (entry.rejected or "")
    assert "rounded" in (
        read(ndjson(tmp_path / "b", {**V2, "id": 1.5e18}))[0].rejected or ""
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"), ("   \n", "nothing in it"), ("<html><body>", "web page"),
        ('{"hello": 1}\n', "no format that is known here"),
        ("a,b\n1,2\n", "--map text=body"),
        ("{{{\n", "not one record"),
    ],
)  # fmt: skip
def test_other_files_get_a_message(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ArchiveError, match=why):
        parts(path, Wishes())


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raw=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (raw, b"\x1f\x8b" + raw, b"\x28\xb5\x2f\xfd" + raw, b"PK\x03\x04" + raw,
                    b'{"id":1}\n' + raw, b"[" + raw, b"text,date\n" + raw):  # fmt: skip
        path.write_bytes(content)
        try:
            read(path)
        except ArchiveError:
            continue


LINE = st.text(
    st.characters(exclude_characters="\n\r\x00", exclude_categories=["Cs"]), max_size=30
)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINE, min_size=1), st.integers(1, 50))
def test_lines_are_the_same_however_they_are_cut(texts: list[str], size: int) -> None:
    raw = "\n".join([*texts, "end"]).encode()
    member = reading.Member("x", lambda: io.BytesIO(raw), len(raw))
    whole = [line.text for line in reading.lines(member)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "CHUNK", max(size, 8))
        assert [line.text for line in reading.lines(member)] == whole
    bare = raw.removeprefix(b"\xef\xbb\xbf").decode().split("\n")
    assert whole == bare


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
    from groundswell.config import load as load_config
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
    line = json.dumps(groundswell_export.to_dict(post))
    assert groundswell_export.from_dict(json.loads(line)) == post


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
