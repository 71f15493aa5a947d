"""The request walk, rule by rule: collectors/_driver.py."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import httpx
import pytest

from collectors._driver import Driver, Limits
from collectors._http import build_client
from collectors.base import (
    AccountChange,
    BadPayload,
    Denied,
    Explains,
    Gap,
    Gone,
    Pace,
    Page,
    Query,
    RateLimited,
    Rejected,
)
from groundswell.clock import utcnow
from tests.paper import (
    BASE,
    NOW,
    RISING,
    THREE,
    Explaining,
    FakeTime,
    Paper,
    endless,
    page_of,
    serving,
    uris,
    walk,
)

# -- what a walk keeps, and where it may resume -------------------------------------


def test_a_complete_walk_proposes_its_last_checkpoint() -> None:
    batch = walk(serving(*THREE))

    assert uris(batch) == ["a", "b", "c", "d"]
    assert (batch.outcome, batch.error, batch.checkpoint) == ("complete", None, "10")
    assert batch.reached == NOW - timedelta(hours=3)
    assert batch.requests == 3
    assert (batch.started_at, batch.finished_at) == (NOW, NOW)


def test_a_walk_that_breaks_keeps_what_came_and_proposes_nothing() -> None:
    batch = walk(serving(*RISING[:2], httpx.Response(404)))

    assert uris(batch) == ["a", "b", "c"]
    assert batch.outcome == "broken"
    assert isinstance(batch.error, Gone)
    assert batch.checkpoint is None


def test_the_page_cap_on_a_falling_walk_keeps_the_newest_proposal() -> None:
    batch = walk(serving(*THREE), limits=Limits(pages=2))

    assert (batch.outcome, batch.checkpoint) == ("capped", "30")
    assert batch.reached == NOW - timedelta(hours=2)
    assert not batch.ascending
    assert uris(batch) == ["a", "b", "c"]


def test_the_page_cap_on_a_rising_walk_keeps_the_last_proposal() -> None:
    batch = walk(serving(*RISING), limits=Limits(pages=2))

    assert (batch.outcome, batch.checkpoint) == ("capped", "20")
    assert batch.reached == NOW - timedelta(hours=1)
    assert batch.ascending


def test_the_page_cap_on_a_walk_back_resumes_where_it_stopped() -> None:
    batch = walk(serving(*THREE), limits=Limits(pages=2), kind="back")

    assert (batch.outcome, batch.checkpoint) == ("capped", "20")


def test_a_platform_may_ask_for_fewer_pages() -> None:
    class Short(Paper):
        pace = Pace(1000, 1.0, pages=1)

    assert walk(serving(*THREE), collector=Short()).outcome == "capped"


def test_a_walk_that_ends_on_its_last_allowed_page_is_complete() -> None:
    assert walk(serving(*THREE), limits=Limits(pages=3)).outcome == "complete"


def test_a_post_met_twice_is_kept_once_the_later_one() -> None:
    batch = walk(
        serving({"posts": ["a", "b"], "next": "2"}, {"posts": ["a"]}),
    )

    assert uris(batch) == ["b", "a"]
    assert batch.skipped == {"seen again in the same walk": 1}


def test_a_post_taken_back_in_the_same_walk_is_only_a_deletion() -> None:
    batch = walk(
        serving(
            {"posts": ["a", "b"], "deletions": ["z"], "next": "2"},
            {"deletions": ["a"], "posts": ["z"]},
        )
    )

    assert uris(batch) == ["b", "z"]
    assert batch.deletions == ("a",)
    assert batch.skipped == {"taken back in the same walk": 1}


def test_everything_on_a_page_is_gathered() -> None:
    gap = Gap("blind", "the platform looks back 36 hours")
    account = AccountChange("https://social.example/@ada", state="deleted")

    class Rich(Paper):
        def parse(self, response: httpx.Response, query: Query) -> Page:
            last = response.request.url.path == "/2"
            return Page(
                rejected=(Rejected("7", "no uri"),),
                skipped={"no term matched": 2},
                accounts=(account,),
                gap=None if last else gap,
                vouches="complete" if last else "overlapping",
                next=None if last else httpx.Request("GET", f"{BASE}/2"),
            )

    batch = walk(serving({}, {}), collector=Rich())

    assert len(batch.rejected) == 2
    assert batch.skipped == {"no term matched": 4}
    assert batch.accounts == (account, account)
    assert batch.gaps == (gap,)
    assert batch.vouches == "overlapping"


# -- where a walk stops -------------------------------------------------------------


def test_an_endless_cursor_breaks_the_walk() -> None:
    batch = walk(serving({"posts": ["a"], "next": "2"}, {"posts": ["b"], "next": "1"}))

    assert uris(batch) == ["a", "b"]
    assert isinstance(batch.error, BadPayload)
    assert "repeats itself" in str(batch.error)


def test_pages_without_end_are_capped() -> None:
    batch = walk(endless)

    assert (batch.outcome, batch.requests, len(batch.posts)) == ("capped", 50, 50)


def test_bytes_of_a_whole_walk_are_capped() -> None:
    batch = walk(endless, limits=Limits(bytes_per_walk=150))

    assert batch.outcome == "capped"
    assert batch.requests < 10


def test_records_of_a_walk_are_capped() -> None:
    assert len(walk(endless, limits=Limits(items=7)).posts) == 7


def test_the_time_of_a_walk_is_capped() -> None:
    time = FakeTime()

    class Slow(Paper):
        pace = Pace(1, 60.0)

    batch = walk(endless, time=time, collector=Slow())

    assert batch.outcome == "capped"
    assert batch.finished_at == NOW + timedelta(seconds=300)
    assert batch.requests == 6


def test_an_answer_too_long_breaks_the_walk() -> None:
    batch = walk(serving({"posts": ["a" * 500]}), limits=Limits(bytes_per_response=99))

    assert isinstance(batch.error, BadPayload)


# -- the collector's own words ------------------------------------------------------


def test_a_collector_may_go_on_after_an_error() -> None:
    assert isinstance(Explaining(), Explains)
    collector = Explaining()

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            assert json.loads(request.content) == {"who": "ada"}
            return page_of({})
        if request.headers["authorization"] == "old":
            return httpx.Response(401)
        return page_of({"posts": ["a"]})

    batch = walk(handler, collector=collector)

    assert (batch.outcome, uris(batch)) == ("complete", ["a"])
    assert batch.session is not None
    assert batch.session["access"].reveal() == "new"
    assert collector.sessions == [batch.session]


def test_a_log_in_that_never_helps_ends() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return page_of({}) if request.url.path == "/login" else httpx.Response(401)

    assert walk(handler, collector=Explaining()).outcome == "broken"


def test_not_modified_may_be_a_complete_and_empty_walk() -> None:
    batch = walk(serving(httpx.Response(304)), collector=Explaining())

    assert (batch.outcome, batch.posts, batch.checkpoint) == ("complete", (), None)


def test_a_collector_may_name_its_own_pause() -> None:
    batch = walk(serving(httpx.Response(402)), collector=Explaining())

    assert isinstance(batch.error, RateLimited)
    assert batch.error.retry_at == NOW + timedelta(hours=9)


def test_what_it_does_not_explain_follows_the_usual_rules() -> None:
    batch = walk(serving(httpx.Response(410)), collector=Explaining())

    assert isinstance(batch.error, Gone)


def test_a_fault_in_a_collector_ends_its_walk_and_is_named() -> None:
    batch = walk(serving(THREE[0], {"bug": "hush"}))

    assert uris(batch) == ["a", "b"]
    assert isinstance(batch.error, BadPayload)
    assert "fault in the paper collector: KeyError at paper.py:" in str(batch.error)
    assert isinstance(batch.error.__cause__, KeyError)
    assert "hush" not in str(batch.error)


def test_a_first_request_that_cannot_be_made_is_a_broken_walk() -> None:
    class Keyless(Paper):
        def first(self, query: Query) -> httpx.Request:
            raise Denied("set PAPER_TOKEN")

    batch = walk(serving(), collector=Keyless())

    assert (batch.outcome, batch.requests) == ("broken", 0)
    assert isinstance(batch.error, Denied)


def test_cancellation_is_not_an_outcome() -> None:
    async def scene() -> None:
        begun = asyncio.Event()

        async def silent(request: httpx.Request) -> httpx.Response:
            begun.set()
            await asyncio.Event().wait()
            return httpx.Response(200)

        transport = httpx.MockTransport(silent)
        async with build_client(contact=None, transport=transport) as client:
            query = Query("forward", (), {"base_url": BASE})
            task = asyncio.create_task(
                Driver(client=client, clock=utcnow).collect(Paper(), query)
            )
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scene())
