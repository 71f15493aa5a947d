"""Two times or two campaigns side by side, and what keeps the comparison fair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser

from groundswell.web import compare, ranges
from groundswell.web.compare import Side
from groundswell.web.data import Result
from tests import web_fixture as fixture
from tests.test_web import build, close, get, text

KNOWN = {
    "a": {"campaign": "a", "title": "A", "timezone": "UTC"},
    "b": {"campaign": "b", "title": "B", "timezone": "UTC"},
}


def sides(**args: str) -> list[Side]:
    return compare.read_sides(args, KNOWN, ["bluesky", "mastodon"], fixture.NOW)


def test_a_week_is_held_against_the_week_before() -> None:
    first, second = sides()
    assert first.view.to_at == fixture.NOW
    assert second.view.to_at == first.view.from_at
    assert second.view.hours == first.view.hours
    assert second.about["campaign"] == "a"


def test_another_campaign_is_held_against_it_over_the_same_time() -> None:
    first, second = sides(b_campaign="b", a_from="2025-05-02", a_to="2025-05-04")
    assert (first.view.from_at, first.view.to_at) == (
        second.view.from_at,
        second.view.to_at,
    )
    assert second.about["campaign"] == "b"


def test_the_form_gives_back_what_it_was_given() -> None:
    (first, _) = sides(a_from="2025-05-02", a_to="2025-05-04", a_platform="bluesky")
    assert first.given == {
        "campaign": "a", "from": "2025-05-02", "to": "2025-05-04", "platform": "bluesky",
    }  # fmt: skip


def test_what_is_odd_is_named() -> None:
    found = sides(a_campaign="nothing", a_from="tomorrow")
    assert found[0].problems[0] == "There is no campaign called “nothing”."
    assert "is not a date" in found[0].problems[1]


def one(covered: float | None, hours: float = 24.0) -> dict[str, Any]:
    now = fixture.NOW
    view = ranges.View(
        from_at=now - timedelta(hours=hours), to_at=now, preset=None, platform="",
        bucket="hour", given={},
    )  # fmt: skip
    return {"covered": covered, "view": view}


def test_what_was_not_seen_alike_is_compared_with_care() -> None:
    assert compare.care(one(1.0), one(1.0)) is None
    assert "50 % of the second" in str(compare.care(one(1.0), one(0.5)))
    assert "not known" in str(compare.care(one(1.0), one(None)))
    assert "1 day and 2 days" in str(compare.care(one(1.0), one(1.0, 48.0))) or (
        "24 hours and 2 days" in str(compare.care(one(1.0), one(1.0, 48.0)))
    )


def volume(*cells: tuple[str, str, int | None, float]) -> dict[str, Result]:
    rows = tuple(
        {"bucket": bucket, "platform": platform, "posts": posts, "covered": covered}
        for bucket, platform, posts, covered in cells
    )
    return {"volume": Result("volume", "", rows, "/", "/")}


def test_share_of_voice_counts_only_what_both_were_watched_for() -> None:
    pair = sides(b_campaign="b")
    results = {
        "a": volume(("1", "x", 30, 1.0), ("2", "x", 50, 1.0), ("1", "y", 9, 1.0)),
        "b": volume(("1", "x", 10, 1.0), ("2", "x", 70, 0.4), ("3", "x", None, 0.0)),
    }
    found = compare.share_of_voice(pair, results)
    assert found is not None
    assert found["parts"] == [("A", 30, "75 %"), ("B", 10, "25 %")]
    assert found["seen"] == "25 %"
    assert compare.share_of_voice(sides(), results) is None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path: Path = fixture.make(tmp_path_factory.mktemp("compare") / "x.db")
    datasette = build(path)
    yield datasette
    close(datasette)


def test_the_page_shows_both(site: Datasette) -> None:
    page = get(site, "/-/compare?a_campaign=labourleaks&b_campaign=harbour")
    assert page.status_code == 200
    told = text(LexborHTMLParser(page.text))
    assert "Share of voice" in told
    assert "Harbour <em>for</em> all" in told
    assert "<em>for</em>" not in page.text
    assert "only here" in told


def test_the_page_stands_without_an_address_of_ones_own(site: Datasette) -> None:
    told = text(LexborHTMLParser(get(site, "/-/compare").text))
    assert "Share of voice" not in told
    assert "first against second" in told


@pytest.mark.parametrize(
    "query", ["a_from=x", "b_to=2025-13-01", "a_campaign=%3Cb%3E", "b_platform=tv"]
)
def test_nonsense_is_answered_in_words(site: Datasette, query: str) -> None:
    page = get(site, f"/-/compare?{query}")
    assert page.status_code == 200
    assert 'role="alert"' in page.text
