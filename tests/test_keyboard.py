"""The pages by the keyboard alone, on screens from a telephone's to a wall's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browsing import Mine, Open, ana, browser, drawn, open_page, site
from tests.every_page import CAMPAIGN, OURS, SMALL, STAFFS, STOPS, walk, width_of
from tests.signing_in import PASSWORD

__all__ = ["ana", "browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser
WIDTHS = (360, 768, 1280, 2560)
Staffs = Callable[[str], Page]


@pytest.fixture
def staffs(open_page: Open, ana: Mine) -> Staffs:
    """Opens a page as somebody sees it who is signed in."""

    def open_one(path: str) -> Page:
        page = open_page("/-/login")
        ana(page)
        page.goto(page.url.removesuffix("/-/login") + path)
        drawn(page)
        return page

    return open_one


def check_walk(page: Page) -> None:
    """Tab comes by everything, in the page's order, always seen, and out at the end."""
    drawn(page)
    stops = walk(page)
    assert [one["told"] for one in stops if not (one["marked"] and one["shown"])] == []
    places = [one["place"] for one in stops]
    assert places == sorted(places)
    assert len(set(places)) == page.evaluate(STOPS)
    assert stops[0]["told"].startswith('<a class="skip"')


@pytest.mark.parametrize("path", OURS)
def test_the_keyboard_comes_by_everything(open_page: Open, path: str) -> None:
    check_walk(open_page(path))


@pytest.mark.parametrize("path", STAFFS)
def test_the_keyboard_comes_by_what_staff_see(staffs: Staffs, path: str) -> None:
    check_walk(staffs(path))


@pytest.mark.parametrize("path", [*OURS, "/campaigns/timeline"])
def test_the_skip_link_leads_past_the_header(open_page: Open, path: str) -> None:
    page = open_page(path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('header') === null")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", OURS)
def test_what_is_pressed_is_large_enough(
    open_page: Open, path: str, width: int
) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 pixels, for all but links in running text."""
    page = open_page(path, width=width)
    drawn(page)
    assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("path", STAFFS)
def test_what_staff_press_is_large_enough(staffs: Staffs, path: str) -> None:
    assert staffs(path).evaluate(SMALL) == []


def test_somebody_signs_in_by_enter(open_page: Open) -> None:
    page = open_page("/-/login")
    page.get_by_label("Name").focus()
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Sign out (ana)").wait_for()


@pytest.mark.parametrize(
    ("path", "field", "typed", "address"),
    [
        (CAMPAIGN, "select[name=platform]", "mas", "**platform=mastodon**"),
        ("/-/posts/labourleaks", "input[name=q]", "party", "**q=party**"),
        ("/campaigns/search_posts", "input[name=q]", "party", "**q=party**"),
    ],
)
def test_a_form_is_sent_by_keys(
    open_page: Open, path: str, field: str, typed: str, address: str
) -> None:
    page = open_page(path)
    page.locator(field).focus()
    page.keyboard.type(typed)
    if field.startswith("select"):
        page.keyboard.press("Tab")
        for _ in range(10):  # to the button, past the other fields
            if page.evaluate("document.activeElement.tagName") == "BUTTON":
                break
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(address)


def test_a_note_is_sent_by_enter(staffs: Staffs) -> None:
    page = staffs("/-/inbox/labourleaks")
    item = page.locator("[data-item]").first
    name = item.get_attribute("id")
    item.get_by_label("Note", exact=True).focus()
    page.keyboard.type("rang them")
    page.keyboard.press("Enter")
    page.wait_for_url("**status=open**")
    assert "rang them" in page.locator(f"#{name} .history").inner_text()


@pytest.mark.parametrize("path", OURS)
def test_no_screen_scrolls_sideways(open_page: Open, path: str) -> None:
    page = open_page(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        drawn(page)
        for each in page.locator("details").all():
            each.evaluate("one => one.open = true")
        assert width_of(page) <= width


@pytest.mark.parametrize("path", STAFFS)
def test_no_screen_of_staff_scrolls_sideways(staffs: Staffs, path: str) -> None:
    page = staffs(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert width_of(page) <= width


@pytest.mark.parametrize("path", ["/-/posts/labourleaks", "/-/inbox/labourleaks"])
def test_single_keys_can_be_turned_off(staffs: Staffs, path: str) -> None:
    """WCAG 2.1.4: who speaks to a computer presses keys without meaning to."""
    page = staffs(path)
    page.get_by_role("button", name="Turn the keys off").press("Enter")
    for _ in range(2):
        page.keyboard.press("j")
        assert page.locator("[data-current]").count() == 0
        page.reload()
    page.get_by_role("button", name="Turn the keys on").press("Enter")
    page.keyboard.press("j")
    assert page.locator("[data-current]").count() == 1
