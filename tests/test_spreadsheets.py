"""Every CSV that the server hands out, over a real socket: nothing in it is a formula."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from datasette.app import Datasette

from db.connection import open_database
from groundswell.web import server
from groundswell.web.database import BoundedDatabase
from tests import export_store
from tests.conftest import NOW
from tests.export_store import HOSTILE
from tests.listening import listening
from tests.test_web import close

POSTS = 12_000  # three pages of what Datasette reads at once
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NAMED = "=HYPERLINK(1)"
CELLS = (*(f"{sign}1+1" for sign in SIGNS), "'=1", "-5", "007", "plain", "", "a=1")
ASKED = "campaign=labourleaks&from_at=2020-01-01&to_at=2030-01-01"


def built(path: Path, *, fill: bool) -> Datasette:
    database = open_database(path)
    if fill:
        export_store.fill(database)
        database.conn.execute(
            "update posts set polarity = -0.5 where id % 2 and unscored is null"
        )
        database.conn.execute("update authors set handle = '@' || handle")
        database.conn.commit()
    else:
        export_store.many(database, POSTS)
    database.close()
    return server.build(path, clock=lambda: NOW, allow_sql=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A real server whose posts are hostile."""
    datasette = built(tmp_path_factory.mktemp("csv") / "x.db", fill=True)
    with (
        listening(datasette) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client
    close(datasette)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    datasette = built(tmp_path_factory.mktemp("large") / "x.db", fill=False)
    yield datasette
    close(datasette)


def read(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text[:300]
    text = answer.content.decode("utf-8", "surrogatepass")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def restored(cell: str) -> str:
    return cell.removeprefix("'")


def assert_same(rows: list[dict[str, str]], told: list[dict[str, Any]]) -> None:
    """The CSV's rows are the JSON's, and none has a cell that could be a formula."""
    assert len(rows) == len(told) > 0
    for row, same in zip(rows, told, strict=True):
        for cell, value in zip(row.values(), same.values(), strict=True):
            if isinstance(value, str):
                assert not cell.startswith(SIGNS), cell
                assert restored(cell) == value
            else:
                assert cell == ("" if value is None else str(value)), "a number is one"


@pytest.mark.parametrize(
    ("csv_path", "json_path"),
    [
        ("/campaigns/posts.csv?_size=max", "/campaigns/posts.json?_size=max"),
        ("/campaigns/posts.csv?_stream=on", "/campaigns/posts.json?_size=max"),
        ("/campaigns/timeline.csv?_stream=on", "/campaigns/timeline.json?_size=max"),
        ("/campaigns/coverage.csv?_dl=1", "/campaigns/coverage.json?_size=max"),
        (
            f"/campaigns/newest_posts.csv?{ASKED}&top=40",
            f"/campaigns/newest_posts.json?{ASKED}&top=40",
        ),
        (
            "/campaigns.csv?sql=select+*+from+posts",
            "/campaigns.json?sql=select+*+from+posts",
        ),
    ],
)
def test_each_csv_has_what_its_json_has_and_no_formula(
    site: httpx.Client, csv_path: str, json_path: str
) -> None:
    told = site.get(f"{json_path}&_shape=array").json()
    assert_same(read(site.get(csv_path)), told)


def test_the_posts_are_hostile_and_have_negative_numbers(site: httpx.Client) -> None:
    rows = read(site.get("/campaigns/posts.csv?_stream=on"))
    assert {f"'{text}" for text in HOSTILE[2:12]} <= {row["text"] for row in rows}
    assert "-0.5" in {row["polarity"] for row in rows}
    assert str(2**60) in {row["likes"] for row in rows}


def test_a_row_is_as_safe_as_its_table(site: httpx.Client) -> None:
    for row in read(site.get("/campaigns/posts.csv?_size=max")):
        path = f"/campaigns/posts/{row['id']}.csv"
        assert read(site.get(path)) == [row]


def test_a_label_beside_a_key_is_guarded_too(site: httpx.Client) -> None:
    rows = read(site.get("/campaigns/posts.csv?_labels=on&_size=5"))
    assert {row["author_id_label"][:2] for row in rows} == {"'@"}
    assert all(row["author_id"].isdigit() for row in rows)


def test_sql_of_a_reader_gives_neither_cells_nor_names_that_run(
    site: httpx.Client,
) -> None:
    sql = f'select value as "{NAMED}", -1.5 as n from json_each(:cells)'
    given = urlencode({"sql": sql, "cells": json.dumps(CELLS)})
    rows = read(site.get(f"/campaigns.csv?{given}"))
    assert {name for row in rows for name in row} == {f"'{NAMED}", "n"}
    cells = [row[f"'{NAMED}"] for row in rows]
    assert tuple(map(restored, cells)) == CELLS
    assert not [cell for cell in cells if cell.startswith(SIGNS)]
    assert {"plain", "", "a=1"} <= set(cells), "what is harmless stays as it is"
    assert {row["n"] for row in rows} == {"-1.5"}


def test_bytes_are_an_address_made_of_the_key_as_it_is(site: httpx.Client) -> None:
    sql = "select x'00ff' as picture, '=1' as text"
    (row,) = read(site.get(f"/campaigns.csv?sql={quote(sql)}"))
    assert row["text"] == "'=1"
    answer = site.get(row["picture"])
    assert (answer.status_code, answer.content) == (200, b"\x00\xff")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/campaigns.csv", "sql: write a query"),
        ("/campaigns.csv?sql=selec", "Statement must be a SELECT"),
        ("/campaigns.csv?sql=select+colour", "no such column: colour"),
        ("/campaigns/posts.csv?_sort=nothing", "there is no column nothing"),
    ],
)
def test_what_cannot_be_given_is_an_error_and_no_empty_sheet(
    site: httpx.Client, path: str, sentence: str
) -> None:
    answer = site.get(path)
    assert answer.status_code == 400
    assert sentence in answer.text


