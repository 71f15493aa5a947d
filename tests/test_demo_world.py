"""The simulated world: repeatable, as large as promised, and true to itself."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.text import find_hashtags, html_to_text
from groundswell.demo import atproto_json, mastodon_json, texts
from groundswell.demo.__main__ import _bursts
from groundswell.demo.ids import flake, from_micros, micros, snowflake, tid
from groundswell.demo.records import SERVERS, plain
from groundswell.demo.truth import expected, state_of, truth
from groundswell.demo.venues import venues
from groundswell.demo.world import Spike, World
from groundswell.demo.writing import CAMPAIGN

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
WEEK = START + timedelta(days=7)
PUBLIC = {"social", "union", "news", "jetstream", "search"}


@pytest.fixture(scope="module")
def world() -> World:
    made = World(7, START)
    made.extend(WEEK)
    return made


def test_a_long_history_has_days_enough_before_its_spike() -> None:
    """Whatever the hour: on a morning, with as many days before as an effect needs."""
    for hour in range(24):
        now = datetime(2025, 5, 11, hour, 12, tzinfo=UTC)
        for days in (12, 14, 30):
            options = argparse.Namespace(burst=None, quiet=False, days=days)
            (spike,) = _bursts(options, now) or ()
            assert spike.from_at.hour == 9
            assert spike.to_at + timedelta(days=1) < now
            assert spike.from_at - (now - timedelta(days=days)) > timedelta(days=7)
    short = argparse.Namespace(burst=None, quiet=False, days=7)
    assert _bursts(short, now) is None


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 99),
    stops=st.lists(st.integers(0, 20), min_size=1, max_size=4),
)
def test_extending_in_steps_gives_the_same_world(seed: int, stops: list[int]) -> None:
    at_once, stepwise = (World(seed, START, posts_per_day=200) for _ in range(2))
    end = START + timedelta(hours=20)
    at_once.extend(end)
    for hours in sorted(stops):
        moment = START + timedelta(hours=hours, minutes=17)
        truth(stepwise, moment)
        before = len(stepwise.posts)
        assert at_once.posts[:before] == stepwise.posts
    stepwise.extend(end)
    assert truth(at_once, end) == truth(stepwise, end)
    assert at_once.stream == stepwise.stream


def test_another_seed_gives_another_world() -> None:
    one, other = World(1, START), World(2, START)
    end = START + timedelta(hours=12)
    assert truth(one, end) != truth(other, end)


def test_the_past_does_not_depend_on_how_lively_the_present_is() -> None:
    quiet = World(3, START, days_of_history=0.5, live_per_minute=None)
    lively = World(3, START, days_of_history=0.5, live_per_minute=4)
    for made in (quiet, lively):
        made.extend(START + timedelta(hours=20))
    past = [post for post in quiet.posts if post.created_at < quiet.live_from]
    assert lively.posts[: len(past)] == past
    assert len(lively.posts) > 1.5 * len(quiet.posts)


def test_a_week_holds_some_thousand_posts_of_the_campaign(world: World) -> None:
    found = expected(truth(world, WEEK), CAMPAIGN, PUBLIC | set(world.articles))
    assert 3000 <= len(found) <= 6000
    platforms = Counter(post.platform for post in found)
    assert min(platforms["mastodon"], platforms["bluesky"]) > 1000
    assert platforms["feed"] > 20


def test_the_week_has_nights_a_weekend_and_a_spike(world: World) -> None:
    by_hour = Counter(
        post.created_at.replace(minute=0, second=0, microsecond=0)
        for post in world.posts
    )
    night = sum(by_hour[START + timedelta(days=d, hours=3)] for d in range(3))
    evening = sum(by_hour[START + timedelta(days=d, hours=19)] for d in range(3))
    assert evening > 5 * night
    noon = timedelta(hours=12)
    assert by_hour[START + noon] > by_hour[START + timedelta(days=6) + noon]
    assert max(by_hour, key=lambda hour: by_hour[hour]) >= world.spike.from_at
    assert world.spike.label


def test_a_quiet_world_has_no_spike_and_a_burst_is_where_it_is_asked_for() -> None:
    burst = Spike(
        START + timedelta(days=1, hours=14, minutes=20),
        START + timedelta(days=1, hours=15, minutes=20),
        5,
        "a burst",
    )
    channels = [venues()[0].channel]
    calm, lively = (
        World(7, START, days_of_history=0, live_per_minute=None, bursts=bursts,
              channels=channels)
        for bursts in ((), (burst,))
    )  # fmt: skip
    for made in (calm, lively):
        made.extend(burst.to_at + timedelta(hours=2))

    def within(made: World, begin: datetime, end: datetime) -> int:
        return sum(begin <= post.created_at < end for post in made.posts)

    usual = within(calm, burst.from_at, burst.to_at)
    assert 3 * usual < within(lively, burst.from_at, burst.to_at) < 8 * usual
    before = within(calm, START, burst.from_at.replace(minute=0))
    assert within(lively, START, burst.from_at.replace(minute=0)) == before
    # The smaller platforms have it by the full hour in which it is under way.
    hour = burst.to_at.replace(minute=0)
    here, there = (
        [item for item in made.items[channels[0].slug] if hour <= item.created_at]
        for made in (calm, lively)
    )
    assert len(there) > len(here)


def test_few_authors_tags_and_links_get_most_of_it(world: World) -> None:
    authors = Counter(post.author.uri for post in world.posts)
    top = sum(count for _, count in authors.most_common(len(authors) // 10))
    assert top > 0.3 * len(world.posts)
    tags = Counter(tag for post in world.posts for tag in post.tags)
    assert tags["labourleaks"] > 2 * tags["labourleadership"] > 2 * tags["dncleaks"] > 0


def test_the_posts_show_every_kind_of_trouble(world: World) -> None:
    posts = world.posts
    assert {post.lang for post in posts} == {code for code, _ in texts.LANGUAGES}
    wrong = [post for post in posts if post.declared not in {None, post.lang}]
    assert wrong
    assert any(post.declared is None for post in posts)
    assert {post.visibility for post in posts} == {"public", "unlisted", "private"}
    assert any(post.poll is not None for post in posts)
    assert any(post.warning and post.picture for post in posts)
    assert any(post.quote_of for post in posts)
    assert any(post.away_uri and post.author.network == "mastodon" for post in posts)
    assert any(post.away_uri and post.author.network == "bluesky" for post in posts)
    assert any(post.claimed_at.year in {1971, 2027} for post in posts)
    assert any("ｌ" in plain(post.versions[0].body).casefold() for post in posts)
    opted = {person.opt_out for person in world.people}
    assert opted == {None, "nobot", "noindex", "no_unauthenticated"}
    states = Counter(state_of(post, WEEK) for post in posts)
    assert states["edited"] > 20
    assert states["deleted"] > 20


def test_nobody_in_it_lives_on_a_real_host(world: World) -> None:
    for person in world.people:
        assert person.host.endswith(".example")
    for post in world.posts[:500]:
        assert post.link is None or ".example/" in post.link[0]


def test_truth_follows_a_post_through_its_life(world: World) -> None:
    post = next(p for p in world.posts if p.deleted_at and p.arrivals)
    assert post.deleted_at is not None
    later = post.created_at + timedelta(seconds=20)
    before = {p.uri: p for p in truth(world, min(later, post.deleted_at))}
    after = {p.uri: p for p in truth(world, post.deleted_at)}
    if post.uri in before and later < post.deleted_at:
        assert before[post.uri].state == "live"
        assert before[post.uri].served
    assert after[post.uri].state == "deleted"
    assert not after[post.uri].served
    assert set(after[post.uri].visible_at)


def test_an_edit_changes_the_text_from_its_moment_on(world: World) -> None:
    post = next(p for p in world.posts if len(p.versions) > 1 and p.arrivals)
    edited = post.versions[1].at
    assert plain(post.body(edited - timedelta(seconds=1))) != plain(post.body(edited))
    assert post.edited_at(edited) == edited


def test_counts_only_grow(world: World) -> None:
    post = max(world.posts, key=lambda p: p.far.likes)
    hours = [post.counts(post.created_at + timedelta(hours=h)).likes for h in range(50)]
    assert hours[0] == 0
    assert hours == sorted(hours)
    assert hours[-1] > hours[1] > 0


def test_a_deactivated_account_is_withheld_and_comes_back() -> None:
    made = World(7, START)
    made.extend(START + timedelta(days=4))
    away = [p for p in made.posts if p.author.away and not p.deleted_at]
    post = next(p for p in away if p.author.away and p.created_at < p.author.away[0])
    assert post.author.away is not None
    off, on = post.author.away
    told = {item.uri: item for item in truth(made, off)}
    assert told[post.uri].state == "withheld"
    assert not told[post.uri].served
    assert state_of(post, off - timedelta(seconds=1)) != "withheld"
    assert state_of(post, on) != "withheld"
    assert not [p for p in away if p.author == post.author and off <= p.created_at < on]


def test_both_networks_show_the_text_that_truth_tells(world: World) -> None:
    for post in world.posts[:400]:
        said = plain(post.versions[0].body)
        assert (
            html_to_text(mastodon_json.content(post.versions[0].body, SERVERS[0]))
            == said
        )
        raw = said.encode()
        for facet in atproto_json.facets(post.versions[0].body):
            index = facet["index"]
            piece = raw[index["byteStart"] : index["byteEnd"]].decode()
            feature = facet["features"][0]
            told = f"#{feature['tag']}" if "tag" in feature else feature.get("uri")
            assert told is None or piece in told
        assert set(find_hashtags(said)) <= post.tags


def test_identifiers_are_in_the_order_of_time() -> None:
    moments = [START + timedelta(seconds=s) for s in (0, 1, 3600, 86400 * 400)]
    for shape in (snowflake, tid):
        made = [shape(moment, 5) for moment in moments]
        assert made == sorted(made)
    flakes = [flake(snowflake(moment, 5)) for moment in moments]
    assert flakes == sorted(flakes)
    assert {len(text) for text in flakes} == {18}
    assert all(from_micros(micros(moment)) == moment for moment in moments)
