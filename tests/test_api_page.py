"""The API's page in the real Chromium: wide and narrow, light and dark, no JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests import browsing
from tests.browsing import CONTRAST, Open, drawn

pytestmark = pytest.mark.browser

site, browser, open_page = browsing.site, browsing.browser, browsing.open_page


def opened(page: Page) -> Page:
    """The page with every fold open."""
    page.evaluate(
        "document.querySelectorAll('details').forEach((d) => (d.open = true))"
    )
    return page


def test_the_page_opens_without_errors_or_foreign_hosts(open_page: Open) -> None:
    page = open_page("/-/api")
    assert page.locator("h1").inner_text() == "API"
    assert page.locator(".gs-simulated").is_visible()
    assert page.locator(".gs-nav a[aria-current]").inner_text() == "API"
    assert page.locator("section.api").count() > 40


def test_the_contents_lead_to_an_endpoint_whose_call_runs(open_page: Open) -> None:
    page = open_page("/-/api")
    page.locator(".api-contents").get_by_role("link", name="volume", exact=True).click()
    assert page.url.endswith("#volume")
    section = page.locator("#volume")
    assert section.evaluate("e => e.getBoundingClientRect().top") < 5
    section.get_by_role("link", name="Run it").click()
    page.wait_for_url("**/campaigns/volume.json?**")
    assert '"posts"' in page.locator("body").inner_text()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_needs_sideways_scrolling(open_page: Open, width: int) -> None:
    page = opened(open_page("/-/api", width=width))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot = page.locator("#volume .scroll").first
    assert shot.is_visible()


def test_the_campaign_s_feeds_fit_a_telephone(open_page: Open) -> None:
    page = open_page("/-/campaign/labourleaks", width=360)
    drawn(page)
    assert page.locator("main a[type='application/atom+xml']").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_page_reads_without_javascript(open_page: Open) -> None:
    page = open_page("/-/api", scripts=False)
    fold = page.locator("#volume details").nth(1)
    fold.locator("summary").click()
    assert fold.locator("tbody tr").count() == 7
    assert fold.locator("tbody tr").first.is_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(open_page: Open, dark: bool) -> None:
    """WCAG's contrast of 4.5 for all text, in light and dark."""
    page = opened(open_page("/-/api", dark=dark))
    assert page.evaluate(CONTRAST) == []


def test_everything_is_reached_and_named_from_the_keyboard(open_page: Open) -> None:
    page = open_page("/-/api")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    unnamed = page.evaluate(
        """[...document.querySelectorAll('a, summary, [tabindex], section, nav')]
        .filter((e) => !(e.ariaLabel || e.getAttribute('aria-labelledby')
          || e.textContent.trim())).length"""
    )
    assert unnamed == 0
    scrolled = page.evaluate(
        """[...document.querySelectorAll('.scroll')]
        .every((e) => e.tabIndex === 0 && e.ariaLabel)"""
    )
    assert scrolled
