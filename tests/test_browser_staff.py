"""What staff do on the pages, in the real Chromium."""

from __future__ import annotations

import re

import pytest

from tests.browsing import Open, Page, browser, open_page, site
from tests.signing_in import PASSWORD

__all__ = ["browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser
LABEL = "/-/label/labourleaks"


def sign_in(page: Page, name: str = "ana") -> None:
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=f"Sign out ({name})").wait_for()


def test_posts_are_labelled_by_keys_alone_on_a_phone_too(open_page: Open) -> None:
    page = open_page(LABEL, width=360)
    sign_in(page)
    page.goto(page.url.rstrip("/") + LABEL)
    first = page.locator("input[name=post]").get_attribute("value")
    page.keyboard.press("1")
    page.wait_for_url("**last=**")
    assert page.url.endswith(f"last={first}")
    assert page.locator("input[name=post]").get_attribute("value") != first
    page.keyboard.press("u")
    page.wait_for_url("**post=**")
    assert page.locator("input[name=post]").get_attribute("value") == first
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


def test_who_has_labelled_all_draws_more(open_page: Open) -> None:
    page = open_page("/")
    sign_in(page, "ada")
    page.goto(page.url.rstrip("/") + LABEL)
    while page.locator("input[name=post]").count():
        page.keyboard.press("2")
        page.wait_for_url(re.compile("last=\\d+"))
        page.wait_for_load_state()
    page.get_by_role("button", name="Draw 20 more now").click()
    page.locator("input[name=post]").wait_for(state="attached")
    # A post that was drawn before is not asked about again.
    assert re.search(r"(1[5-9]|20) to go", page.locator("h2").inner_text())
