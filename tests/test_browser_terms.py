"""Two terms side by side, and the diary measured against a term, in the real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from db.connection import open_database
from tests import web_fixture
from tests.browsing import CONTRAST, Open, Site, browser, open_page, served, sign_in

__all__ = ["browser", "open_page"]  # fixtures

pytestmark = pytest.mark.browser
# Every seventh post carries both terms, every other one of the rest the second alone.
_BOTH = (
    "insert into matches select campaign_id, post_id, 2, published_at, 0 from matches "
    "where campaign_id = 1 and post_id % 7 = 0"
)
_SECOND = (
    "update matches set term_id = 2 where campaign_id = 1 and term_id = 1 "
    "and post_id % 7 <> 0 and post_id % 2"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("terms")
    path = web_fixture.make(folder / "x.db", simulated=True)
    with closing(open_database(path)) as db:
        db.conn.execute("begin")
        db.conn.execute(_BOTH)
        db.conn.execute(_SECOND)
        web_fixture.recount(db.conn)
        db.conn.execute("commit")
    with served(folder) as running:
        yield running


def test_two_terms_are_compared_by_the_form(open_page: Open) -> None:
    page = open_page("/-/compare?a_campaign=labourleaks")
    page.locator("select[name=a_term]").select_option(label="#LabourLeaks")
    page.locator("select[name=b_term]").select_option(label="#LabourLeadership")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**b_term=labourleadership**")
    heads = page.locator("table.compared thead th").all_inner_texts()
    times = [head.splitlines()[1] for head in heads[:2]]
    assert times[0] == times[1], "without a time, of the same one"
    voice = page.locator("section:has(#h-voice)").inner_text()
    assert "#LabourLeaks: #LabourLeadership" in voice
    assert "carry both, and count for each" in voice
    assert page.get_by_text("Not counted by term.").count() == 6
    assert page.evaluate(CONTRAST) == []


def test_the_form_of_two_terms_fits_a_phone(open_page: Open) -> None:
    query = "a_campaign=labourleaks&a_term=labourleaks&b_term=labourleadership"
    page = open_page(f"/-/compare?{query}", width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_diary_is_measured_against_what_is_chosen(open_page: Open) -> None:
    page = open_page("/-/diary/labourleaks?range=7d")
    page.get_by_label("Of the posts with").select_option(label="#LabourLeaks")
    page.get_by_label("Measured against").select_option(label="#LabourLeadership")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**against=term%3Alabourleadership**")
    panel = page.locator("section:has(#h-diary)")
    assert "Measured: the posts with #LabourLeaks, against" in panel.inner_text()
    assert "of #LabourLeadership's posts carry #LabourLeaks too" in panel.inner_text()
    page.get_by_role("link", name="30 days").click()
    page.wait_for_url("**range=30d**")
    assert "term=labourleaks&against=term%3Alabourleadership" in page.url
    page.get_by_label("Measured against").select_option(value="campaign:harbour")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**against=campaign%3Aharbour**")
    assert page.locator("article.post").count() == 2
    panel.get_by_role("link", name="query").nth(2).click()
    page.wait_for_url("**/campaigns/event_counts?campaign=harbour**")


def test_the_choice_outlives_a_new_entry_and_fits_a_phone(open_page: Open) -> None:
    path = "/-/diary/labourleaks"
    page = open_page(path, width=360)
    sign_in(page)
    page.goto(f"{page.url.rstrip('/')}{path}?against=campaign:harbour")
    page.get_by_label("When (UTC)").fill("2025-05-10T09:00")
    page.get_by_label("What", exact=True).fill("A visit")
    page.get_by_role("button", name="Note it").click()
    page.wait_for_url("**against=campaign%3Aharbour**")
    assert page.get_by_role("heading", name="A visit").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(CONTRAST) == []
