"""metadata.json: complete, in step with the code and the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from db import reads
from db.connection import open_database
from db.published import queries
from groundswell import metadata

CAMPAIGNS: dict[str, Any] = metadata.build()["databases"]["campaigns"]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    db = open_database(tmp_path_factory.mktemp("metadata") / "x.db")
    yield db
    db.close()


def _published(db: Database) -> set[str]:
    names = {*db.table_names(), *db.view_names()}
    shadows = {name for name in names if name.startswith(("posts_fts", "sqlite_"))}
    return names - shadows - set(metadata.CLOSED)


def test_the_file_is_what_the_code_says() -> None:
    assert metadata.FILE.read_text(encoding="utf-8") == metadata.render(), (
        "metadata.json is out of step: ./run docs"
    )
    assert json.loads(metadata.render()) == metadata.build()


def test_every_published_table_and_column_is_described(schema: Database) -> None:
    described = {
        name: table for name, table in CAMPAIGNS["tables"].items() if "title" in table
    }
    assert set(described) == _published(schema)
    for name, table in described.items():
        assert table["title"], name
        assert table["description"], name
        assert set(table["columns"]) == _columns(schema, name), name
        assert all(table["columns"].values()), name


def test_closed_tables_exist_and_are_shut(schema: Database) -> None:
    assert set(metadata.CLOSED) <= set(schema.table_names())
    for name in metadata.CLOSED:
        assert CAMPAIGNS["tables"][name] == {"hidden": True, "allow": False}


def _columns(schema: Database, table: str) -> set[str]:
    """Those that are made of others too."""
    return {name for name, _, _ in reads.columns(schema, table)}


def test_machinery_names_only_columns_that_exist(schema: Database) -> None:
    for name, table in CAMPAIGNS["tables"].items():
        columns = _columns(schema, name)
        named = [table[k] for k in ("sort_desc", "label_column") if k in table]
        assert {*named, *table.get("facets", [])} <= columns, name


def test_every_query_is_published_with_its_words() -> None:
    assert set(CAMPAIGNS["queries"]) == set(queries())
    contract = {
        "volume", "sentiment", "top_links", "top_voices", "top_hashtags", "coverage_of",
    }  # fmt: skip
    assert contract <= set(queries())
    for name, query in queries().items():
        assert query.title, name
        assert query.description, name
        assert all(query.params.values()), name
        assert all(query.columns.values()), name


def test_no_table_block_hides_plugin_settings() -> None:
    """A `plugins` block on a table shuts off every root-level one (stack.md 1.1)."""
    assert not any("plugins" in table for table in CAMPAIGNS["tables"].values())


def test_words_are_escaped(tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("-- title: T\n-- description: a < b & c\nselect 1\n")
    from db.published import read

    block = metadata._query(read(file))
    assert block["description_html"] == "<p>a &lt; b &amp; c</p>"
