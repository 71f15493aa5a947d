"""The request walk, rule by rule: collectors/_driver.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar, Literal

import httpx
import pytest

from collectors._driver import Batch, Driver, Limits, open_driver
from collectors._http import build_client
from collectors.base import (
    AccountChange,
    Author,
    BadPayload,
    Denied,
    Explains,
    Gap,
    Gone,
    Pace,
    Page,
    Post,
    Probe,
    Query,
    RateLimited,
    Rejected,
    Secret,
    SecretSpec,
    Term,
    Unavailable,
    Walk,
)

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
BASE = "https://social.example"

Handler = Callable[[httpx.Request], httpx.Response]


class FakeTime:
    """A clock that only its own sleep moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.naps: list[float] = []

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Jitter(Random):
    """The longest pause that the back-off allows."""

    def random(self) -> float:
        return 1.0


def post(uri: str, text: str = "hello") -> Post:
    return Post(
        platform="paper",
        uri=uri,
        author=Author(platform="paper", uri="https://social.example/@ada"),
        text=text,
        published_at=NOW,
    )


@dataclass
class Paper:
    """A platform whose pages are the JSON that the tests write."""

    slug: ClassVar[str] = "paper"
    docs: ClassVar[str] = "https://docs.example"
    pace: ClassVar[Pace] = Pace(1000, 1.0, pages=50)
    scope: ClassVar[Literal["term", "source"]] = "source"
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = {}
    sessions: list[object] = field(default_factory=list)

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        return []

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        return ("forward",)

    def first(self, query: Query) -> httpx.Request:
        return httpx.Request("GET", f"{query.base_url}/1")

    def parse(self, response: httpx.Response, query: Query) -> Page:
        self.sessions.append(query.settings.get("session"))
        try:
            page = response.json()
        except ValueError as error:
            raise BadPayload("no JSON", response.text) from error
        if "bug" in page:
            raise KeyError(page["bug"])
        following = page.get("next")
        reached = page.get("reached")
        return Page(
            posts=tuple(post(uri) for uri in page.get("posts", ())),
            deletions=tuple(page.get("deletions", ())),
            next=httpx.Request("GET", f"{BASE}/{following}") if following else None,
            checkpoint=page.get("checkpoint"),
            ascending=page.get("ascending", False),
            reached=NOW - timedelta(hours=reached) if reached is not None else None,
        )


def driver_for(handler: Handler, time: FakeTime, limits: Limits) -> Driver:
    client = build_client(contact=None, transport=httpx.MockTransport(handler))
    return Driver(
        client=client, clock=time.clock, sleep=time.sleep, rng=Jitter(), limits=limits
    )


def walk(
    handler: Handler,
    *,
    time: FakeTime | None = None,
    collector: Paper | None = None,
    limits: Limits | None = None,
    kind: Walk = "forward",
) -> Batch:
    async def scene() -> Batch:
        driver = driver_for(handler, time or FakeTime(), limits or Limits())
        query = Query(kind, (Term("hashtag", "x"),), {"base_url": BASE})
        async with driver.client:
            return await driver.collect(collector or Paper(), query)

    return asyncio.run(scene())


def serving(*answers: httpx.Response | dict[str, Any] | Exception) -> Handler:
    """One answer after the other; a question too many fails the test."""
    left: Iterator[httpx.Response | dict[str, Any] | Exception] = iter(answers)

    def handler(request: httpx.Request) -> httpx.Response:
        answer = next(left, None)
        assert answer is not None, f"asked too often: {request.url}"
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else page_of(answer)

    return handler


def page_of(content: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json=content)


def uris(batch: Batch) -> list[str]:
    return [found.uri for found in batch.posts]


THREE = (
    {"posts": ["a", "b"], "checkpoint": "30", "next": "2", "reached": 1},
    {"posts": ["c"], "checkpoint": "20", "next": "3", "reached": 2},
    {"posts": ["d"], "checkpoint": "10", "reached": 3},
)
RISING = tuple({**page, "ascending": True} for page in THREE)


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


def endless(request: httpx.Request) -> httpx.Response:
    page = int(request.url.path[1:])
    return page_of({"posts": [f"p{page}"], "next": str(page + 1), "checkpoint": "x"})


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


# -- trying again ---------------------------------------------------------------------


def test_unavailable_is_tried_again_with_growing_pauses() -> None:
    time = FakeTime()
    batch = walk(
        serving(httpx.Response(502), httpx.ConnectError("x"), {"posts": ["a"]}),
        time=time,
    )

    assert (batch.outcome, batch.requests) == ("complete", 3)
    assert time.naps == [5, 10]


