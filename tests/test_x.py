"""X: one post in every form that archives hold, and money that is never overspent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import collectors
from collectors import _x_v1, _x_v2
from collectors._x_common import read_id, time_of
from collectors.base import BrokenRecord, Budget, Page, Query, RequestCollector, Term
from db import ledger
from db.connection import Database
from groundswell.demo.sim_x import BILLED
from tests.desk import Desk, desk
from tests.test_venues import VENUES, work_for

# --- one post, many forms (invented)

TEXT = "The minutes &amp; #LabourLeaks: https://t.co/abc"
URLS = [
    {
        "url": "https://t.co/abc",
        "expanded_url": "https://gazette.example/m?utm_source=x",
    }
]
USER_V1 = {"id_str": "77", "screen_name": "ada", "name": "Ada", "followers_count": 5}
V1: dict[str, Any] = {
    "id": 1587000000000000000,
    "id_str": "1587000000000000000",
    "created_at": "Tue Nov 01 12:00:00 +0000 2022",
    "full_text": TEXT,
    "entities": {"hashtags": [{"text": "LabourLeaks"}], "urls": URLS},
    "user": USER_V1,
    "lang": "en",
    "retweet_count": 2,
    "favorite_count": 3,
}
USER_V2 = {"id": "77", "username": "ada", "name": "Ada",
           "public_metrics": {"followers_count": 5}}  # fmt: skip
V2: dict[str, Any] = {
    "id": "1587000000000000000",
    "created_at": "2022-11-01T12:00:00.000Z",
    "text": TEXT,
    "author_id": "77",
    "entities": {"hashtags": [{"tag": "LabourLeaks"}], "urls": URLS},
    "lang": "en",
    "public_metrics": {"retweet_count": 2, "like_count": 3},
}
FORMS = {
    "v1.1": lambda: _x_v1.to_post(V1),
    "v1.1 cut short": lambda: _x_v1.to_post(
        {
            **{k: v for k, v in V1.items() if k not in {"full_text", "entities"}},
            "text": "The minutes…",
            "extended_tweet": {"full_text": TEXT, "entities": V1["entities"]},
        }
    ),
    "an account's archive": lambda: _x_v1.to_post(
        {**{k: v for k, v in V1.items() if k != "user"},
         "retweet_count": "2", "favorite_count": "3"},
        owner=_x_v1.to_post(V1).author,
    ),
    "v2 with includes": lambda: _x_v2.to_post(
        V2, _x_v2.includes_of({"includes": {"users": [USER_V2]}})
    ),
    "v2 flattened": lambda: _x_v2.to_post({**V2, "author": USER_V2}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_one_post_is_the_same_in_every_form(form: str) -> None:
    post = FORMS[form]()
    assert post == FORMS["v2 flattened"]()
    assert post.uri == "https://x.com/i/status/1587000000000000000"
    assert post.text == "The minutes & #LabourLeaks: https://t.co/abc"
    assert post.links == ("https://gazette.example/m",)
    assert post.published_at == datetime(2022, 11, 1, 12, tzinfo=UTC)
    assert (post.reposts, post.likes, post.replies) == (2, 3, None)
    assert post.author.handle == "ada"


def test_a_repost_has_the_whole_text_of_the_original() -> None:
    original = {**V2, "id": "1586000000000000000", "text": "A long text " * 20}
    cut = {**V2, "text": "RT @ada: A long…",
           "referenced_tweets": [{"type": "retweeted", "id": original["id"]}]}  # fmt: skip
    beside = _x_v2.includes_of({"includes": {"tweets": [original]}})
    post = _x_v2.to_post(cut, beside)
    assert (post.kind, post.repost_of) == (
        "repost",
        "https://x.com/i/status/1586000000000000000",
    )
    assert post.text == ("A long text " * 20).strip()
    assert post.reposts is None, "the number is the original's"
    old = _x_v1.to_post({**V1, "retweeted_status": {**V1, "id_str": "1586000000000000000",
                         "full_text": "A long text " * 20}})  # fmt: skip
    assert (old.kind, old.text, old.repost_of) == (post.kind, post.text, post.repost_of)


@pytest.mark.parametrize("kind", [[], {}, None, 7, "of no kind that is known"])
def test_what_a_post_refers_to_in_no_known_way_makes_it_a_post(kind: object) -> None:
    odd = {"type": kind, "id": "1586000000000000000"}
    assert _x_v2.to_post({**V2, "referenced_tweets": [odd]}).kind == "post"


def test_an_edited_post_is_known_by_its_first_version() -> None:
    versions = ["1586999900000000000", V2["id"]]
    post = _x_v2.to_post({**V2, "edit_history_tweet_ids": versions})
    assert post.uri.endswith("1586999900000000000")
    assert post.url is not None
    assert post.url.endswith("1587000000000000000")
    assert post.edited_at == datetime(2022, 11, 1, 12, tzinfo=UTC)
    assert post.published_at == time_of("1586999900000000000")
    assert [copy.scheme for copy in post.copies] == ["uri"]


@pytest.mark.parametrize("odd", [1.587e18, "1.587E+18", "1,58E+18", "1.23e18"])
def test_an_id_that_a_spreadsheet_rounded_is_refused_with_the_reason(
    odd: object,
) -> None:
    with pytest.raises(BrokenRecord, match="rounded by a spreadsheet"):
        read_id(odd)


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans()))
def test_any_id_is_read_or_refused(value: object) -> None:
    try:
        found = read_id(value)
    except BrokenRecord:
        return
    assert found.isdigit()
    assert int(found) > 0
    time_of(found)


# --- money

MONTH = Budget("microdollars", 1, "month")


async def spent(one: Desk) -> int:
    def read(db: Database) -> int:
        return ledger.spent(db, "x", MONTH, one.clock())

    return await one.runtime.store.run(read)


def test_the_ledger_is_the_bill(tmp_path: Path) -> None:
    """Ten hours of looking: what was written down is what the platform counted."""

    async def story() -> None:
        venue = VENUES["x"]
        async with desk(tmp_path, only=("x",), days=0.5, venues=[venue]) as one:
            await work_for(one, 10)
            billed = one.simulator.stage.requests[BILLED]
            assert billed > 100
            assert await spent(one) == billed * 5000
            (stored,) = await one.rows("select count(*) from posts")
            assert billed < stored * 1.4, "hardly a post is paid for twice"

    asyncio.run(story())


def test_the_ceiling_is_never_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a crash between asking and settling: it counts in full."""

    async def story() -> None:
        venue = replace(VENUES["x"], settings={"monthly_usd": 2, "history": True})
        async with desk(tmp_path, only=("x",), days=0.5, venues=[venue]) as one:

            async def lost(*_: object, **__: object) -> None:
                raise RuntimeError("the power went")

            monkeypatch.setattr("collectors._driver.exchange", lost)
            await one.work(walk="forward")
            monkeypatch.undo()
            assert await spent(one) == 500_000, "a full page"
            await work_for(one, 12)
            billed = one.simulator.stage.requests[BILLED] * 5000
            assert billed + 500_000 == await spent(one)
            assert await spent(one) <= 2_000_000
            (error,) = set(
                await one.rows("select error from runs where error like '%budget%'")
            )
            assert "of 2 dollars" in error
            assert "it goes on at 2026-10-01T00:00:00Z" in error

    asyncio.run(story())


