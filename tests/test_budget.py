"""What a page costs to load: requests and bytes, and nothing from another host."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response

from tests.browsing import Browser, Open, Site, browser, drawn, open_page, site
from tests.every_page import CAMPAIGN, DATASETTES, OURS

__all__ = ["browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser
# The campaign's page, its charts' library in the browser's cache (docs/accessibility.md).
MOST_REQUESTS = 12
MOST_BYTES = 300_000
LIBRARY = "/datasette-dashboards/"


def loaded(page: Page, address: str) -> dict[str, int]:
    """The bytes of the body of each answer that the page asks for, by its address."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address)
    drawn(page)
    page.wait_for_load_state("networkidle")
    return {one.url: len(one.body()) for one in answers}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("preset", ["", "?range=24h", "?range=30d", "?range=all"])
def test_the_campaigns_page_keeps_its_budget(
    browser: Browser, site: Site, preset: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    got = loaded(context.new_page(), site.address + CAMPAIGN + preset)
    context.close()
    own = {address: size for address, size in got.items() if LIBRARY not in address}
    assert len(got) <= MOST_REQUESTS
    assert len(own) < len(got)
    assert sum(own.values()) < MOST_BYTES, own


@pytest.mark.parametrize("path", OURS + DATASETTES)
def test_no_page_asks_another_host_or_complains(open_page: Open, path: str) -> None:
    """The fixture fails the test for either."""
    page = open_page(path)
    drawn(page)
    page.wait_for_load_state("networkidle")