def test_unavailable_is_given_up_after_the_retries() -> None:
    time = FakeTime()
    batch = walk(serving(*[httpx.Response(503)] * 3), time=time)

    assert isinstance(batch.error, Unavailable)
    assert (batch.requests, len(time.naps)) == (3, 2)


def test_retries_end_with_the_time_of_the_walk() -> None:
    batch = walk(
        serving(*[httpx.Response(503)] * 2), limits=Limits(retries=99, seconds=4)
    )

    assert (batch.outcome, batch.requests) == ("broken", 2)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Denied), (404, Gone), (400, BadPayload), (304, BadPayload)],
)
def test_what_will_not_change_is_not_tried_again(status: int, kind: type) -> None:
    batch = walk(serving(httpx.Response(status)))

    assert type(batch.error) is kind
    assert batch.requests == 1


def limited(**headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(429, headers=named)


def test_a_short_pause_is_waited_out_once() -> None:
    time = FakeTime()
    batch = walk(serving(limited(retry_after="30"), {"posts": ["a"]}), time=time)

    assert (batch.outcome, time.naps) == ("complete", [30])

    batch = walk(serving(limited(retry_after="30"), limited(retry_after="30")))

    assert isinstance(batch.error, RateLimited)
    assert batch.requests == 2


def test_a_long_pause_ends_the_walk_and_says_until_when() -> None:
    time = FakeTime()
    batch = walk(serving(limited(x_ratelimit_reset="2026-11-22T12:05:00Z")), time=time)

    assert isinstance(batch.error, RateLimited)
    assert batch.error.retry_at == NOW + timedelta(minutes=5)
    assert time.naps == []


def test_a_pause_without_a_time_ends_the_walk() -> None:
    batch = walk(serving(limited()))

    assert isinstance(batch.error, RateLimited)
    assert batch.error.retry_at is None
    assert batch.requests == 1


def test_nothing_remaining_holds_the_next_page() -> None:
    time = FakeTime()
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}
    batch = walk(
        serving(httpx.Response(200, json=THREE[0], headers=spent), {"posts": ["z"]}),
        time=time,
    )

    assert (batch.outcome, time.naps) == ("complete", [20])


def test_a_pause_holds_every_source_on_that_host() -> None:
    time = FakeTime()

    async def scene() -> list[Batch]:
        driver = driver_for(serving(limited(retry_after="600")), time, Limits())
        query = Query("forward", (), {"base_url": BASE})
        async with driver.client:
            return [await driver.collect(Paper(), query) for _ in range(2)]

    first, second = asyncio.run(scene())

    assert isinstance(second.error, RateLimited)
    assert second.error.retry_at == NOW + timedelta(minutes=10)
    assert (first.requests, second.requests) == (1, 0)


def test_a_pause_without_a_time_holds_the_host_for_a_minute() -> None:
    time = FakeTime()

    async def scene() -> list[Batch]:
        driver = driver_for(serving(limited(), {"posts": ["a"]}), time, Limits())
        query = Query("forward", (), {"base_url": BASE})
        async with driver.client:
            return [await driver.collect(Paper(), query) for _ in range(2)]

    assert [batch.outcome for batch in asyncio.run(scene())] == ["broken", "complete"]
    assert time.naps == [60]


def test_a_body_that_was_cut_is_fetched_again_once() -> None:
    whole = json.dumps({"posts": ["a"]})
    cut = httpx.Response(200, text=whole[:-5])

    assert uris(walk(serving(cut, httpx.Response(200, text=whole)))) == ["a"]

    batch = walk(serving(httpx.Response(200, text="{"), httpx.Response(200, text="{")))
    assert isinstance(batch.error, BadPayload)
    assert batch.requests == 2


def test_html_where_json_was_due_is_not_fetched_again() -> None:
    batch = walk(serving(httpx.Response(200, text="<html><body>maintenance</html>")))

    assert isinstance(batch.error, BadPayload)
    assert "maintenance" in batch.error.sample
    assert batch.requests == 1


# -- the collector's own words ------------------------------------------------------


class Explaining(Paper):
    """Logs in when its token is refused; has its own word for a quota."""

    def first(self, query: Query) -> httpx.Request:
        return httpx.Request("GET", f"{BASE}/1", headers={"Authorization": "old"})

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        if response.status_code == 304:
            return Page()
        if response.status_code == 402:
            raise RateLimited("the quota is used up", NOW + timedelta(hours=9))
        if response.status_code == 401:
            return Page(
                next=httpx.Request("POST", f"{BASE}/login", json={"who": "ada"})
            )
        return None

    def parse(self, response: httpx.Response, query: Query) -> Page:
        if response.request.url.path != "/login":
            return super().parse(response, query)
        session = {"access": Secret("new")}
        again = httpx.Request("GET", f"{BASE}/1", headers={"Authorization": "new"})
        return Page(next=again, session=session)


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
    assert "fault in the paper collector: KeyError at test_driver.py:" in str(
        batch.error
    )
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
            task = asyncio.create_task(Driver(client=client).collect(Paper(), query))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scene())


