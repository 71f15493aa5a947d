"""Choosing posts for one pack in the real Chromium: with scripts, without, by keys."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import CONTRAST, Mine, Open, ana, browser, open_page, site
from tests.every_page import SMALL, width_of

__all__ = ["ana", "browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser
LIST = "/-/posts/labourleaks?range=7d"


def picked(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query)["post"]


def test_without_scripts_the_ticked_ones_go_into_the_address(open_page: Open) -> None:
    page = open_page(LIST, scripts=False)
    boxes = page.get_by_role("checkbox")
    wanted = [boxes.nth(number).input_value() for number in (0, 4, 9)]
    for number in (0, 4, 9):
        boxes.nth(number).check()
    page.get_by_role("button", name="Download evidence of those").click()
    page.wait_for_url("**/-/download/**")
    assert picked(page) == wanted
    assert page.locator("ol.picks > li").count() == 3
    assert page.get_by_text("3 chosen posts").is_visible()


def test_a_choice_stays_over_pages_and_is_taken_back(open_page: Open) -> None:
    page = open_page(LIST)
    go = page.locator("#picked [type=submit]")
    expect(go).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(go).to_have_text("2 chosen: download evidence")
    first = page.locator("[data-pick]:checked").first.input_value()
    page.get_by_role("link", name="Older").click()
    page.wait_for_url("**below=**")
    expect(go).to_have_text("2 chosen: download evidence")
    expect(page.locator("#picked")).to_contain_text("2 of them not on this page")
    page.locator("[data-pick]").nth(3).check()
    page.keyboard.press("j")  # a ticked box is no field to write in
    assert page.locator("[data-current]").count() == 1
    expect(go).to_have_text("3 chosen: download evidence")
    go.click()
    page.wait_for_url("**/-/download/**")
    assert len(set(picked(page))) == 3
    assert first in picked(page)
    assert page.locator("ol.picks > li").count() == 3
    page.goto(page.url.split("/-/")[0] + LIST)
    expect(go).to_have_text("3 chosen: download evidence")
    page.locator(f"[data-pick][value='{first}']").uncheck()
    expect(go).to_have_text("2 chosen: download evidence")
    page.get_by_role("button", name="Choose none").click()
    expect(go).to_be_disabled()
    assert page.locator("[data-pick]:checked").count() == 0


def test_what_a_session_kept_is_no_more_than_numbers(open_page: Open) -> None:
    page = open_page(LIST)
    go = page.locator("#picked [type=submit]")
    for kept in ("<b>", "{}", '["<script>", -1, "x"]', "null"):
        page.evaluate(
            "kept => sessionStorage.setItem('groundswell-picked-labourleaks', kept)",
            kept,
        )
        page.reload()
        expect(go).to_be_disabled()
    page.evaluate(
        "sessionStorage.setItem('groundswell-picked-labourleaks', "
        "JSON.stringify([...Array(200)].map((_, n) => String(n + 10000))))"
    )
    page.reload()
    page.locator("[data-pick]").first.click()
    expect(page.locator("#picked [data-said]")).to_have_text(
        "200 posts are the most at once."
    )
    assert page.locator("[data-pick]:checked").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_the_bar_can_be_read_and_pressed(
    open_page: Open, width: int, *, dark: bool
) -> None:
    page = open_page(LIST, width=width, dark=dark)
    page.locator("[data-pick]").first.check()
    assert width_of(page) <= width
    assert page.evaluate(SMALL) == []
    assert page.evaluate(CONTRAST) == []


def test_the_inbox_has_it_too(open_page: Open, ana: Mine) -> None:
    page = open_page("/-/login")
    ana(page)
    page.goto(page.url.removesuffix("/-/login") + "/-/inbox/labourleaks?status=all")
    page.locator("[data-item]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("e")
    go = page.locator("#picked [type=submit]")
    expect(go).to_have_text("1 chosen: download evidence")
    go.click()
    page.wait_for_url("**/-/download/**")
    assert page.locator("ol.picks > li").count() == 1


def test_a_link_of_the_campaigns_page_leads_to_who_wrote_most(open_page: Open) -> None:
    page = open_page("/-/campaign/labourleaks?range=7d")
    link = page.locator("[aria-labelledby=h-links] td a").first
    count = (link.text_content() or "").split()[0]
    link.click()
    page.wait_for_url("**link=**")
    panel = page.locator("[aria-labelledby=h-who]")
    # Top links counts whole days, so it may say more.
    told = (panel.locator("p b").first.text_content() or "").split()[0]
    assert 0 < int(told) <= int(count)
    assert panel.locator("tbody tr").count() > 0
    page.get_by_role("link", name="Remove the filter").click()
    page.wait_for_load_state()
    assert page.locator(".chips, [aria-labelledby=h-who]").count() == 0
