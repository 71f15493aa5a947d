"""The headline in words, and what is new since the last visit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette

from db.times import to_text
from groundswell.web import views
from groundswell.web.data import Result, ask, gather
from groundswell.web.headline import Headline, headline, ratio
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
    assert ratio(overview(now, before)) == told


def hours(
    platform: str, later: int, *, earlier_seen: float = 1.0
) -> list[dict[str, Any]]:
    return [
        {"bucket": "2025-05-09T20:00:00Z", "platform": platform, "posts": 1,
         "covered": earlier_seen},
        {"bucket": "2025-05-11T09:00:00Z", "platform": platform, "posts": later,
         "covered": 1.0},
    ]  # fmt: skip


def told(later: int = 214, seen: float = 1.0, **more: Any) -> Headline:  # noqa: ANN401
    rows = hours("bluesky", later, earlier_seen=seen) + hours("mastodon", 20)
    totals = result({"voices": 160, "voices_error": 0}, url="/totals")
    return headline(
        overview(later + 20, 70), totals, result(*rows, url="/volume"),
        more.get("alerts", result()), more.get("events", ()),
    )  # fmt: skip


def test_how_many_by_how_many_and_where() -> None:
    found = told()
    assert found.parts == (
        ("234 posts by 160 voices in the last 24 hours, about three times the 70 before.",
         "/totals"),
        ("91 % of them are on bluesky.", "/volume"),
    )  # fmt: skip
    assert found.care is None


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


def test_what_was_not_seen_alike_is_compared_with_care() -> None:
    found = told(seen=0.2)
    assert found.care == (
        "Compare with care: only 60 % of the earlier 24 hours was seen, the mean over all "
        "platforms."
    )


def test_few_posts_are_driven_by_nobody() -> None:
    rows = hours("bluesky", 5) + hours("mastodon", 1)
    found = headline(overview(6, 6), result(), result(*rows), result())
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
