"""The filters of a campaign's page in the real Chromium: set, seen, taken off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

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


FOLDED = "details[data-narrow-folds]"


def folded_charts(page: Page) -> None:
    """As where there are many platforms: the charts after the first are in a fold."""

    def fold(route: Route) -> None:
        answer = route.fetch()
        first, *rest = answer.text().split('<figure class="chart">')
        figure, fold = '<figure class="chart">', "<details data-narrow-folds open>"
        rest[1] = f"{rest[1]}</details>"
        rest[0] = f"{rest[0]}{fold}<summary>more</summary>"
        route.fulfill(response=answer, body=figure.join([first, *rest]))

    page.route("**/-/campaign/labourleaks", fold)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_fold_is_closed_on_a_phone_and_drawn_when_it_opens(
    open_page: Open, width: int
) -> None:
    page = open_page("/", width=width)
    folded_charts(page)
    page.goto(page.url.rstrip("/") + CAMPAIGN)
    drawn(page)
    folds = page.locator(FOLDED)
    opened = folds.evaluate_all("all => all.map(one => one.open)")
    assert opened == [width > 600] * 2  # a chart, and the older posts
    inside = folds.first.locator(".picture")
    if width < 600:
        assert inside.get_attribute("data-drawn") is None
        height = page.evaluate("document.documentElement.scrollHeight")
        for fold in folds.all():
            fold.locator("summary").first.click()
        assert page.evaluate("document.documentElement.scrollHeight") > height + 1000
    page.locator(f"{FOLDED} .picture[data-drawn=yes]").wait_for()
    drawing = inside.locator("svg").first.bounding_box()
    assert drawing
    assert drawing["width"] > width / 2
