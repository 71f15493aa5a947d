"""Flickr: slices of time where a search shows no more."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

import collectors
from collectors.base import Page, Query, Term

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECOND = int(NOON.timestamp())
ASKED = Query(
    "back",
    (Term("hashtag", "LabourLeaks"),),
    {"base_url": "https://flickr.example"},
    since=datetime(2026, 11, 1, 8, tzinfo=UTC),
    until=NOON,
)


@pytest.fixture
def first() -> httpx.Request:
    return collectors.load("flickr").first(ASKED)


def parsed(times: list[int], request: httpx.Request) -> Page:
    photos = [
        {"id": str(n + 1), "owner": "7@N00", "dateupload": str(at)}
        for n, at in enumerate(times)
    ]
    body = {"stat": "ok", "photos": {"photo": photos}}
    response = httpx.Response(200, json=body, request=request)
    return collectors.load("flickr").parse(response, ASKED)


def test_a_full_page_leads_on_at_its_oldest_second(first: httpx.Request) -> None:
    page = parsed([SECOND - n // 2 for n in range(500)], first)
    assert page.next is not None
    assert page.next.url.params["max_upload_date"] == str(SECOND - 249)
    assert len(page.posts) == 500


def test_a_second_that_is_too_full_is_a_known_gap(first: httpx.Request) -> None:
    page = parsed([SECOND] * 500, first)
    assert page.next is None
    assert page.gap is not None
    assert page.gap.state == "capped"
