"""A folder with a configuration and a store, and the program run in it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collectors.base import Copy
from db import checks, store
from db.connection import open_database
from groundswell.cli import main
from tests.making import make_author, make_post, make_record, sighted, watch

CONFIG = """
[[campaign]]
slug = "labourleaks"
title = "Labour leaks"
hashtags = ["LabourLeaks"]
[[source]]
slug = "server-1"
platform = "mastodon"
base_url = "https://s1.example"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a configuration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "groundswell.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def database(folder: Path) -> Path:
    """A database of five posts by two people, closed."""
    path = folder / "data" / "campaigns.db"
    with closing(open_database(path)) as db:
        watch(db)
        grace = make_author("grace", display_name="Grace Hopworth")
        mine = [make_post(number) for number in (1, 2, 3)]
        theirs = make_post(
            4,
            author=grace,
            url="https://social.example/@grace/4",
            text="The quixotic memo #LabourLeaks",
            links=("https://gracehopworth.example/diary",),
            copies=(Copy("local_id", "grace-local-4"),),
        )
        reply = make_post(5, reply_to=theirs.uri, quote_of=theirs.uri, kind="reply",
                          text="Indeed #LabourLeaks", mentions=(grace.handle,))  # fmt: skip
        posts = [sighted(post) for post in (*mine, theirs, reply)]
        store.record_walk(db, make_record(*posts))
    return path


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=answer)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(open_database(path, read_only=True)) as db:
        return list(db.conn.execute(sql).fetchall())


def problems(path: Path) -> list[str]:
    with closing(open_database(path)) as db:
        return checks.problems(db)
