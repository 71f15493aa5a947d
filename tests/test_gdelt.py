"""GDELT: slices of time where an answer holds no more, and what it is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import collectors
from collectors.base import Page, Query, Term

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SETTINGS = {"base_url": "https://gdelt.example", "country": "UK", "language": "english"}
ASKED = Query(
    "back",
    (Term("phrase", "labour leaks"),),
    SETTINGS,
    since=datetime(2026, 11, 1, 8, tzinfo=UTC),
    until=NOON,
)


@pytest.fixture
def first() -> httpx.Request:
    return collectors.load("gdelt").first(ASKED)


def parsed(stamps: list[str], request: httpx.Request) -> Page:
    articles = [
        {"url": f"https://gazette.example/{n}", "title": "x", "seendate": stamp}
        for n, stamp in enumerate(stamps)
    ]
    response = httpx.Response(200, json={"articles": articles}, request=request)
    return collectors.load("gdelt").parse(response, ASKED)


def test_country_and_language_narrow_the_question(first: httpx.Request) -> None:
    wanted = '"labour leaks" sourcecountry:UK sourcelang:english'
    assert first.url.params["query"] == wanted
    assert first.url.params["enddatetime"] == "20261101120000"


def test_a_full_answer_leads_on_at_its_oldest_moment(first: httpx.Request) -> None:
    page = parsed(["20261101T114500Z"] * 200 + ["20261101T113000Z"] * 50, first)
    assert page.next is not None
    assert page.next.url.params["enddatetime"] == "20261101113000"
    assert len(page.posts) == 250


def test_a_moment_that_is_too_full_is_a_known_gap(first: httpx.Request) -> None:
    page = parsed(["20261101T120000Z"] * 250, first)
    assert page.next is None
    assert page.gap is not None
    assert page.gap.state == "capped"


@pytest.mark.parametrize(
    "odd", [{"country": "U K"}, {"language": 'x" OR "y'}, {"country": 7}]
)
def test_odd_settings_are_named(odd: dict[str, Any]) -> None:
    found = collectors.load("gdelt").check({**SETTINGS, **odd})
    assert len(found) == 1
    assert next(iter(odd)) in found[0]
