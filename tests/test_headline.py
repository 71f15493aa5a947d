"""The headline in words, and what is new since the last visit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st

from db.times import to_text
from groundswell import alike
from groundswell.web import views
from groundswell.web.data import Result, Row, ask, gather
from groundswell.web.headline import Headline, change, headline, ratio
from tests import web_fixture as fixture
from tests.signing_in import Visitor, text_of, words_of
from tests.test_web import build, close, page

NOW = datetime(2025, 5, 11, 12, 30, tzinfo=UTC)


def result(*rows: dict[str, Any], url: str = "/q") -> Result:
    return Result("x", "X", rows, url, f"{url}.json")


def overview(now: int, before: int) -> dict[str, Any]:
    return {
        "posts": now, "posts_before": before, "from_at": "2025-05-10T13:00:00Z",
        "timezone": "UTC",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (214, 70, "about three times the 70 before"),
        (140, 70, "about twice the 70 before"),
        (1000, 70, "14 times the 70 before"),
        (90, 70, "+29 % against the 70 before"),
        (35, 70, "−50 % against the 70 before"),
        (70, 70, "as many as in the 24 before"),
        (0, 0, "and none in the 24 before"),
        (5, 0, "none in the 24 before"),
        (0, 5, "5 in the 24 before"),
    ],
)
def test_two_days_compared(now: int, before: int, told: str) -> None:
    assert ratio(now, before) == told


def hours(platform: str, later: int) -> list[dict[str, Any]]:
    return [
        {"bucket": "2025-05-09T20:00:00Z", "platform": platform, "posts": 1,
         "covered": 1.0},
        {"bucket": "2025-05-11T09:00:00Z", "platform": platform, "posts": later,
         "covered": 1.0},
    ]  # fmt: skip


def both_days(
    name: str,
    now: int | None,
    before: int | None,
    seen: float = 1.0,
    seen_before: float = 1.0,
) -> dict[str, Any]:
    """A row of by_platform, which judges by the same rule."""
    return {
        "platform": name, "posts": now, "posts_before": before, "covered": seen,
        "covered_before": seen_before, "sources": 1,
        "comparable": int(alike.seen_alike(now, before, seen, seen_before)),
    }  # fmt: skip


def told(*platforms: dict[str, Any], later: int = 214, **more: Any) -> Headline:  # noqa: ANN401
    rows = hours("bluesky", later) + hours("mastodon", 20)
    totals = result({"voices": 160, "voices_error": 0}, url="/totals")
    usual = both_days("bluesky", later, 50), both_days("mastodon", 20, 20)
    return headline(
        overview(later + 20, 70), totals, result(*(platforms or usual), url="/platforms"),
        result(*rows, url="/volume"), more.get("alerts", result()),
        more.get("events", ()),
    )  # fmt: skip


def test_how_many_by_how_many_and_where() -> None:
    found = told()
    assert found.parts == (
        ("234 posts by 160 voices in the last 24 hours, about three times the 70 before.",
         "/totals"),
        ("91 % of them are on bluesky.", "/volume"),
    )  # fmt: skip


def test_a_rise_is_named_with_what_the_diary_has_before_it() -> None:
    spike = {
        "rule": "spike",
        "platform": "bluesky",
        "raised_at": "2025-05-11T09:10:00Z",
    }
    event = {"at": "2025-05-11T09:00:00Z", "title": "press release"}
    late = {"at": "2025-05-11T09:30:00Z", "title": "too late"}
    found = told(alerts=result(spike, url="/alerts"), events=[event, late])
    told_of, url = found.parts[-1]
    assert url == "/alerts"
    assert words_of(told_of) == (
        "A rise began at 11 May 2025, 09:10 on bluesky, after “press release” at "
        "11 May 2025, 09:00."
    )


def test_what_was_not_seen_alike_is_left_out_by_name() -> None:
    """The later day has more posts in all, and fewer where both days were seen."""
    found = told(
        both_days("bluesky", 214, 16, seen_before=0.16),
        both_days("instagram", 9, None, seen=0.4, seen_before=0.0),
        both_days("mastodon", 1336, 1402),
        both_days("feed", 4, 4),
        later=1538,
    )
    assert found.parts[:2] == (
        ("1,558 posts by 160 voices in the last 24 hours.", "/totals"),
        (("On the 2 platforms seen alike both days: −5 % (1,340 against 1,406). "
         "Left out are bluesky and instagram: 16 % and 0 % of the earlier day was seen."),
         "/platforms"),
    )  # fmt: skip


def test_each_reason_has_its_own_sentence() -> None:
    found = told(
        both_days("a", 9, 1, seen_before=0.5),
        both_days("b", 8, 20, seen=0.25),
        both_days("c", 7, 7, seen=0.4, seen_before=0.7),
        both_days("d", 6, 6, seen=0.0, seen_before=0.0),
        {**both_days("e", 5, 5, seen=0.0, seen_before=0.0), "sources": 0},
        both_days("f", 3, 1),
    )
    assert found.parts[1][0] == (
        "On f, the only platform seen alike both days: +200 % (3 against 1). "
        "Left out is a: 50 % of the earlier day was seen. "
        "Left out is b: 25 % of the later day was seen. "
        "Left out is c: 70 % of the earlier day was seen, and 40 % of the later day. "
        "Left out is d: nothing was seen in either time; posts were found afterwards. "
        "Left out is e: only archives brought posts."
    )


def test_days_of_which_nothing_was_seen_alike_are_not_compared() -> None:
    found = told(both_days("bluesky", 234, 70, seen_before=0.2))
    assert [sentence for sentence, _ in found.parts][:2] == [
        "234 posts by 160 voices in the last 24 hours.",
        (
            "The two days cannot be compared: no platform was seen alike in both. "
            "Of bluesky, 20 % of the earlier day was seen."
        ),
    ]
    dark = told(both_days("bluesky", None, None, 0.0, 0.0))
    assert dark.parts[1][0] == (
        "The two days cannot be compared: nothing was seen of either."
    )


def test_a_platform_that_nobody_saw_changes_nothing() -> None:
    found = told(
        both_days("bluesky", 214, 50),
        both_days("mastodon", 20, 20),
        both_days("locked", None, None, 0.0, 0.0),
    )
    assert found == told()


def test_what_took_too_long_is_not_compared() -> None:
    slow = replace(result(url="/platforms"), error="This took too long to count.")
    totals = result({"voices": 3, "voices_error": 0}, url="/totals")
    found = headline(overview(6, 2), totals, slow, result(), result())
    assert [sentence for sentence, _ in found.parts] == [
        "6 posts by 3 voices in the last 24 hours.",
        "Not compared with the day before: This took too long to count.",
    ]


_SEEN = st.sampled_from([0.0, 0.16, 0.51, 0.985, 0.99, 1.0])
_PARTS = st.builds(
    both_days,
    st.text("abcdefg", min_size=1, max_size=3),
    st.none() | st.integers(0, 3000),
    st.none() | st.integers(0, 3000),
    _SEEN,
    _SEEN,
)


@given(st.lists(_PARTS, max_size=9, unique_by=lambda row: row["platform"]))
def test_the_direction_is_that_of_the_platforms_seen_alike(rows: list[Row]) -> None:
    same = [row for row in rows if row["comparable"]]
    now = sum(row["posts"] for row in same)
    before = sum(row["posts_before"] for row in same)
    found = alike.of_rows(rows)
    assert (found.now, found.before) == (now, before)
    sentence = change(found)
    assert ("cannot be compared" in sentence) is (not same)
    if same and before:
        assert ("−" in sentence) is (now < before)
        assert ("+" in sentence or "times" in sentence) is (now > before)
        assert ("as many, " in sentence) is (now == before)
    # Each platform is compared, left out with a reason, or not known in either time.
    named = [*found.names, *(part.name for part in found.apart), *found.idle]
    assert sorted(named) == sorted(row["platform"] for row in rows)
    assert len({row["platform"] for row in same} & {p.name for p in found.apart}) == 0


def test_few_posts_are_driven_by_nobody() -> None:
    rows = hours("bluesky", 5) + hours("mastodon", 1)
    seen = both_days("bluesky", 5, 5), both_days("mastodon", 1, 1)
    found = headline(overview(6, 6), result(), result(*seen), result(*rows), result())
    assert [sentence for sentence, _ in found.parts] == [
        "6 posts in the last 24 hours, as many as in the 24 before."
    ]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixture.make(tmp_path_factory.mktemp("visits") / "x.db")


@pytest.fixture
def site(path: Path) -> Iterator[Datasette]:
    datasette = build(path)
    yield datasette
    close(datasette)


def test_what_is_new_since_the_last_visit(site: Datasette) -> None:
    reader, address = Visitor(site), "/-/campaign/labourleaks"
    now = fixture.NOW
    site.groundswell_clock = lambda: now - timedelta(hours=20)
    assert "Since your last visit" not in text_of(reader.get(address))
    site.groundswell_clock = lambda: now
    answer = text_of(reader.get(address))
    assert "Since your last visit (10 May 2025, 16:30 UTC):" in answer
    assert re.search(r"\d+ new posts ?, 1 alert", answer)
    # Within the same visit it stays as it was.
    site.groundswell_clock = lambda: now + timedelta(minutes=10)
    assert "Since your last visit (10 May 2025, 16:30 UTC):" in text_of(
        reader.get(address)
    )


@pytest.mark.parametrize("odd", ["x", "/", "9999-99-99T99:99:99Z/2099-01-01T00:00:00Z"])
def test_an_odd_cookie_is_a_first_visit(site: Datasette, odd: str) -> None:
    reader = Visitor(site)
    reader.cookies = {"seen-labourleaks": odd}
    answer = reader.get("/-/campaign/labourleaks")
    assert answer.status_code == 200
    assert "Since your last visit" not in text_of(answer)


@pytest.mark.parametrize("query", ["", "?range=24h", "?range=30d", "?platform=feed"])
def test_the_headline_is_the_same_whatever_time_the_page_shows(
    site: Datasette, query: str
) -> None:
    """Where the page's own hours hold the two days they are not counted again."""
    slug, now = "labourleaks", fixture.NOW
    asked = views.two_days_of(slug, now)
    whole = ask("volume", campaign=slug, bucket="hour", to_at=to_text(now))
    results = asyncio.run(gather(site, own=asked, week=whole))
    assert views.rows_of(results["week"].rows, asked) == list(results["own"].rows)
    told = [
        page(site, f"/-/campaign/{slug}{one}").css_first(".story .said").text()
        for one in ("", query)
    ]
    assert told[0] == told[1]
    assert (
        "On the 2 platforms seen alike both days: +39 % (89 against 64). Left out is "
        "bluesky: 92 % of the later day was seen."
    ) in told[0]
