"""The simulated Bluesky: sessions, search, posts, and the stream over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import pytest
import websockets

from groundswell.demo import jetstream
from groundswell.demo.bluesky import ACCESS_LIFE
from groundswell.demo.ids import from_micros, micros
from groundswell.demo.server import Simulator, serve
from groundswell.demo.truth import truth
from groundswell.demo.world import World
from tests.clocks import Clock

START = datetime(2026, 3, 2, tzinfo=UTC)
BASE = "http://127.0.0.1:1"
SEARCH = "/bsky/xrpc/app.bsky.feed.searchPosts"
POSTS = "app.bsky.feed.post"
Event = dict[str, Any]
Made = TypeVar("Made")


@pytest.fixture
def clock() -> Clock:
    return Clock(START + timedelta(hours=44))


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, START, live_per_minute=None)  # only ever extended: safe to share


@pytest.fixture
def simulator(world: World, clock: Clock) -> Simulator:
    async def soon(_: float) -> None:
        await asyncio.sleep(0.001)

    return Simulator(world, clock, pause=soon)


def call(
    simulator: Simulator, method: str, path: str, **given: Any  # noqa: ANN401 - httpx's
) -> httpx.Response:  # fmt: skip
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=simulator.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, **given)

    return asyncio.run(go())


def log_in(simulator: Simulator) -> dict[str, str]:
    given = simulator.environment()
    body = {
        "identifier": given["BLUESKY_HANDLE"],
        "password": given["BLUESKY_APP_PASSWORD"],
    }
    path = "/bsky/xrpc/com.atproto.server.createSession"
    session: dict[str, str] = call(simulator, "POST", path, json=body).json()
    return session


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def search(simulator: Simulator, token: str, **asked: str | int) -> httpx.Response:
    return call(simulator, "GET", SEARCH, params=asked, headers=bearer(token))


def find_all(simulator: Simulator, **asked: str | int) -> list[Event]:
    token, found = log_in(simulator)["accessJwt"], []
    while True:
        page = search(simulator, token, limit=100, sort="latest", **asked).json()
        found += page["posts"]
        if "cursor" not in page:
            return found
        asked["cursor"] = page["cursor"]


def test_search_pages_through_what_truth_tells(
    simulator: Simulator, clock: Clock
) -> None:
    found = find_all(simulator, q="#LabourLeaks")
    told = {
        post.copies.get("search", post.uri)
        for post in truth(simulator.world, clock())
        if "search" in post.served and "labourleaks" in post.tags
    }
    uris = [post["uri"] for post in found]
    assert len(uris) > 100
    assert sorted(uris) == sorted(told)
    order = [min(post["record"]["createdAt"], post["indexedAt"]) for post in found]
    assert order == sorted(order, reverse=True)


def test_search_in_a_window_of_time_and_for_words(simulator: Simulator) -> None:
    window = {"since": "2026-03-02T12:00:00Z", "until": "2026-03-02T18:00:00Z"}
    found = find_all(simulator, q="#labourleaks", **window)
    times = [min(post["record"]["createdAt"], post["indexedAt"]) for post in found]
    assert times
    assert all("2026-03-02T12" <= time < "2026-03-02T18" for time in times)
    phrase = find_all(simulator, q='"page nine"')
    assert phrase
    assert all("page nine" in post["record"]["text"].casefold() for post in phrase)


def test_what_search_refuses(simulator: Simulator, clock: Clock) -> None:
    session = log_in(simulator)
    token = session["accessJwt"]
    public = call(simulator, "GET", SEARCH.replace("bsky", "bsky-public", 1) + "?q=x")
    assert public.status_code == 403
    assert "html" in public.headers["content-type"]
    missing = call(simulator, "GET", SEARCH + "?q=x")
    assert (missing.status_code, missing.json()["error"]) == (401, "AuthMissing")
    wrong = search(simulator, "made-up", q="x")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "InvalidToken")
    for asked in ({"limit": 101, "q": "x"}, {"q": " "}, {"q": "x", "since": "soon"}):
        refused = search(simulator, token, **asked)
        assert (refused.status_code, refused.json()["error"]) == (400, "InvalidRequest")
    clock.now += ACCESS_LIFE
    late = search(simulator, token, q="x")
    assert (late.status_code, late.json()["error"]) == (400, "ExpiredToken")
    path = "/bsky/xrpc/com.atproto.server.refreshSession"
    fresh = call(simulator, "POST", path, headers=bearer(session["refreshJwt"])).json()
    again = search(simulator, fresh["accessJwt"], q="x")
    assert again.status_code == 200
    assert again.headers["ratelimit-policy"] == "3000;w=300"


def test_a_wrong_password_opens_nothing(simulator: Simulator) -> None:
    path = "/bsky/xrpc/com.atproto.server.createSession"
    handle = simulator.environment()["BLUESKY_HANDLE"]
    for body in ({"identifier": handle, "password": "main"}, {"password": "x"}, []):
        refused = call(simulator, "POST", path, json=body)
        assert refused.status_code == 401
        assert refused.json()["error"] == "AuthenticationRequired"
    assert call(simulator, "POST", path, content=b"{").status_code == 400


def test_posts_are_looked_up_with_labels_and_without_the_deleted(
    simulator: Simulator, clock: Clock
) -> None:
    told = truth(simulator.world, clock())
    shown = [p for p in told if "search" in p.visible_at and p.platform == "bluesky"]
    gone = next(p for p in shown if p.state == "deleted")
    shy = next(p for p in shown if p.opted_out and p.served)
    asked = urlencode({"uris": [gone.uri, shy.uri]}, doseq=True)
    path = f"/bsky-public/xrpc/app.bsky.feed.getPosts?{asked}"
    posts = call(simulator, "GET", path).json()["posts"]
    assert [post["uri"] for post in posts] == [shy.uri]
    labels = [label["val"] for label in posts[0]["author"]["labels"]]
    assert "!no-unauthenticated" in labels
    many = urlencode({"uris": [shy.uri] * 26}, doseq=True)
    path = f"/bsky/xrpc/app.bsky.feed.getPosts?{many}"
    assert call(simulator, "GET", path).status_code == 400


def test_a_deactivated_accounts_posts_are_not_served(
    simulator: Simulator, clock: Clock
) -> None:
    world = simulator.world
    world.extend(START + timedelta(days=4))
    post = next(
        p
        for p in world.posts
        if p.author.away and p.created_at < p.author.away[0] and not p.deleted_at
    )
    assert post.author.away is not None
    path = "/bsky/xrpc/app.bsky.feed.getPosts"
    served = []
    for moment in post.author.away:
        clock.now = moment
        answer = call(simulator, "GET", path, params={"uris": post.uri})
        served.append([found["uri"] for found in answer.json()["posts"]])
    assert served == [[], [post.uri]]


def test_bridged_posts_name_their_original(simulator: Simulator, clock: Clock) -> None:
    found = find_all(simulator, q="#labourleaks")
    bridged = [post for post in found if "bridgyOriginalUrl" in post["record"]]
    told = {post.url: post for post in truth(simulator.world, clock())}
    assert bridged
    for post in bridged:
        original = told[post["record"]["bridgyOriginalUrl"]]
        assert original.platform == "mastodon"
        assert post["uri"] in original.names
        assert post["record"]["bridgyOriginalText"].startswith("<p>")


def on_stream(
    simulator: Simulator,
    asked: Mapping[str, Any],
    listen: Callable[[websockets.ClientConnection], Awaitable[Made]],
) -> Made:
    """Run `listen` on a connection to the stream of a really served simulator."""

    async def go() -> Made:
        async with serve(simulator) as base:
            source = next(
                item for item in simulator.sources(base) if item["slug"] == "jetstream"
            )
            query = urlencode(asked, doseq=True)
            url = f"{source['base_url']}/subscribe?{query}"
            async with websockets.connect(url) as connection:
                return await listen(connection)

    return asyncio.run(go())


async def up_to(
    connection: websockets.ClientConnection, until: datetime
) -> list[Event]:
    """Events until one at `until` or later has come."""
    events: list[Event] = []
    while not events or events[-1]["time_us"] < micros(until):
        events.append(json.loads(await connection.recv()))
    return events


def test_a_replay_tells_all_that_happened_since_the_cursor(
    simulator: Simulator, clock: Clock
) -> None:
    since = clock() - timedelta(hours=20)
    asked = {"cursor": micros(since), "wantedCollections": POSTS}
    events = on_stream(
        simulator, asked, lambda line: up_to(line, clock() - timedelta(seconds=40))
    )
    times = [event["time_us"] for event in events]
    assert times == sorted(times)
    told = {
        post.copies.get("jetstream", post.uri)
        for post in truth(simulator.world, clock())
        if since <= post.visible_at.get("jetstream", START) <= from_micros(times[-1])
    }
    made = [
        f"at://{event['did']}/{POSTS}/{event['commit']['rkey']}"
        for event in events
        if event["kind"] == "commit" and event["commit"]["operation"] == "create"
    ]
    assert told
    assert told <= set(made)
    carried = {
        f"at://{event['did']}/{POSTS}/{event['commit']['rkey']}"
        for event in events
        if "#labourleaks" in str(event.get("commit")).casefold()
    }
    assert carried <= told  # deleted ones included: truth knows that they were shown
    assert len(made) == len(set(made))
    assert {event["kind"] for event in events} >= {"commit", "account"}
    assert "delete" in {event.get("commit", {}).get("operation") for event in events}


def test_a_cursor_too_old_is_clamped_without_a_word(
    simulator: Simulator, clock: Clock
) -> None:
    oldest = clock() - simulator.stage.look_back
    asked = {"cursor": micros(START - timedelta(days=3))}
    events = on_stream(simulator, asked, lambda line: up_to(line, oldest))
    assert len(events) == 1
    late = from_micros(events[0]["time_us"]) - oldest
    assert timedelta(0) <= late < timedelta(seconds=30)


def test_no_silence_lasts_longer_than_thirty_seconds() -> None:
    begun = micros(START)
    events = list(jetstream.events(World(7, START), begun, begun + 7200 * 10**6))
    times = [event["time_us"] for event in events]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) < 30 * 10**6


def test_the_stream_goes_on_when_time_does(simulator: Simulator, clock: Clock) -> None:
    begun = clock()

    async def listen(line: websockets.ClientConnection) -> list[Event]:
        clock.now += timedelta(minutes=10)
        early = await up_to(line, begun + timedelta(minutes=9))
        clock.now += timedelta(minutes=10)
        return early + await up_to(line, begun + timedelta(minutes=19))

    events = on_stream(simulator, {"wantedCollections": "app.bsky.feed.*"}, listen)
    times = [event["time_us"] for event in events]
    assert times == sorted(set(times))
    assert times[0] >= micros(begun)


def test_other_collections_are_left_out_but_account_events_come(
    simulator: Simulator, clock: Clock
) -> None:
    asked = {
        "cursor": micros(clock() - timedelta(hours=10)),
        "wantedCollections": "app.bsky.graph.follow",
    }
    events = on_stream(
        simulator, asked, lambda line: up_to(line, clock() - timedelta(hours=1))
    )
    assert {event["kind"] for event in events} <= {"account", "identity"}


def test_a_cursor_that_is_no_number_is_refused(simulator: Simulator) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        on_stream(simulator, {"cursor": "yesterday"}, lambda line: line.recv())
    assert refused.value.response.status_code == 400
