"""What `try` makes of the posts that came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.base import Author, Post, Term
from groundswell.preview import Preview, Rate, Watch, preview, rates, spread

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
WATCH = Watch((Term("hashtag", "Rail"),), (Term("hashtag", "toys"),))


def post(number: int, *, at: datetime | None = NOON, **changes: Any) -> Post:  # noqa: ANN401 - any field
    who = changes.pop("who", f"person{number}")
    given: dict[str, Any] = {
        "platform": "mastodon",
        "uri": f"https://social.example/{number}",
        "author": Author(
            platform="mastodon",
            uri=f"https://social.example/@{who}",
            handle=f"{who}@social.example",
            bot=changes.pop("bot", None),
        ),
        "text": "On the #rail again",
        "published_at": at,
        "hashtags": ("rail",),
    }
    return Post(**{**given, **changes})


def seen(posts: list[Post], *, complete: bool = True) -> Preview:
    since = NOON - timedelta(hours=10)
    return preview(posts, [WATCH], since=since, until=NOON, complete=complete)


def test_a_complete_walks_rate_is_over_the_whole_span() -> None:
    posts = [post(n, at=NOON - timedelta(minutes=n)) for n in range(5)]
    assert seen(posts).rates == (Rate("mastodon", 5, 0.5),)


def test_a_capped_walks_rate_is_over_what_its_posts_cover() -> None:
    posts = [post(n, at=NOON - timedelta(minutes=15 * n)) for n in range(5)]
    assert seen(posts, complete=False).rates == (Rate("mastodon", 5, 4.0),)


def test_no_rate_where_posts_cover_no_time() -> None:
    assert rates([post(1), post(2)], hours=None) == (Rate("mastodon", 2, None),)


def test_rates_are_by_the_platform_of_the_post() -> None:
    posts = [post(1), post(2, platform="bluesky"), post(3, platform="bluesky")]
    assert [(rate.platform, rate.posts) for rate in seen(posts).rates] == [
        ("bluesky", 2),
        ("mastodon", 1),
    ]


def test_posts_are_judged_as_the_campaign_would() -> None:
    posts = [
        post(1),
        post(2, hashtags=("rail", "toys")),
        post(3, hashtags=(), text="nothing of it"),
    ]
    found = seen(posts)
    assert (found.matched, found.unmatched) == (1, 2)
    assert found.examples == (posts[0],)


def test_strange_dates_are_counted_and_left_out_of_the_rate() -> None:
    posts = [post(1), post(2, at=datetime(1970, 1, 1, tzinfo=UTC)), post(3, at=None)]
    found = seen(posts)
    assert found.odd_dates == 2
    assert found.rates == (Rate("mastodon", 1, 0.1),)
    assert [one.uri[-1] for one in found.examples] == ["1", "2", "3"]


def test_noise_is_what_comes_often_and_is_not_the_campaigns() -> None:
    posts = [
        post(
            n,
            who="loud",
            bot=True,
            hashtags=("rail", "weather"),
            text="rain rain today",
        )
        for n in range(6)
    ] + [post(n, text="the https://a.example/rain #rain @rain") for n in range(6, 10)]
    found = seen(posts)
    assert [(one.what, one.posts, one.share) for one in found.tags] == [
        ("weather", 6, 0.6),
        ("rain", 4, 0.4),
    ]
    assert [(one.what, one.posts) for one in found.words] == [("rain", 6)]
    assert [(one.what, one.share) for one in found.authors] == [
        ("loud@social.example", 0.6)
    ]
    assert found.bots.share == 0.6
    assert [hint.split()[0] for hint in found.hints] == [
        "#weather",
        "loud@social.example",
        "60%",
    ]


def test_few_posts_give_no_hints() -> None:
    posts = [post(n, who="loud", hashtags=("rail", "weather")) for n in range(4)]
    assert seen(posts).hints == ()


def test_nothing_gives_nothing() -> None:
    found = seen([])
    assert (found.matched, found.rates, found.examples, found.hints) == (0, (), (), ())
    assert found.bots.share == 0


def test_examples_are_spread_over_all_posts() -> None:
    posts = [post(n) for n in range(95)]
    chosen = spread(posts, 10)
    assert len(chosen) == 10
    assert chosen[0] is posts[0]
    assert chosen[-1] is posts[85]
    assert spread(posts[:3], 10) == tuple(posts[:3])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            post,
            st.integers(0, 9),
            at=st.none() | st.datetimes(timezones=st.just(UTC)),
            text=st.text("#@ rail\u202e\x00é:/"),
            bot=st.sampled_from([None, True, False]),
        ),
        max_size=20,
    ),
    st.booleans(),
)
def test_any_posts_give_sound_numbers(posts: list[Post], complete: bool) -> None:
    found = seen(posts, complete=complete)
    assert found.matched + found.unmatched == len(posts)
    assert len(found.examples) == min(10, found.matched)
    for one in (*found.tags, *found.words, *found.authors, found.bots):
        assert 0 <= one.share <= 1
    assert all(rate.per_hour is None or rate.per_hour >= 0 for rate in found.rates)
    assert found.as_json()["matched"] == found.matched


@pytest.mark.parametrize("complete", [True, False])
def test_json_has_every_figure(complete: bool) -> None:
    found = seen([post(1)], complete=complete).as_json()
    assert found["examples"][0]["author"] == "person1@social.example"
    assert set(found) == {
        "matched", "unmatched", "odd_dates", "rates", "tags", "words", "authors",
        "bots", "hints", "examples",
    }  # fmt: skip
