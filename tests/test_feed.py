"""The feed collector: requests, validators, and whether anything fell between two looks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from collectors._feed_state import BELIEVED
from collectors.base import BadPayload, Page, Post, Query, Term
from collectors.text import parse_time
from tests.feed_files import (
    FEED,
    RECORDINGS,
    URL,
    answer,
    item,
    look,
    query,
    rss,
    state_of,
    walk,
    window,
)

# --- recordings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted(RECORDINGS.glob("*.json")), ids=lambda p: p.stem
)
def test_a_recording_gives_its_posts(path: Path) -> None:
    case = json.loads(path.read_text())
    asked = case["query"]
    terms = tuple(
        term if isinstance(term, str) else Term(term["kind"], term["value"])
        for term in asked["terms"]
    )
    times = {name: parse_time(asked[name]) for name in ("since", "until")}
    asked = Query(**(asked | times | {"terms": terms}))
    request: httpx.Request | None = FEED.first(asked)
    posts: list[Post] = []
    error = checkpoint = None
    for exchange in case["exchanges"]:
        assert request is not None
        assert str(request.url) == exchange["request"]["url"]
        body = exchange["response"]["body"]
        text = body if isinstance(body, str) else json.dumps(body)
        response = answer(text, request, status=exchange["response"]["status"])
        response.headers.update(exchange["response"]["headers"])
        try:
            page = FEED.parse(response, asked)
        except BadPayload as caught:
            error = type(caught).__name__
            break
        posts += page.posts
        checkpoint = page.checkpoint
        request = page.next
    expected = case["expected"]
    assert error == expected["error"]
    assert [post.uri for post in posts] == [post["uri"] for post in expected["posts"]]
    assert checkpoint == expected["checkpoint"]


# --- settings and requests -------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["", "gazette.example/feed", "ftp://gazette.example/", "https://", "https://["],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert len(FEED.check({"base_url": url})) == 1


def test_a_password_in_the_address_is_refused_without_showing_it() -> None:
    (problem,) = FEED.check({"base_url": "https://me:hunter2@gazette.example/feed"})
    assert "hunter2" not in problem


def test_the_address_is_asked_for_as_written() -> None:
    url = "https://gazette.example/feed/?kind=all&tag=x%20y"
    assert FEED.check({"base_url": url}) == []
    assert str(FEED.first(query(url=url)).url) == url


# --- validators ------------------------------------------------------------------------


def test_a_second_look_is_conditional() -> None:
    first = look(
        window(2, 1), etag='"a"', last_modified="Fri, 02 Oct 2026 09:00:00 GMT"
    )
    request = FEED.first(query(checkpoint=first.checkpoint))
    assert request.headers["if-none-match"] == '"a"'
    assert request.headers["if-modified-since"] == "Fri, 02 Oct 2026 09:00:00 GMT"


def test_304_is_a_complete_empty_page_until_it_was_said_too_often() -> None:
    page: Page | None = look(window(2, 1), etag='"a"')
    for _ in range(BELIEVED):
        assert page is not None
        asked = query(checkpoint=page.checkpoint)
        request = FEED.first(asked)
        assert "if-none-match" in request.headers
        response = answer("", request, status=304)
        page = FEED.explain(response, asked)
        assert page == FEED.parse(response, asked)
        assert page is not None
        assert (page.posts, page.next, page.gap) == ((), None, None)
    assert page is not None
    asked = query(checkpoint=page.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    # The plain look finds the same: the server is believed again.
    again = look(window(2, 1), asked, etag='"a"')
    assert state_of(again).unchanged == 0
    assert "if-none-match" in FEED.first(query(checkpoint=again.checkpoint)).headers


def test_304_to_a_plain_request_is_no_answer() -> None:
    with pytest.raises(BadPayload, match="304"):
        FEED.explain(answer("", status=304), query())


def test_validators_caught_lying_are_never_sent_again() -> None:
    first = look(window(2, 1), etag='"a"')
    second = look(window(3, 2, 1), query(checkpoint=first.checkpoint), etag='"a"')
    assert [post.uri[-1] for post in second.posts] == ["3", "2", "1"]
    asked = query(checkpoint=second.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    third = look(window(4, 3, 2), asked, etag='"b"')
    assert "if-none-match" not in FEED.first(query(checkpoint=third.checkpoint)).headers


def test_an_identical_body_is_unchanged_and_doubtful_validators_are_left_out_once() -> (
    None
):
    first = look(window(2, 1), etag='"a"')
    asked = query(checkpoint=first.checkpoint)
    same = look(window(2, 1), asked, etag='"b"')
    assert same.posts == ()
    asked = query(checkpoint=same.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    settled = look(window(2, 1), asked, etag='"b"')
    assert (
        FEED.first(query(checkpoint=settled.checkpoint)).headers["if-none-match"]
        == '"b"'
    )


def test_new_terms_read_the_window_again() -> None:
    first = look(window(2, 1), query(terms=("other",)), etag='"a"')
    assert (first.posts, dict(first.skipped)) == ((), {"no term matched": 2})
    asked = query(checkpoint=first.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    assert len(look(window(2, 1), asked, etag='"a"').posts) == 2


@pytest.mark.parametrize(
    "checkpoint", ["", "x", "[]", "{}", '{"seen":3,"etag":[]}', "[" * 9999]
)
def test_a_checkpoint_that_cannot_be_read_is_none(checkpoint: str) -> None:
    asked = query(checkpoint=checkpoint)
    assert len(look(window(2, 1), asked).posts) == 2


# --- overlap, gaps and paging ----------------------------------------------------------


def test_a_shared_item_proves_that_nothing_fell_between() -> None:
    first = look(window(3, 2, 1))
    second = look(window(5, 4, 3), query(checkpoint=first.checkpoint))
    assert (second.gap, second.next, second.vouches) == (None, None, "overlapping")


def test_overlap_counts_items_that_no_term_wants() -> None:
    first = look(window(3, 2, 1), query(terms=("labourleaks",)))
    asked = query(terms=("labourleaks",), checkpoint=first.checkpoint)
    assert look(window(5, 4, 3), asked).gap is None


def test_no_shared_item_is_a_gap() -> None:
    first = look(window(3, 2, 1))
    second = look(window(9, 8), query(checkpoint=first.checkpoint))
    assert second.gap is not None
    assert (second.gap.state, second.gap.from_at) == ("capped", None)
    assert second.gap.to_at == datetime(2026, 10, 8, 9, tzinfo=UTC)
    assert len(second.posts) == 2


def test_an_emptied_feed_is_quiet_and_keeps_its_proof() -> None:
    first = look(window(2, 1))
    emptied = look(window(), query(checkpoint=first.checkpoint))
    assert (emptied.posts, emptied.gap) == ((), None)
    assert look(window(9), query(checkpoint=emptied.checkpoint)).gap is not None


def next_link(url: str) -> str:
    return f'<atom:link rel="next" href="{url}"/>'


def test_paging_goes_on_until_the_windows_overlap() -> None:
    first = look(window(2, 1))
    asked = query(checkpoint=first.checkpoint)
    bodies = [
        window(9, 8, head=next_link("?p=2")),
        window(7, 6, head=next_link("?p=3")),
        window(5, 2, head=next_link("?p=4")),
    ]
    pages = walk(asked, bodies)
    assert [page.gap for page in pages] == [None] * 3
    assert pages[-1].next is None
    assert len({page.checkpoint for page in pages}) == 1
    # The checkpoint is the first page's: the newest window.
    assert look(window(10, 9), query(checkpoint=pages[-1].checkpoint)).gap is None


def test_paging_that_never_overlaps_ends_in_a_gap() -> None:
    asked = query(checkpoint=look(window(1)).checkpoint)
    bodies = [window(30 - n, head=next_link(f"?p={n + 2}")) for n in range(10)]
    pages = walk(asked, bodies)
    assert pages[-1].next is None
    assert pages[-1].gap is not None
    assert pages[-1].gap.to_at == datetime(2026, 10, 21, 9, tzinfo=UTC)


def test_a_server_that_ignores_the_page_number_ends_the_walk() -> None:
    url = "https://gazette.example/feed"
    asked = query(url=url, checkpoint=look(window(1)).checkpoint)
    pages = walk(asked, [window(9, 8), window(9, 8)])
    assert str(pages[0].next and pages[0].next.url) == f"{url}?paged=2"
    assert pages[1].next is None
    assert pages[1].gap is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/x",
        "http://gazette.example/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://gazette.example:8443/x",
        "https://[",
        URL,
    ],
)
def test_a_feed_may_not_send_us_elsewhere(url: str) -> None:
    asked = query(checkpoint=look(window(1)).checkpoint)
    page = look(window(9, head=next_link(url)), asked)
    assert page.next is None
    assert page.gap is not None


WORDPRESS = "<generator>https://wordpress.org/?v=6.8</generator>"


def test_wordpress_answers_404_past_its_last_page() -> None:
    asked = query(walk="back", since=datetime(2026, 1, 1, tzinfo=UTC))
    (page,) = walk(asked, [window(9, 8, head=WORDPRESS)])
    end = FEED.explain(answer("gone", page.next, status=404), asked)
    assert end is not None
    assert (end.posts, end.next, end.gap) == ((), None, None)
    assert end.reached == asked.since


def test_404_on_the_feed_itself_follows_the_usual_rules() -> None:
    assert FEED.explain(answer("gone", status=404), query()) is None
    assert FEED.explain(answer("no", status=403), query()) is None


def test_404_on_a_guessed_page_leaves_the_gap() -> None:
    url = "https://gazette.example/feed"
    asked = query(url=url, checkpoint=look(window(1)).checkpoint)
    (page,) = walk(asked, [window(9, 8)])
    end = FEED.explain(answer("gone", page.next, status=404), asked)
    assert end is not None
    assert end.gap is not None
    assert end.gap.to_at == datetime(2026, 10, 8, 9, tzinfo=UTC)
    assert end.checkpoint == page.checkpoint


def test_walking_back_stops_at_since() -> None:
    since = datetime(2026, 10, 7, tzinfo=UTC)
    bodies = [
        window(9, 8, head=next_link("?p=2")),
        window(7, 6, head=next_link("?p=3")),
    ]
    pages = walk(query(walk="back", since=since), bodies)
    assert (pages[-1].next, pages[-1].gap) == (None, None)
    assert pages[-1].reached == datetime(2026, 10, 6, 9, tzinfo=UTC)


def test_walking_back_without_paging_reports_the_rest() -> None:
    since = datetime(2026, 9, 1, tzinfo=UTC)
    page = look(window(9, 8), query(walk="back", since=since))
    assert page.gap is not None
    assert (page.gap.from_at, page.gap.to_at) == (since, page.reached)
    assert page.checkpoint is None


def test_an_old_or_impossible_date_does_not_vouch_for_the_time_since() -> None:
    pinned = item(1, extra="<pubDate>01 Jan 2020 09:00:00 GMT</pubDate>")
    zero = item(2, extra="<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>")
    page = look(rss(pinned, item(9), item(8), zero))
    assert page.reached == datetime(2026, 10, 8, 9, tzinfo=UTC)