def question(**settings: Any) -> httpx.Request:  # noqa: ANN401
    terms = (Term("hashtag", "LabourLeaks"), Term("phrase", 'the "minutes"'),
             Term("domain", "gazette.example"), Term("account", "@ada"))  # fmt: skip
    return collectors.load("x").first(
        Query("forward", terms, {"base_url": "https://x.example", **settings})
    )


def test_all_terms_are_one_question_without_reposts() -> None:
    assert question().url.params["query"] == (
        '(#LabourLeaks OR "the  minutes" OR url:"gazette.example" OR from:ada) '
        "-is:retweet"
    )
    assert "retweet" not in question(retweets=True).url.params["query"]


def test_authors_are_asked_for_and_priced_only_on_wish() -> None:
    collector = collectors.load("x")
    assert "expansions" not in question().url.params
    (plain,) = collector.price(question(), {})
    (rich,) = collector.price(question(authors=True), {"authors": True})
    assert (plain.amount, rich.amount) == (500_000, 1_500_000)


def test_a_source_without_a_ceiling_is_a_mistake() -> None:
    (problem,) = collectors.load("x").check({"base_url": "https://x.example"})
    assert "monthly_usd = 50" in problem


def test_more_terms_than_fit_are_asked_in_several_questions() -> None:
    collector = collectors.load("x")
    terms = tuple(Term("hashtag", f"Campaign{n:03d}") for n in range(80))
    query = Query("forward", terms, {"base_url": "https://x.example"}, checkpoint="500")
    asked, request, newest = [], collector.first(query), 900
    while request is not None:
        params = request.url.params
        assert len(params["query"]) <= 512
        assert params["since_id"] == "500"
        asked += params["query"].partition(")")[0].strip("(").split(" OR ")
        body = {"meta": {"newest_id": str(newest), "result_count": 0}}
        page = collector.parse(httpx.Response(200, json=body, request=request), query)
        assert page.checkpoint == "900", "the newest of all, not of the last"
        newest, request = 700, page.next
    assert asked == [f"#Campaign{n:03d}" for n in range(80)]


NOW = datetime(2022, 11, 8, tzinfo=UTC)


def past(answered: datetime | None, *, days: int, posts: int = 1) -> Page:
    """The only page of a walk that asks for so many days before NOW."""
    terms = (Term("hashtag", "LabourLeaks"),)
    asked = Query("back", terms, {}, since=NOW - timedelta(days=days), until=NOW)
    body = {"data": [V2] * posts, "meta": {"result_count": posts}}
    told = {"date": format_datetime(answered, usegmt=True)} if answered else {}
    answer = httpx.Response(200, json=body, headers=told)
    collector = collectors.load("x")
    assert isinstance(collector, RequestCollector)
    return collector.parse(answer, asked)


@pytest.mark.parametrize("posts", [0, 1])
def test_what_lies_before_the_seven_days_is_a_gap(posts: int) -> None:
    """It was called seen once: fourteen days were asked for, seven are searched."""
    page = past(NOW, days=14, posts=posts)
    assert page.next is None
    begin, gap = NOW - timedelta(days=7), page.gap
    assert gap is not None
    assert (gap.from_at, gap.to_at) == (NOW - timedelta(days=14), begin)
    assert "seven days" in gap.evidence
    assert past(NOW, days=5, posts=posts).gap is None


def test_a_walk_that_ends_before_now_reaches_no_further_back() -> None:
    page = past(NOW + timedelta(days=3), days=14)
    assert page.gap is not None
    assert page.gap.to_at == NOW - timedelta(days=4)


def test_without_the_servers_clock_only_what_was_read_is_seen() -> None:
    page = past(None, days=14)
    assert page.gap is not None
    assert page.gap.to_at == datetime(2022, 11, 1, 12, tzinfo=UTC), (
        "the post's own time"
    )
