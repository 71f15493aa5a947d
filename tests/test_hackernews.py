"""Hacker News: slices of time where a query reaches no further."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import collectors
from collectors.base import Page, Query, Term

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECOND = int(NOON.timestamp())
MORNING = datetime(2026, 11, 1, 8, tzinfo=UTC)


def query(**changes: Any) -> Query:  # noqa: ANN401
    asked: dict[str, Any] = {"since": MORNING, "until": NOON, **changes}
    settings = {"base_url": "https://hn.algolia.example"}
    return Query("back", (Term("hashtag", "LabourLeaks"),), settings, **asked)


def parsed(times: list[int], request: httpx.Request, asked: Query) -> Page:
    hits = [
        {"objectID": str(n + 1), "created_at_i": at, "author": "ada",
         "title": "LabourLeaks"}
        for n, at in enumerate(times)
    ]  # fmt: skip
    response = httpx.Response(200, json={"hits": hits}, request=request)
    return collectors.load("hackernews").parse(response, asked)


@pytest.fixture
def first() -> httpx.Request:
    return collectors.load("hackernews").first(query())


def test_a_full_slice_leads_on_at_its_oldest_second(first: httpx.Request) -> None:
    page = parsed([SECOND - n // 2 for n in range(1000)], first, query())
    assert page.next is not None
    filters = page.next.url.params["numericFilters"]
    assert filters.endswith(f"created_at_i<={SECOND - 499}"), "inclusive: two share it"
    assert page.gap is None


def test_a_slice_that_is_not_full_is_the_last(first: httpx.Request) -> None:
    page = parsed([SECOND - n for n in range(999)], first, query())
    assert page.next is None
    assert page.reached == MORNING


def test_a_second_that_is_too_full_is_a_known_gap(first: httpx.Request) -> None:
    page = parsed([SECOND] * 1000, first, query())
    assert page.next is None
    assert page.gap is not None
    assert page.gap.state == "capped"
    assert page.gap.from_at == MORNING


def test_a_domain_is_looked_for_in_links(first: httpx.Request) -> None:
    asked = Query(
        "forward", (Term("domain", "gazette.example"),), query().settings, since=NOON
    )
    request = collectors.load("hackernews").first(asked)
    assert request.url.params["restrictSearchableAttributes"].startswith("url")
