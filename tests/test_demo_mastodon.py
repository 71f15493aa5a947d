"""The simulated Mastodon servers: paging, federation, late arrivals, dialects."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
import pytest

from groundswell.demo.records import SERVERS, Server
from groundswell.demo.server import Simulator
from groundswell.demo.truth import truth
from groundswell.demo.world import World
from tests.clocks import Clock

START = datetime(2026, 3, 2, tzinfo=UTC)
BASE = "http://127.0.0.1:1"
TAG = "/api/v1/timelines/tag/labourleaks"
Asked = str | int | list[str] | list[int]


def fetch(
    simulator: Simulator,
    path: str,
    headers: Mapping[str, str] | None = None,
    **asked: Asked,
) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app=simulator.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            query = urlencode(asked, doseq=True)
            return await client.get(f"{path}?{query}", headers=headers)

    return asyncio.run(get())


def ids(response: httpx.Response) -> list[str]:
    return [item["id"] for item in response.json()]


@pytest.fixture
def clock() -> Clock:
    return Clock(START + timedelta(hours=44))


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, START, live_per_minute=None)  # only ever extended: safe to share


@pytest.fixture
def simulator(world: World, clock: Clock) -> Simulator:
    return Simulator(world, clock)


@pytest.mark.parametrize("server", ["social", "news"])
def test_the_three_cursors_as_mastodon_reads_them(
    simulator: Simulator, server: str
) -> None:
    path = f"/{server}{TAG}"
    newest = ids(fetch(simulator, path, limit=6))
    third = newest[3]  # of 6 5 4 3 2 1 this is the 3
    assert ids(fetch(simulator, path, limit=2, max_id=third)) == newest[4:6]
    assert ids(fetch(simulator, path, limit=2, since_id=third)) == newest[0:2]
    assert ids(fetch(simulator, path, limit=2, min_id=third)) == newest[1:3]
    between = fetch(simulator, path, limit=5, min_id=newest[4], max_id=newest[1])
    assert ids(between) == newest[2:4]


@pytest.mark.parametrize("server", ["social", "union", "news"])
def test_a_walk_forward_and_a_walk_back_see_what_truth_tells(
    simulator: Simulator, clock: Clock, server: str
) -> None:
    path = f"/{server}{TAG}"
    back = _walk_back(simulator, path)
    forward = _walk_forward(simulator, path)
    told = {
        post.copies.get(server, post.uri)
        for post in truth(simulator.world, clock())
        if server in post.served and "labourleaks" in post.tags
    }
    assert sorted(back) == sorted(forward) == sorted(told)
    assert len(told) > 50


def _walk_back(simulator: Simulator, path: str) -> list[str]:
    found: list[str] = []
    asked: dict[str, Asked] = {"limit": 40}
    while page := fetch(simulator, path, **asked).json():
        found += [item["uri"] for item in page]
        asked["max_id"] = page[-1]["id"]
    return found


def _walk_forward(simulator: Simulator, path: str, after: str = "0") -> list[str]:
    found: list[str] = []
    while page := fetch(simulator, path, limit=40, min_id=after).json():
        found += [item["uri"] for item in page]
        after = page[0]["id"]
    return found


def test_a_tag_is_the_same_in_any_case_and_any_adds_others(
    simulator: Simulator,
) -> None:
    small = ids(fetch(simulator, f"/social{TAG}", limit=10))
    assert (
        ids(fetch(simulator, "/social/api/v1/timelines/tag/LABOURLEAKS", limit=10))
        == small
    )
    both = fetch(simulator, f"/social{TAG}", **{"any[]": ["wikileaks"], "limit": 40})
    names = {tag["name"].casefold() for item in both.json() for tag in item["tags"]}
    assert {"labourleaks", "wikileaks"} <= names
    assert ids(both) == sorted(ids(both), key=int, reverse=True)


def test_an_unknown_tag_is_an_empty_page_without_link(simulator: Simulator) -> None:
    answer = fetch(simulator, "/social/api/v1/timelines/tag/nobodysaidthis")
    assert answer.json() == []
    assert "link" not in answer.headers


def test_the_headers_are_mastodons(simulator: Simulator) -> None:
    first = fetch(simulator, f"/social{TAG}", limit=99, **{"any[]": "wikileaks"})
    assert len(first.json()) == 40
    assert "any" not in first.headers["link"]
    assert 'rel="next"' in first.headers["link"]
    reset = datetime.fromisoformat(first.headers["x-ratelimit-reset"])
    assert reset - simulator.stage.now() <= timedelta(minutes=5)
    again = fetch(
        simulator,
        f"/social{TAG}",
        {"If-None-Match": first.headers["etag"]},
        **{"any[]": "wikileaks", "limit": 40},
    )
    assert again.status_code == 304
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, again)]
    assert left == [299, 298]


def test_late_arrivals_land_behind_the_cursor(
    simulator: Simulator, clock: Clock
) -> None:
    path = f"/social{TAG}"
    newest = ids(fetch(simulator, path, limit=1))[0]
    seen = set(_walk_back(simulator, path))
    clock.now += timedelta(hours=6)
    forward = set(_walk_forward(simulator, path, newest))
    everything = set(_walk_back(simulator, path))
    lost = everything - seen - forward
    assert lost  # what forward paging alone never sees
    by_uri = simulator.world.by_uri
    for uri in lost:
        arrival = by_uri[uri].arrivals["social"]
        assert arrival.at > clock() - timedelta(hours=6)
        assert arrival.key < int(newest)


def test_pleroma_never_backdates(simulator: Simulator, clock: Clock) -> None:
    path = f"/news{TAG}"
    newest = ids(fetch(simulator, path, limit=1))[0]
    seen = set(_walk_back(simulator, path))
    clock.now += timedelta(hours=6)
    forward = set(_walk_forward(simulator, path, newest))
    assert set(_walk_back(simulator, path)) <= seen | forward


def test_each_server_knows_only_a_part(simulator: Simulator) -> None:
    parts = {
        slug: set(_walk_back(simulator, f"/{slug}{TAG}"))
        for slug in ("social", "union", "news")
    }
    assert parts["union"] - parts["social"]
    assert parts["social"] - parts["union"] - parts["news"]
    assert len(parts["social"]) > len(parts["news"])


def test_the_same_post_has_another_id_on_each_server(simulator: Simulator) -> None:
    by_server = [
        {
            item["uri"]: item["id"]
            for item in fetch(simulator, f"/{slug}{TAG}", limit=40).json()
        }
        for slug in ("social", "union", "news")
    ]
    shared = set(by_server[0]) & set(by_server[2])
    assert shared
    for uri in shared:
        assert by_server[0][uri] != by_server[2][uri]
        assert by_server[0][uri].isdecimal()
        assert not by_server[2][uri].isdecimal()


def test_bridged_copies_carry_the_bridges_names(simulator: Simulator) -> None:
    copies = [
        uri for uri in _walk_back(simulator, f"/social{TAG}") if "bsky.brid.gy" in uri
    ]
    assert copies
    assert all(
        uri.startswith("https://bsky.brid.gy/convert/ap/at://did:plc:")
        for uri in copies
    )
    key = simulator.world.by_uri[copies[0]].arrivals["social"].key
    account = fetch(simulator, f"/social/api/v1/statuses/{key}").json()["account"]
    assert account["acct"].endswith("@bsky.brid.gy")


def test_edits_show_and_deleted_posts_vanish(
    simulator: Simulator, clock: Clock
) -> None:
    simulator.stage.now()
    posts = [
        p
        for p in simulator.world.posts
        if "social" in p.arrivals and p.reply_to is None
    ]
    edited = next(p for p in posts if len(p.versions) > 1 and p.visibility == "public")
    gone = next(p for p in posts if p.deleted_at and p.visibility == "public")
    paths = [
        f"/social/api/v1/statuses/{p.arrivals['social'].key}" for p in (edited, gone)
    ]
    clock.now = edited.versions[1].at + timedelta(hours=40)
    shown = fetch(simulator, paths[0]).json()
    assert shown["edited_at"]
    assert "Edited" in shown["content"]
    assert gone.deleted_at is not None
    clock.now = gone.deleted_at
    assert fetch(simulator, paths[1]).status_code == 404
    ask = {"id[]": [p.arrivals["social"].key for p in (edited, gone)]}
    known = [
        item["uri"]
        for item in fetch(simulator, "/social/api/v1/statuses", **ask).json()
    ]
    assert gone.uri not in known


def test_only_public_posts_are_served(simulator: Simulator) -> None:
    simulator.stage.now()
    hidden = [
        p for p in simulator.world.posts if p.visibility != "public" and p.arrivals
    ]
    shown = set(_walk_back(simulator, f"/social{TAG}"))
    assert hidden
    assert not shown & {p.uri for p in hidden}
    for post in hidden[:20]:
        for slug, arrival in post.arrivals.items():
            path = f"/{slug}/api/v1/statuses/{arrival.key}"
            assert fetch(simulator, path).status_code == 404


def test_a_batch_takes_twenty_ids_on_mastodon_and_a_hundred_on_pleroma(
    simulator: Simulator,
) -> None:
    newest = ids(fetch(simulator, f"/social{TAG}", limit=21))
    path = "/social/api/v1/statuses"
    assert len(fetch(simulator, path, **{"id[]": newest[:20]}).json()) == 20
    assert fetch(simulator, path, **{"id[]": newest}).status_code == 422
    flakes = ids(fetch(simulator, f"/news{TAG}", limit=30))
    batch = fetch(simulator, "/news/api/v1/statuses", **{"ids[]": flakes})
    assert sorted(ids(batch)) == sorted(flakes)


def test_one_server_wants_a_login(simulator: Simulator) -> None:
    assert fetch(simulator, f"/quiet{TAG}").status_code == 422
    token = simulator.environment()["MASTODON_TOKEN_QUIET"]
    allowed = fetch(simulator, f"/quiet{TAG}", {"Authorization": f"Bearer {token}"})
    assert allowed.json()
    about = fetch(simulator, "/quiet/api/v2/instance").json()
    access = about["configuration"]["timelines_access"]["hashtag_feeds"]
    assert access == {"local": "authenticated", "remote": "authenticated"}


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.slug)
def test_nodeinfo_leads_to_the_software(simulator: Simulator, server: Server) -> None:
    links = fetch(simulator, f"/{server.slug}/.well-known/nodeinfo").json()["links"]
    document = fetch(simulator, links[0]["href"]).json()
    assert document["software"]["name"] == server.software
    about = fetch(simulator, f"/{server.slug}/api/v1/instance").json()
    assert ("Pleroma" in about["version"]) == (server.software == "pleroma")