# -- redirects ----------------------------------------------------------------------


def moved(location: str) -> httpx.Response:
    return httpx.Response(302, headers={"Location": location})


def test_redirects_are_followed_and_counted() -> None:
    batch = walk(serving(moved("/a"), moved("https://b.example/b"), {"posts": ["a"]}))

    assert (uris(batch), batch.requests) == (["a"], 3)


def test_too_many_redirects_break_the_walk() -> None:
    batch = walk(serving(*[moved(f"/{n}") for n in range(6)]))

    assert isinstance(batch.error, BadPayload)
    assert "redirects more than 5 times" in str(batch.error)
    assert batch.requests == 6


def test_a_redirected_post_is_not_sent_on() -> None:
    handler = serving(httpx.Response(401), moved("https://b.example/"))
    batch = walk(handler, collector=Explaining())

    assert isinstance(batch.error, BadPayload)
    assert batch.requests == 2


def test_a_redirect_into_the_private_network_is_refused() -> None:
    """The first hop is faked, the second goes through the real guard."""

    class Half(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self.real = build_client(contact=None)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.host == "social.example":
                return moved("https://127.0.0.1:9/latest/meta-data")
            return await self.real.send(request, stream=True)

        async def aclose(self) -> None:
            await self.real.aclose()

    async def scene() -> Batch:
        async with build_client(contact=None, transport=Half()) as client:
            query = Query("forward", (), {"base_url": BASE})
            return await Driver(client=client).collect(Paper(), query)

    assert isinstance(asyncio.run(scene()).error, Denied)


def test_only_a_source_that_says_so_is_asked_through_the_private_client() -> None:
    async def scene(setting: object) -> bool:
        hits: list[str] = []

        def inside(request: httpx.Request) -> httpx.Response:
            hits.append(request.url.path)
            return page_of({})

        outside = build_client(contact=None, transport=httpx.MockTransport(serving({})))
        private = build_client(contact=None, transport=httpx.MockTransport(inside))
        async with outside, private:
            driver = Driver(client=outside, private_client=private)
            settings = {"base_url": BASE, "allow_private": setting}
            await driver.collect(Paper(), Query("forward", (), settings))
        return bool(hits)

    assert asyncio.run(scene(setting=True))
    assert not asyncio.run(scene(setting=False))
    assert not asyncio.run(scene(setting="yes"))


# -- a look at a source's own description -------------------------------------------


class Open(Paper):
    """Asks as many questions as the answers tell it to."""

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        return httpx.Request("GET", f"{settings['base_url']}/nodeinfo")

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],
        so_far: Probe | None,
    ) -> Probe:
        if response.status_code == 418:
            raise KeyError("hush")
        facts = {**(so_far.facts if so_far else {}), response.request.url.path: "seen"}
        more = response.status_code == 200
        onward = httpx.Request("GET", f"{BASE}/{len(facts)}") if more else None
        return Probe("open", "It can be read.", facts, onward)


def probe(handler: Handler) -> Probe:
    async def scene() -> Probe:
        driver = driver_for(handler, FakeTime(), Limits())
        async with driver.client:
            return await driver.probe(Open(), {"base_url": BASE})

    return asyncio.run(scene())


def test_a_probe_learns_from_answer_to_answer() -> None:
    learnt = probe(serving({}, {}, httpx.Response(404)))

    assert set(learnt.facts) == {"/nodeinfo", "/1", "/2"}


def test_a_probe_asks_six_times_at_most() -> None:
    learnt = probe(serving(*[{}] * 6))

    assert len(learnt.facts) == 6
    assert learnt.next is None


def test_a_probe_that_fails_raises_from_the_tree() -> None:
    with pytest.raises(Unavailable):
        probe(serving(*[httpx.ConnectError("x")] * 3))
    with pytest.raises(BadPayload, match="fault in the paper collector: KeyError"):
        probe(serving(httpx.Response(418)))


def test_an_opened_driver_refuses_private_addresses_and_closes() -> None:
    async def scene() -> tuple[Driver, Batch]:
        async with open_driver(contact="https://desk.example") as driver:
            query = Query("forward", (), {"base_url": "http://127.0.0.1:9"})
            return driver, await driver.collect(Paper(), query)

    driver, batch = asyncio.run(scene())

    assert isinstance(batch.error, Denied)
    assert driver.client.is_closed
    assert driver.private_client is not None
    assert driver.private_client.is_closed