def test_an_error_of_a_query_is_a_sentence_and_shows_no_sql(site: httpx.Client) -> None:
    for form in ("csv", "json"):
        answer = site.get(f"/campaigns/volume.{form}?campaign=nope")
        assert answer.status_code == 400
        assert "there is none called nope" in answer.text
        assert "with recursive" not in answer.text.lower()
        assert "from hourly" not in answer.text.lower()


def test_sql_is_shut_unless_it_was_opened(tmp_path: Path) -> None:
    open_database(tmp_path / "x.db").close()
    datasette = server.build(tmp_path / "x.db", clock=lambda: NOW)
    answer = asyncio.run(datasette.client.get("/campaigns.csv?sql=select+1"))
    assert answer.status_code == 403
    close(datasette)


def test_a_long_table_streams_page_by_page(
    large: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, sent = 0, list[tuple[int, int]]()
    execute = BoundedDatabase.execute

    async def counting(self: BoundedDatabase, sql: str, *args: Any, **told: Any) -> Any:  # noqa: ANN401
        nonlocal asked
        asked += "from posts" in sql and "limit" in sql
        return await execute(self, sql, *args, **told)

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            sent.append((asked, message["body"].count(b"\r\n")))

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    monkeypatch.setattr(BoundedDatabase, "execute", counting)
    scope = {
        "type": "http", "method": "GET", "path": "/campaigns/posts.csv", "headers": [],
        "raw_path": b"/campaigns/posts.csv", "scheme": "http", "http_version": "1.1",
        "query_string": b"_stream=on&_size=max",
    }  # fmt: skip
    asyncio.run(large.app()(scope, receive, send))
    assert sum(lines for _, lines in sent) == POSTS + 1
    first, last = sent[0][0], sent[-1][0]
    assert last - first == 2, "the first rows were out before the last were asked for"
    assert max(lines for _, lines in sent) == 1
