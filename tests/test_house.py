"""The house keeps its rules, and each rule can be seen to fail."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import house, house_code, house_sizes
from tests.house import Source


def test_the_house_keeps_its_rules() -> None:
    assert house.findings() == []


def found(path: str, text: str) -> list[str]:
    every = [Source("collectors/feed.py", ""), Source("collectors/mastodon.py", "")]
    return list(house_code.check(Source(path, text), every))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("collectors/base.py", "from collectors import text"),
        ("collectors/feed.py", "from db import store"),
        ("collectors/feed.py", "import groundswell.clock"),
        ("collectors/feed.py", "from collectors import _driver"),
        ("collectors/feed.py", "from collectors._http import build"),
        ("collectors/_feed_xml.py", "from collectors._driver import Driver"),
        ("collectors/feed.py", "from collectors.mastodon import COLLECTOR"),
        ("collectors/_driver.py", "import scheduler"),
        ("collectors/_driver.py", "from collectors.feed import COLLECTOR"),
        ("db/store.py", "from collectors.text import clean"),
        ("db/store.py", "from groundswell.clock import utcnow"),
        ("groundswell/web/views.py", "from collectors.base import Post"),
        ("groundswell/web/views.py", "from groundswell.ingest import store"),
        ("groundswell/web/views.py", "import scheduler"),
        ("groundswell/exports/about.py", "from groundswell.web import data"),
        ("groundswell/exports/columns.py", "from collectors.text import clean"),
        ("groundswell/demo/world.py", "from db.store import Store"),
        ("groundswell/demo/world.py", "from collectors import mastodon"),
        ("groundswell/config/loading.py", "from groundswell.sentiment import load"),
        ("groundswell/config/loading.py", "from db.store import Store"),
        ("groundswell/ingest.py", "from groundswell import cli"),
        ("groundswell/ingest.py", "from groundswell.web.data import x"),
        ("groundswell/ingest.py", "import scheduler"),
        ("groundswell/ingest.py", "from tests.making import post"),
        ("scheduler.py", "from groundswell.cli.check import check"),
        ("scheduler.py", "from groundswell.web import server"),
        (
            "db/store.py",
            "if TYPE_CHECKING:\n    from groundswell.clock import Clock",
        ),
    ],
)
def test_a_room_keeps_its_doors(path: str, text: str) -> None:
    (sentence,) = found(path, text)
    assert sentence.startswith(f"{path}:")
    assert "may not import" in sentence


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("groundswell/ingest.py", "import sqlite3"),
        ("groundswell/ingest.py", "from sqlite_utils import Database"),
        ("groundswell/ingest.py", "def f():\n    from textblob.en import sentiment"),
        ("groundswell/sentiment/engines.py", "import nltk"),
        ("groundswell/sentiment/engines.py", "import eldc"),
        ("groundswell/ingest.py", "from apscheduler.triggers import interval"),
        ("groundswell/ingest.py", "import click"),
        ("collectors/mastodon.py", "import feedparser"),
        ("collectors/_driver.py", "import websockets"),
        ("groundswell/ingest.py", "import datasette.app"),
        ("collectors/mastodon.py", "from selectolax.lexbor import LexborHTMLParser"),
    ],
)
def test_a_library_has_one_owner(path: str, text: str) -> None:
    (sentence,) = found(path, text)
    assert "has another owner" in sentence


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("db/store.py", "now = datetime.now(UTC)"),
        ("db/store.py", "now = datetime.datetime.now"),
        ("db/store.py", "day = date.today()"),
        ("groundswell/demo/world.py", "at = time.time()"),
        ("groundswell/ingest.py", "from time import monotonic"),
        ("scheduler.py", "time.sleep(1)"),
        ("collectors/_driver.py", "client = httpx.AsyncClient()"),
        ("groundswell/ingest.py", "answer = httpx.get(url)"),
        ("groundswell/clock.py", "from httpx import Client"),
    ],
)
def test_clock_and_clients_have_one_place(path: str, text: str) -> None:
    (sentence,) = found(path, text)
    assert "belongs elsewhere" in sentence


@pytest.mark.parametrize(
    "sql",
    [
        "select id from posts",
        " SELECT *\nFROM posts",
        "insert or ignore into posts values (1)",
        "replace into posts values (1)",
        "update posts set text = ''",
        "delete from posts",
        "with newest as (select 1) select * from newest",
        "pragma user_version = 2",
    ],
)
def test_sql_stands_in_db(sql: str) -> None:
    (sentence,) = found("groundswell/ingest.py", f"x = {sql!r}")
    assert "SQL belongs in db/" in sentence
    assert found("groundswell/ingest.py", f"x = f'{{y}}' + {sql!r}")
    assert not found("db/store.py", f"x = {sql!r}")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("collectors/feed.py", "from collectors import _feed_xml"),
        ("collectors/feed.py", "from collectors._matching import matches"),
        ("collectors/_http.py", "client = httpx.AsyncClient()"),
        ("collectors/_driver.py", "def f(client: httpx.AsyncClient) -> None: ..."),
        ("collectors/_limits.py", "import time\nsince = time.monotonic()"),
        ("groundswell/clock.py", "now = datetime.now(UTC)"),
        ("groundswell/config/loading.py", "import collectors"),
        ("groundswell/cli/run.py", "import scheduler\nimport click"),
        ("groundswell/docs.py", "if TYPE_CHECKING:\n    from click import Command"),
        ("groundswell/ingest.py", "def f():\n    'select one from the list'"),
        ("groundswell/ingest.py", "x = 'Select one from the list'"),
        ("groundswell/ingest.py", "x = 'update the settings'"),
        ("groundswell/ingest.py", "now = stage.now()"),
    ],
)
def test_what_is_allowed(path: str, text: str) -> None:
    assert found(path, text) == []


def test_python_that_cannot_be_read_is_named() -> None:
    assert found("db/store.py", "def f(:") == ["db/store.py:1: invalid syntax"]


def long(lines: int, name: str = "f") -> str:
    return f"def {name}() -> None:\n" + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ([long(61)] + [long(2)] * 20, "f has 61 lines; 60 is the most"),
        ([long(11)] * 3, "functions: the median is 11 lines; 10 is the most"),
        ([long(2)] * 8 + [long(50)] * 2, "functions: nine in ten have 50 lines"),
        (["x = 1\n" * 401], "0.py: 401 lines; 400 is the most"),
    ],
)
def test_sizes(texts: list[str], sentence: str) -> None:
    code = [Source(f"{number}.py", text) for number, text in enumerate(texts)]
    assert any(sentence in line for line in house_sizes.check(code))


def test_sizes_within_the_budget() -> None:
    code = [Source("a.py", long(60) + long(8) * 20), Source("b.py", "x = 1\n" * 400)]
    assert list(house_sizes.check(code)) == []
    assert list(house_sizes.check([])) == []


def test_the_summary() -> None:
    code = [Source("a.py", long(3) + "def g(x, *, y: int) -> int:\n    return 1\n")]
    assert house_sizes.summary(code) == (
        "1 files, 2 functions: median 2.5 lines, 90 % within 2.9, longest 3; "
        "largest file 5; 50.0% annotated"
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("## [Unreleased]\n\n## [0.1.0] - soon\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def test_one_version(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "__version__", "0.1.0")
    assert list(house.versions(root)) == []
    monkeypatch.setattr(house, "__version__", "0.2.0")
    assert len(list(house.versions(root))) == 2
    (root / "CHANGELOG.md").unlink()
    assert "newest is nothing" in list(house.versions(root))[1]


@pytest.mark.parametrize(
    "line",
    [
        "see https://" + "pypi" + ".org/project/x",
        "https://files.python" + "hosted.org/x",
        "cd /" + "work/main",
        "path = '/" + "root/x'",
        "(/" + "root)",
        "open('/" + "home/ada/x')",
    ],
)
def test_forbidden_words(root: Path, line: str) -> None:
    path = root / "notes.md"
    path.write_text(f"fine\n{line}\n")
    (sentence,) = house.words(path, root)
    assert sentence.startswith("notes.md:2: names a ")


@pytest.mark.parametrize(
    "line",
    [
        "https://one.example/home/feed",
        "paper" + "work/root",
        "net" + "work/x",
        "./" + "work/x",
    ],
)
def test_words_that_are_fine(root: Path, line: str) -> None:
    path = root / "notes.md"
    path.write_text(line)
    assert list(house.words(path, root)) == []


def test_new_files_are_checked_and_ignored_ones_not(root: Path) -> None:
    (root / ".gitignore").write_text("data/\n")
    (root / "data").mkdir()
    (root / "data" / "x.py").write_text("")
    (root / "new.py").write_text("x = 1\n")
    (root / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    names = [path.name for path in house.files(root)]
    assert "new.py" in names
    assert "x.py" not in names
    assert [source.path for source in house.sources(house.files(root), root)] == [
        "new.py"
    ]
    assert list(house.words(root / "picture.png", root)) == []
