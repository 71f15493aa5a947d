"""A campaign in another zone than UTC, in the real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from db.times import from_text
from tests import web_fixture as fixture
from tests.browsing import Open, Site, browser, drawn, open_page, served

__all__ = ["browser", "open_page"]  # fixtures

pytestmark = pytest.mark.browser
CAMPAIGN = "/-/campaign/labourleaks"
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("zones")
    fixture.make(folder / "x.db", simulated=True, zone=LONDON.key)
    with served(folder) as running:
        yield running


def labels(page: Page, chart: str) -> list[str]:
    found: list[str] = page.locator(f"#{chart} .role-axis-label text").evaluate_all(
        "all => all.map((one) => one.textContent)"
    )
    return [one for one in found if not one.isdigit()]


@pytest.mark.parametrize("chart", ["volume-1", "sentiment"])
def test_the_axis_of_a_chart_is_in_the_zone(open_page: Open, chart: str) -> None:
    page = open_page(f"{CAMPAIGN}?from=2025-05-10&to=2025-05-10")
    drawn(page)
    shown = labels(page, chart)
    assert shown[0] == "10 May"
    assert shown[1:] == [f"{hour:02}:00" for hour in range(3, 24, 3)]
    # From midnight to midnight of the zone: its first label stands at its beginning.
    bars = page.locator(f"#{chart} .mark-rect").first.bounding_box()
    first = page.locator(f"#{chart} .role-axis-label text").first.bounding_box()
    assert bars
    assert first
    assert abs(first["x"] - bars["x"]) < 25


def test_seven_days_have_a_mark_for_each_midnight_of_the_zone(open_page: Open) -> None:
    page = open_page(CAMPAIGN)
    drawn(page)
    assert labels(page, "volume-1") == [f"{day} May" for day in range(5, 12)]


def test_a_bar_says_its_hour_in_the_zone(open_page: Open) -> None:
    page = open_page(f"{CAMPAIGN}?range=24h")
    drawn(page)
    page.locator("#volume-3 .mark-rect path[fill='var(--bar)']").first.hover(force=True)
    told = page.locator("#vg-tooltip-element")
    told.wait_for()
    assert "from (BST)" in (told.text_content() or "")
    assert "10 May 2025, 14:00" in (told.text_content() or "")


@pytest.mark.parametrize("path", [CAMPAIGN, "/-/posts/labourleaks"])
def test_the_pointer_finds_utc_and_needs_no_script(open_page: Open, path: str) -> None:
    page = open_page(path, scripts=False)
    times = page.locator("main time").evaluate_all(
        "all => all.map((one) => [one.dateTime, one.title, one.textContent])"
    )
    assert len(times) > 20
    named = [(at, title, text) for at, title, text in times if text.endswith(" BST")]
    assert len(named) > 20
    for at, title, text in named:
        moment = from_text(at)
        local = moment.astimezone(LONDON)
        assert title == f"{moment.day} {moment:%b %Y, %H:%M} UTC"
        assert text in {
            f"{local.day} {local:%b %Y, %H:%M} BST",
            f"{local.day} {local:%b %H:%M} BST",
        }
        assert isinstance(moment, datetime)


def test_a_telephone_has_room_for_the_names(open_page: Open) -> None:
    page = open_page(CAMPAIGN, width=360)
    drawn(page)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
