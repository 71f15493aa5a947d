"""Commands about the store: status, rescore, backup, forget."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from db import checks, store
from db.connection import Database, open_database
from groundswell.sentiment.encoder import missing
from tests.cli_folder import CONFIG, database, folder, problems, rows, run
from tests.conftest import NOW
from tests.making import NEUTRAL, make_author, make_post, make_record, sighted

__all__ = ["database", "folder"]  # fixtures


# status


def test_status_is_a_table_for_people(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    told = run("status")
    assert told.exit_code == 0, told.output
    head, *lines = told.stdout.splitlines()
    assert head.split() == ["campaign", "last", "24", "h", "24", "h", "before"]
    assert lines[0].split()[0] == "labourleaks"
    assert any(line.startswith("server-1  mastodon  ok") for line in lines)
    assert told.stderr == ""


def test_status_is_json_for_scripts(database: Path) -> None:
    told = run("status", "--json")
    said = json.loads(told.stdout)
    assert [one["slug"] for one in said["campaigns"]] == ["labourleaks"]
    assert [one["slug"] for one in said["sources"]] == ["server-1", "server-2"]
    assert said["sources"][0]["state"] == "ok"


def test_status_of_an_empty_database(folder: Path) -> None:
    open_database(folder / "data" / "campaigns.db").close()
    assert run("status").exit_code == 0
    found = json.loads(run("status", "--json").stdout)
    del found["refined"]  # whether there is any depends on what is installed
    assert found == {"campaigns": [], "sources": []}


@pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")
def test_status_says_how_far_the_refining_is(folder: Path, database: Path) -> None:
    told = json.loads(run("status", "--json").stdout)["refined"]
    assert told["scorer"].startswith("encoder/")
    assert (told["looked_at"], told["scored"], told["refined"]) == (5, 5, 0)
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("update posts set scorer = ? where id < 3", (told["scorer"],))
    line = "refined with encoder: 2 of 5 scored posts among the newest 5"
    assert line in run("status").stdout
    assert run("rescore").stdout.startswith("3 posts scored with linear/")
    (folder / "groundswell.toml").write_text(f'[monitor]\nrefine = "off"\n{CONFIG}')
    assert "refined" not in run("status").stdout
    assert run("rescore").stdout.startswith("2 posts scored with linear/")


EVERY = [["status"], ["rescore"], ["backup", "copy.db"], ["forget", "@ada", "--yes"]]


@pytest.mark.parametrize("command", EVERY)
def test_without_a_database_each_says_what_to_do(
    folder: Path, command: list[str]
) -> None:
    told = run(*command)
    assert told.exit_code == 1
    assert "there is no database yet; run groundswell collect first" in told.stderr
    assert told.stdout == ""
    assert not (folder / "data").exists()


@pytest.mark.parametrize("command", [*EVERY, ["collect"], ["serve", "--port", "0"]])
@pytest.mark.parametrize("bad", ["stranger", "letter"])
def test_a_file_that_is_not_ours_is_left_alone(
    folder: Path, command: list[str], bad: str
) -> None:
    path = folder / "data" / "campaigns.db"
    path.parent.mkdir()
    if bad == "letter":
        path.write_bytes(b"Dear all, " * 999)
    else:
        with closing(sqlite3.connect(path)) as theirs:
            theirs.execute("create table photos (id)")
            theirs.commit()
    before = path.read_bytes()
    told = run(*command)
    assert told.exit_code == 1
    (line,) = told.stderr.splitlines()
    assert str(path.name) in line
    assert "another program" in line or "not an SQLite database" in line
    assert path.read_bytes() == before


@pytest.mark.parametrize("command", [["status"], ["rescore"], ["forget", "@ada"]])
def test_a_damaged_database_is_a_sentence(database: Path, command: list[str]) -> None:
    data = bytearray(database.read_bytes())
    for page in range(2, len(data) // 8192):
        data[page * 8192 : page * 8192 + 200] = b"\xff" * 200
    database.write_bytes(data)
    told = run(*command)
    assert told.exit_code == 1
    (line,) = told.stderr.splitlines()
    assert "the database is damaged; restore a backup" in line


# rescore


def test_rescore_brings_what_another_scorer_scored_up_to_date(database: Path) -> None:
    told = run("rescore")
    assert told.exit_code == 0, told.output
    ((scorer,),) = rows(database, "select distinct scorer from posts")
    assert scorer != NEUTRAL.scorer
    assert told.stdout == f"5 posts scored with {scorer}\n"
    assert problems(database) == []
    assert run("rescore").stdout == f"0 posts scored with {scorer}\n"
    assert run("rescore", "--all").stdout == f"5 posts scored with {scorer}\n"


# backup


def test_a_backup_is_a_sound_copy(database: Path, folder: Path) -> None:
    told = run("backup", "copies/monday.db")
    assert told.exit_code == 0, told.output
    copy = folder / "copies" / "monday.db"
    assert problems(copy) == []
    every = "select uri, text from posts order by id"
    assert rows(copy, every) == rows(database, every)


def test_a_backup_while_the_collector_writes(database: Path, folder: Path) -> None:
    with closing(open_database(database)) as db:
        db.conn.execute("begin immediate")
        db.conn.execute("delete from campaigns where false")
        assert run("backup", "now.db").exit_code == 0
        db.conn.execute("rollback")
    assert problems(folder / "now.db") == []


def test_a_backup_overwrites_nothing(database: Path, folder: Path) -> None:
    target = folder / "mine.txt"
    target.write_text("mine")
    told = run("backup", "mine.txt")
    assert told.exit_code == 1
    assert "there is a file already" in told.stderr
    assert target.read_text() == "mine"


def test_a_backup_of_the_file_onto_itself_is_refused(database: Path) -> None:
    assert run("backup", str(database)).exit_code == 1
    assert problems(database) == []


# forget


def traces(path: Path, *words: str) -> list[tuple[str, str]]:
    """Which words stand in which file of the database, in whatever letters."""
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    assert path in files
    return [
        (file.name, word)
        for file in files
        for word in words
        if word.casefold().encode() in file.read_bytes().lower()
    ]


GRACE = ("grace", "hopworth", "quixotic", "social.example/posts/4")


@pytest.mark.parametrize(
    "name",
    [
        "@grace@social.example",
        "GRACE@social.example",
        "https://social.example/users/grace",
    ],
)
def test_a_forgotten_person_leaves_no_trace(database: Path, name: str) -> None:
    assert traces(database, *GRACE), "they are there before"
    # Somebody reads meanwhile, so that WAL and shared memory are there to be searched.
    with closing(open_database(database, read_only=True)) as reader:
        reader.conn.execute("select count(*) from posts").fetchall()
        told = run("forget", name, "--yes")
        assert told.exit_code == 0, told.output
        assert told.stdout == "erased: 1 person, 1 post\n"
        assert traces(database, *GRACE) == []
    assert traces(database, *GRACE) == []
    assert rows(database, "select count(*) from posts") == [(4,)]
    assert problems(database) == []


def test_forget_says_when_a_reader_keeps_the_old_pages(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.connection._BUSY_S", 0.05)
    with closing(open_database(database, read_only=True)) as reader:
        reader.conn.execute("begin")
        reader.conn.execute("select count(*) from posts").fetchall()
        told = run("forget", "@grace@social.example", "--yes")
        reader.conn.execute("rollback")
    assert told.exit_code == 0
    assert "still holds the old pages" in told.stderr
    with closing(open_database(database)) as db:
        checks.tidy(db, NOW)
    assert traces(database, *GRACE) == []


def test_a_forgotten_person_is_not_taken_in_again(database: Path) -> None:
    assert run("forget", "@grace@social.example", "--yes").exit_code == 0
    with closing(open_database(database)) as db:
        again = make_post(4, author=make_author("grace"))
        other = make_post(9, author=make_author("grace"))
        later = make_record(sighted(again), sighted(other), at=NOW + timedelta(hours=1))
        assert store.record_walk(db, later).new == 0
        assert _authors(db) == ["ada"]


def _authors(db: Database) -> list[str]:
    found = db.conn.execute("select handle from authors").fetchall()
    return [handle.split("@")[0] for (handle,) in found]


@pytest.mark.parametrize(
    "name", ["https://social.example/posts/4", "https://social.example/@grace/4"]
)
def test_a_forgotten_post_goes_alone(database: Path, name: str) -> None:
    told = run("forget", name, "--yes")
    assert told.stdout == "erased: 0 people, 1 post\n"
    assert traces(database, "quixotic", "social.example/posts/4") == []
    with closing(open_database(database)) as db:
        grace = make_author("grace")
        record = make_record(
            sighted(make_post(4, author=grace)),
            sighted(make_post(9, author=grace)),
            at=NOW + timedelta(hours=1),
        )
        assert store.record_walk(db, record).new == 1
    assert problems(database) == []


def test_forget_asks_and_takes_no_for_an_answer(database: Path) -> None:
    told = run("forget", "@grace@social.example", answer="n\n")
    assert told.exit_code == 1
    assert "author: https://social.example/users/grace" in told.stderr
    assert "Erase these for good?" in told.stderr
    assert rows(database, "select count(*) from posts") == [(5,)]
    assert run("forget", "@grace@social.example", answer="y\n").exit_code == 0
    assert rows(database, "select count(*) from posts") == [(4,)]


def test_forget_says_when_nobody_is_called_that(database: Path) -> None:
    told = run("forget", "@nobody@social.example", "--yes")
    assert told.exit_code == 1
    assert "nothing was erased" in told.stderr
    assert rows(database, "select count(*) from posts") == [(5,)]


def test_two_names_for_one_person_count_once(database: Path) -> None:
    told = run("forget", "@grace@social.example",
               "https://social.example/users/grace", "--yes")  # fmt: skip
    assert told.stdout == "erased: 1 person, 1 post\n"


def test_a_copied_database_is_ours_wherever_it_lies(
    database: Path, folder: Path
) -> None:
    moved = folder / "elsewhere.db"
    shutil.copy(database, moved)
    (folder / "groundswell.toml").write_text(
        f"[monitor]\ndatabase = {json.dumps(str(moved))}\n{CONFIG}"
    )
    assert run("status").exit_code == 0
