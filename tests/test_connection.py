"""Files that cannot be used: each is refused with a sentence, and left as it was."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import checks, connection
from db.connection import StoreError, open_database, transaction
from db.migrations import migrations


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound database, closed."""
    file = tmp_path / "campaigns.db"
    open_database(file).close()
    return file


def refusal(file: Path, *, read_only: bool = False) -> str:
    with pytest.raises(StoreError) as caught:
        open_database(file, read_only=read_only)
    sentence = str(caught.value)
    assert str(file.name) in sentence
    assert "\n" not in sentence
    return sentence


both = pytest.mark.parametrize("read_only", [False, True])


@both
def test_a_file_that_is_no_database(tmp_path: Path, read_only: bool) -> None:
    file = tmp_path / "letter.db"
    file.write_bytes(b"Dear all, " * 1000)
    assert "not an SQLite database" in refusal(file, read_only=read_only)
    assert file.read_bytes() == b"Dear all, " * 1000


@both
def test_another_programs_database_is_not_touched(
    tmp_path: Path, read_only: bool
) -> None:
    file = tmp_path / "photos.db"
    with closing(sqlite3.connect(file)) as theirs:
        theirs.execute("create table photos (id integer primary key)")
        theirs.commit()
    before = file.read_bytes()
    assert "belongs to another program" in refusal(file, read_only=read_only)
    assert file.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["photos.db"]


@both
def test_a_newer_groundswells_database(path: Path, read_only: bool) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "values ('groundswell', '9999_time_travel', '2099-01-01')"
        )
        db.commit()
    sentence = refusal(path, read_only=read_only)
    assert "9999_time_travel" in sentence
    assert "newer Groundswell" in sentence


def test_a_damaged_header(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:8192] = os.urandom(8092)
    path.write_bytes(data)
    assert "damaged" in refusal(path)


def test_a_damaged_page_is_found_by_the_check_and_said_by_a_write(path: Path) -> None:
    with closing(open_database(path)) as db:
        (page,) = db.conn.execute(
            "select rootpage from sqlite_master where name = 'campaigns'"
        ).fetchone()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 8192 : (page - 1) * 8192 + 64] = b"\xff" * 64
    path.write_bytes(data)
    with closing(open_database(path)) as db:
        assert checks.problems(db)
        with pytest.raises(StoreError, match="damaged"), transaction(db) as conn:
            conn.execute("select * from campaigns").fetchall()
        assert not db.conn.in_transaction


def test_a_truncated_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])
    assert "damaged" in refusal(path)


@pytest.fixture
def held(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A database that another program is writing to and does not let go."""
    monkeypatch.setattr(connection, "_BUSY_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    yield path
    other.close()


def test_a_locked_database_can_be_opened_and_says_so_when_written(held: Path) -> None:
    with closing(open_database(held)) as db:
        holds = pytest.raises(StoreError, match="another program holds")
        with holds, transaction(db) as conn:
            conn.execute("delete from campaigns")
        assert not db.conn.in_transaction


def test_a_database_locked_before_its_first_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_BUSY_S", 0.05)
    file = tmp_path / "new.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin exclusive")
        assert "another program holds" in refusal(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    assert "cannot be opened" in refusal(folder / "campaigns.db")
    assert "cannot make this folder" in refusal(folder / "deeper" / "campaigns.db")


def test_a_place_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot make this folder"):
        open_database(tmp_path / "file" / "campaigns.db")


@both
def test_a_folder_where_the_file_should_be(tmp_path: Path, read_only: bool) -> None:
    assert "this is a folder" in refusal(tmp_path, read_only=read_only)


def test_nothing_there_to_read(tmp_path: Path) -> None:
    assert "no database here yet" in refusal(tmp_path / "none.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_of_ours_is_not_blamed_on_the_operator(path: Path) -> None:
    with closing(open_database(path)) as db:
        with pytest.raises(sqlite3.OperationalError), transaction(db) as conn:
            conn.execute("select nonsense from nowhere")
        with pytest.raises(sqlite3.IntegrityError), transaction(db) as conn:
            conn.execute("insert into terms (campaign_id) values (99)")


def test_a_large_file_of_an_older_version_says_what_it_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "old.db"
    old = Database(path)
    old.conn.execute(f"pragma application_id = {connection.APPLICATION_ID}")
    migrations.apply(old, stop_before="m013_hours")
    old.close()
    monkeypatch.setattr(connection, "_LARGE", 1000)
    open_database(path).close()
    open_database(path).close()
    open_database(tmp_path / "new.db").close()
    (told,) = [record.getMessage() for record in caplog.records]
    assert "bringing 0.0 GB to this version's tables" in told
