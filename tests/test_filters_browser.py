"""The filters of a campaign's page in the real Chromium: set, seen, taken off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browsing import CONTRAST, Open, browser, drawn, open_page, site
from tests.every_page import SMALL
from tests.test_filters_page import PANELS

__all__ = ["browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser
CAMPAIGN = "/-/campaign/labourleaks"


def said(page: Page) -> dict[str, str]:
    """What each panel says."""
    found = page.locator("main section[aria-labelledby]").evaluate_all(
        "all => all.map(one => [one.getAttribute('aria-labelledby'), one.innerText])"
    )
    return dict(found)


def show(page: Page) -> None:
    page.get_by_role("button", name="Show").click()
    page.wait_for_load_state()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("lang", "de"),
        ("sentiment", "positive"),
        ("term", "labourleadership"),
        ("q", "reporting"),
    ],
)
def test_each_filter_changes_every_panel_and_is_taken_off_again(
    open_page: Open, name: str, choice: str, *, scripts: bool
) -> None:
    page = open_page(CAMPAIGN, scripts=scripts)
    whole = said(page)
    field = page.locator(f".controls [name={name}]")
    if name == "q":
        field.fill(choice)
    else:
        field.select_option(choice)
    show(page)
    own = said(page)
    assert {one for one in PANELS if own[one] != whole[one]} == PANELS
    assert field.input_value() == choice
    page.get_by_role("link", name="Remove the filter").click()
    page.wait_for_load_state()
    assert page.locator(".chips").count() == 0
    assert said(page).keys() == whole.keys()
    assert said(page)["h-tags"] == whole["h-tags"]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("dark", [True, False])
def test_all_filters_at_once_fit_and_can_be_read(
    open_page: Open, width: int, *, dark: bool
) -> None:
    query = "platform=mastodon&lang=en&sentiment=negative&term=labourleaks"
    words = "%22a party%22 %3Cb%3E%E2%80%AE run dreadful way " + "W" * 120
    page = open_page(f"{CAMPAIGN}?{query}&q={words}", width=width, dark=dark)
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(SMALL) == []
    assert page.locator(".chips a").count() == 6
    assert page.locator(".none-pass").count() == 1
    page.get_by_role("link", name="Remove all").click()
    page.wait_for_load_state()
    assert page.locator(".none-pass, .chips").count() == 0


def test_a_narrowed_page_is_kept_fresh(open_page: Open) -> None:
    page = open_page(f"{CAMPAIGN}?lang=en&q=party")
    drawn(page)
    page.evaluate(
        """() => {
            const fetched = window.fetch;
            window.fetch = async (...given) => {
                const answer = await fetched(...given);
                const text = (await answer.text()).replaceAll('>Top links<', '>New links<');
                return new Response(text, { status: 200 });
            };
        }"""
    )
    page.evaluate("document.dispatchEvent(new Event('gs-refresh'))")
    page.get_by_role("heading", name="New links").wait_for()
    assert page.locator(".chips a").count() == 3
    assert "posts that pass" in said(page)["h-links"]
