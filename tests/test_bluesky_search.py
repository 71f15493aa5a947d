"""Bluesky's search against a server in memory: windows, ends, failures."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.base import BadPayload, CollectorError, Denied, Term, Unavailable
from tests.bluesky_world import (
    BASE,
    COLLECTOR,
    NOW,
    Server,
    ask,
    trouble,
    uri,
    uris,
    view,
    walk,
)

# Walking


ages = st.lists(st.sampled_from([0, 1, 1, 2, 3, 50, 900, 86400]), max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ages,
    st.integers(1, 7),
    st.integers(2, 5),
    st.sampled_from([0, 50, 10**6]),
    st.sampled_from([0, 400, 400_999]),
)
def test_every_post_of_the_span_is_found(
    seconds: list[int], page: int, pages: int, span: int, micros: int
) -> None:
    """Whatever the page size, where the offset ends and how many share a moment."""
    moments = [NOW - timedelta(seconds=s, microseconds=micros) for s in seconds]
    together = max(Counter(moments).values(), default=0)
    server = Server([view(n, at) for n, at in enumerate(moments)], page=page)
    server.depth = max(page * pages, together + page + 1)
    since = NOW - timedelta(seconds=span)
    found = walk(server, ask(since=since, walk="back"))
    assert not any(step.gap for step in found)
    wanted = {uri(n) for n, at in enumerate(moments) if at >= since}
    assert wanted <= set(uris(found))
    assert found[-1].next is None


def test_windows_go_on_where_the_offset_ends() -> None:
    moments = [NOW - timedelta(seconds=n // 3) for n in range(10_150)]
    server = Server([view(n, at) for n, at in enumerate(moments)])
    found = walk(server, ask(walk="back"))
    assert len(uris(found)) == 10_150
    assert sum("cursor" not in url.params for url in server.asked) == 3
    assert max(int(url.params.get("cursor", 0)) for url in server.asked) == 9_900
    assert not any(page.gap for page in found)


@pytest.mark.parametrize("status", [400, 500, 502])
def test_a_failure_deep_down_is_the_windows_end(status: int) -> None:
    last = view(1, NOW - timedelta(days=2))
    deep = httpx.Request("GET", f"{COLLECTOR.first(ask(walk='back')).url}&cursor=9300")
    held = {"posts": [last], "cursor": "9400"}
    page = COLLECTOR.parse(
        httpx.Response(200, json=held, request=deep), ask(walk="back")
    )
    assert page.next is not None
    failure = trouble(status, "UpstreamFailure")
    failure.request = page.next
    after = COLLECTOR.explain(failure, ask(walk="back"))
    assert after is not None
    assert after.next is not None
    assert after.next.url.params["until"] == "2026-05-02T12:00:00.001Z"
    assert "cursor" not in after.next.url.params


def test_a_forward_walk_stops_a_few_hours_behind() -> None:
    moments = [NOW - timedelta(minutes=n) for n in range(1000)]
    server = Server([view(n, at) for n, at in enumerate(moments)])
    found = walk(server, ask(since=NOW - timedelta(minutes=30)))
    assert len(server.asked) == 3  # 210 minutes at 100 posts a page
    assert found[-1].reached == NOW - timedelta(minutes=30, hours=3)
    assert found[-1].checkpoint == "2026-05-04T12:00:00Z"
    assert all(page.vouches == "overlapping" and not page.ascending for page in found)


def test_the_first_forward_walk_reads_one_page_of_each_term() -> None:
    moments = [NOW - timedelta(minutes=n) for n in range(300)]
    server = Server([view(n, at) for n, at in enumerate(moments)])
    server.posts += [
        view(n, at, "#rota") for n, at in enumerate(moments[:50], start=500)
    ]
    found = walk(server, ask("LabourLeaks", "rota"))
    assert len(server.asked) == 2
    assert found[0].reached is None  # the other term has not been read at all
    assert found[1].reached == NOW - timedelta(minutes=99)


def test_the_checkpoint_is_the_newest_of_all_terms_and_never_goes_back() -> None:
    server = Server([view(1, NOW - timedelta(days=1)), view(2, NOW, "#rota")])
    for terms in (("rota", "LabourLeaks"), ("LabourLeaks", "rota")):
        assert walk(server, ask(*terms))[-1].checkpoint == "2026-05-04T12:00:00Z"
    later = "2026-06-01T00:00:00Z"
    assert walk(server, ask(checkpoint=later))[-1].checkpoint == later


def test_a_claim_from_the_future_does_not_move_the_checkpoint() -> None:
    odd = view(1, NOW)
    odd["record"]["createdAt"] = "2099-01-01T00:00:00Z"
    page = walk(Server([odd]), ask())[-1]
    assert page.checkpoint == "2026-05-04T12:00:00Z"
    assert page.posts[0].published_at == NOW


def test_near_misses_are_told_apart() -> None:
    server = Server([view(1, NOW), view(2, NOW, "x#labourleaks2")])
    page = walk(server, ask())[-1]
    assert len(page.posts) == 1
    assert page.skipped == {"no term matched": 1}


def test_each_kind_of_term_has_its_search() -> None:
    server = Server()
    terms = (
        Term("hashtag", "#LabourLeaks"),
        Term("hashtag", "labourleaks"),
        Term("phrase", 'Labour  "Leaks"'),
        Term("domain", "News.example"),
        Term("account", "@ruth.example"),
        Term("feed", "https://news.example/rss"),
    )
    held = {"base_url": BASE, "plain_tags": True}
    walk(server, ask(*terms, settings=held))
    asked = [
        {k: v for k, v in url.params.items() if k not in {"sort", "limit"}}
        for url in server.asked
    ]
    assert asked == [
        {"q": "#labourleaks"},
        {"q": "labourleaks"},
        {"q": '"labour  leaks "'},
        {"q": "*", "domain": "news.example"},
        {"q": "*", "author": "ruth.example"},
    ]


@pytest.mark.parametrize("cursor", ["100", "again", None])
def test_paging_that_does_not_move_ends_as_capped(cursor: str | None) -> None:
    """One page for ever: the same cursor, or ever new ones."""
    count = iter(range(1, 10**6))
    body = [view(n, NOW) for n in range(100)]

    def answer(request: httpx.Request) -> httpx.Response:
        mark = cursor or f"c{next(count)}"
        return httpx.Response(200, json={"posts": body, "cursor": mark})

    found = walk(answer, ask("LabourLeaks", walk="back"), pages_max=50)
    assert [page.gap.state for page in found if page.gap] == ["capped"]


def test_too_many_posts_of_one_moment_are_a_capped_gap() -> None:
    query = ask(walk="back", since=NOW - timedelta(days=1), until=NOW)
    url = f"{COLLECTOR.first(query).url}&cursor=9900"
    body = {"posts": [view(n, NOW) for n in range(100)], "cursor": "10000"}
    response = httpx.Response(200, json=body, request=httpx.Request("GET", url))
    page = COLLECTOR.parse(response, query)
    assert page.next is None
    assert page.gap is not None
    assert page.gap.state == "capped"
    assert (page.gap.from_at, page.gap.to_at) == (NOW - timedelta(days=1), NOW)
    assert page.reached == NOW


def test_a_response_without_a_request_is_the_first_page() -> None:
    page = COLLECTOR.parse(httpx.Response(200, json={"posts": [view(1, NOW)]}), ask())
    assert len(page.posts) == 1
    assert page.next is None


# Failures


def test_one_post_that_breaks_its_page_is_left_out() -> None:
    moments = [NOW - timedelta(seconds=n) for n in range(300)]
    server = Server(
        [view(n, at) for n, at in enumerate(moments)], broken=frozenset({uri(160)})
    )
    found = walk(server, ask(walk="back"))
    assert set(uris(found)) == {uri(n) for n in range(300)} - {uri(160)}
    rejected = [item.item for page in found for item in page.rejected]
    assert rejected == ["search 1, result 161"]
    assert len(server.asked) < 40


def test_a_server_that_only_fails_is_unavailable_soon() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return trouble(500, "InternalServerError")

    with pytest.raises(Unavailable, match="InternalServerError"):
        walk(answer, ask())
    assert len(asked) <= 6


@pytest.mark.parametrize(
    ("status", "body", "error", "told"),
    [
        (401, b'{"error":"AuthMissing"}', Denied, "BLUESKY_APP_PASSWORD"),
        (401, b"", Denied, "BLUESKY_HANDLE"),
        (403, b"<html>administrative rules</html>", Denied, "bsky.social"),
        (400, b'{"error":"BadQueryString"}', BadPayload, "BadQueryString"),
        (400, b"<html>", BadPayload, "refuses"),
    ],
)
def test_refusals(
    status: int, body: bytes, error: type[CollectorError], told: str
) -> None:
    with pytest.raises(error, match=told):
        walk(lambda _: httpx.Response(status, content=body), ask())


@pytest.mark.parametrize("status", [429, 404, 503, 502])
def test_the_usual_rules_are_left_to_the_driver(status: int) -> None:
    response = httpx.Response(status, request=COLLECTOR.first(ask()))
    assert COLLECTOR.explain(response, ask()) is None
    assert COLLECTOR.explain(httpx.Response(status), ask()) is None
