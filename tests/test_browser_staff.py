"""What staff do on the pages, in the real Chromium."""

from __future__ import annotations

import re

import pytest

from tests.browsing import Open, browser, open_page, sign_in, site

__all__ = ["browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser
LABEL = "/-/label/labourleaks"


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
    draws = page.get_by_role("button", name="Draw 20 more now")
    assert draws.evaluate("one => one === document.activeElement")
    page.keyboard.press("Enter")
    page.locator("input[name=post]").wait_for(state="attached")
    # A post that was drawn before is not asked about again.
    assert re.search(r"(1[5-9]|20) to go", page.locator("h2").inner_text())


INBOX = "/-/inbox/labourleaks"


def test_the_inbox_is_worked_off_by_keys(open_page: Open) -> None:
    page = open_page("/")
    sign_in(page)
    page.goto(page.url.rstrip("/") + INBOX)
    items = page.locator("[data-item]")
    before = items.count()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("[data-current]").get_attribute("id")
    assert first == items.first.get_attribute("id")
    page.keyboard.press("n")
    page.keyboard.type("told the press room, j and k are letters")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.wait_for_url("**status=open**")
    assert page.locator("[data-item]").count() == before - 1
    page.get_by_role("link", name="done", exact=True).click()
    shown = page.locator(f"#{first} .history").inner_text()
    assert "ana" in shown
    assert "told the press room, j and k are letters" in shown


def test_a_slip_is_undone_by_a_key_and_read_out(open_page: Open) -> None:
    page = open_page("/")
    sign_in(page)
    page.goto(page.url.rstrip("/") + INBOX)
    items = page.locator("[data-item]")
    first = items.first.get_attribute("id")
    before = items.count()
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.wait_for_url("**wrote=**")
    # A live region that changes after the page is there: what a screen reader reads.
    live = page.locator(".notice.done [role=status]")
    live.filter(has_text="is done now; it was open").wait_for(state="attached")
    assert items.count() == before - 1
    page.keyboard.press("z")
    page.wait_for_url("**told=Undone**")
    assert items.count() == before
    assert items.first.get_attribute("id") == first


def test_the_inbox_is_undone_without_scripts(open_page: Open) -> None:
    page = open_page("/", scripts=False)
    sign_in(page)
    page.goto(page.url.rstrip("/") + INBOX)
    page.locator("[data-item] button[value=done]").first.click()
    told = page.locator(".notice.done")
    assert "is done now; it was open" in told.inner_text()
    told.get_by_role("button", name="Undo").click()
    assert "Undone: the post is open again" in page.locator(".notice").inner_text()


def test_two_people_at_once_lose_nothing(open_page: Open) -> None:
    ana, ada = open_page("/"), open_page("/")
    for page, name in ((ana, "ana"), (ada, "ada")):
        sign_in(page, name)
        page.goto(page.url.rstrip("/") + INBOX)
    post = ana.locator("[data-item]").first.get_attribute("id")
    for page, note, state in (
        (ana, "I write to them", "waiting"),
        (ada, "I rang", "done"),
    ):
        item = page.locator(f"#{post}")
        item.get_by_label("Note", exact=True).fill(note)
        item.get_by_role("button", name=state).click()
        page.wait_for_url("**status=open**")
    assert "ana wrote in the meantime" in ada.locator(".notice").first.inner_text()
    ada.get_by_role("link", name="done", exact=True).click()
    history = ada.locator(f"#{post} .history").inner_text()
    assert "I write to them" in history
    assert "I rang" in history


@pytest.mark.parametrize("path", [INBOX, LABEL, "/-/login"])
def test_staffs_pages_fit_a_phone(open_page: Open, path: str) -> None:
    page = open_page("/", width=360)
    sign_in(page)
    page.goto(page.url.rstrip("/") + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("window.hacked") is None
