"""What Datasette asks of the tables of posts must not grow with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from datasette.database import QueryInterrupted

from db import bounding
from db.connection import open_database
from groundswell.web import database, server
from tests import web_fixture as fixture


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = fixture.make(tmp_path_factory.mktemp("bounded") / "x.db")
    datasette = server.build(path, clock=lambda: fixture.NOW)
    yield datasette
    for each in datasette.databases.values():
        each.close()
    datasette.executor.shutdown()


def get(site: Datasette, path: str) -> Any:  # noqa: ANN401 - any JSON
    answer = asyncio.run(site.client.get(path))
    assert answer.status_code == 200, answer.text[:300]
    return answer.json()


def facet(answer: Any, name: str) -> dict[str, int]:  # noqa: ANN401
    return {v["value"]: v["count"] for v in answer["facet_results"][name]["results"]}


@pytest.mark.parametrize("table", ["posts", "timeline"])
def test_facets_of_few_posts_count_them_all(site: Datasette, table: str) -> None:
    answer = get(site, f"/campaigns/{table}.json?_facet=platform&lang=en")
    counts = facet(answer, "platform")
    assert len(counts) == 3
    assert sum(counts.values()) == answer["filtered_table_rows_count"]


def test_facets_of_many_posts_count_the_newest(
    site: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounding, "FACETED", 100)
    for table in ("posts", "timeline"):
        counts = facet(
            get(site, f"/campaigns/{table}.json?_facet=platform"), "platform"
        )
        assert sum(counts.values()) == 100


def test_a_search_for_a_common_word_looks_at_the_newest_hits(
    site: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/campaigns/posts.json?_search=document&_shape=objects&_size=1000"
    every = get(site, path)
    assert len(every["rows"]) == every["filtered_table_rows_count"] > 10
    monkeypatch.setattr(bounding, "SEARCHED", 10)
    some = get(site, path)
    newest = sorted((row["id"] for row in every["rows"]), reverse=True)[:10]
    assert sorted((row["id"] for row in some["rows"]), reverse=True) == newest
    assert some["filtered_table_rows_count"] == every["filtered_table_rows_count"]


def test_paging_goes_through_all_posts_and_finds_its_place(site: Datasette) -> None:
    path, seen = "/campaigns/posts.json?_size=100&_shape=objects", []
    while path:
        answer = get(site, path)
        seen += [row["id"] for row in answer["rows"]]
        path = (answer["next_url"] or "").removeprefix("http://localhost")
    assert len(seen) == len(set(seen)) == 800 + len(fixture.HOSTILE)
    query = (
        "select id from posts where (published_at < :p1 or published_at is null "
        "or (published_at = :p1 and ((id > :p0)))) order by published_at desc, id limit 51"
    )
    database = site.get_database("campaigns")
    plan = asyncio.run(
        database.execute(f"explain query plan {bounding.bounded(query)}",
                         {"p0": 1, "p1": "2025-05-01T00:00:00Z"})
    )  # fmt: skip
    steps = [row["detail"] for row in plan.rows]
    assert "SEARCH posts USING" in steps[0], steps
    assert "published_at<" in steps[0], steps


def test_facets_of_other_tables_are_left_alone(
    site: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounding, "FACETED", 1)
    answer = get(site, "/campaigns/authors.json?_facet=platform")
    assert sum(facet(answer, "platform").values()) == 12


def test_a_count_that_takes_long_is_left_out(
    site: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    original = database.Database.execute

    async def execute(self: Any, sql: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        if sql.startswith("select count(*) from posts"):
            asked.append(kwargs.get("custom_time_limit"))
            raise QueryInterrupted(Exception("too long"), sql, {})
        return await original(self, sql, *args, **kwargs)

    monkeypatch.setattr(database.Database, "execute", execute)
    answer = get(site, "/campaigns/posts.json?platform=bluesky")
    assert answer["filtered_table_rows_count"] is None
    assert answer["rows"]
    assert asked == [40]


def test_the_pages_say_what_is_not_counted(site: Datasette) -> None:
    for table in ("posts", "timeline"):
        shown = asyncio.run(site.client.get(f"/campaigns/{table}")).text
        assert f"newest {bounding.FACETED:,} posts" in shown


ORDERED = (
    "",
    "where campaign = 'labourleaks'",
    "where campaign = 'labourleaks' and platform = 'bluesky' and sentiment = 'negative'",
    "where campaign = 'labourleaks' and published_at >= '2025-05-01'",
    "where platform = 'mastodon'",
)


@pytest.mark.parametrize("where", ORDERED)
@pytest.mark.parametrize("analysed", [True, False])
def test_the_timeline_is_read_in_order_and_never_sorted(
    tmp_path: Path, where: str, *, analysed: bool
) -> None:
    conn = open_database(fixture.make(tmp_path / "x.db")).conn
    if analysed:
        conn.execute("pragma optimize = 0x10002")
    query = f"select * from timeline {where} order by published_at desc limit 51"
    plan = [row[3] for row in conn.execute(f"explain query plan {query}")]
    assert not [step for step in plan if "ORDER BY" in step], plan
    conn.close()
