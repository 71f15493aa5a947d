"""The pages in the real Chromium, served by a process of their own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browsing import CONTRAST, Open, Site, browser, drawn, open_page, site

__all__ = ["browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/-/campaign/labourleaks",
    "/-/campaign/labourleaks?range=24h",
    "/-/sources",
    "/-/compare?a_campaign=labourleaks&b_campaign=harbour",
    "/-/posts/labourleaks",
]
CAMPAIGN = "/-/campaign/labourleaks"


@pytest.mark.parametrize("path", PAGES)
def test_pages_open_without_errors_or_foreign_hosts(open_page: Open, path: str) -> None:
    page = open_page(path)
    drawn(page)
    assert page.locator("h1").count() == 1
    assert page.evaluate("window.hacked") is None
    assert page.locator(".gs-simulated").is_visible()


def test_charts_are_drawn_as_svg_with_marks(open_page: Open) -> None:
    page = open_page(CAMPAIGN)
    drawn(page)
    assert page.locator(".picture svg").count() == 4
    bars = page.locator("#volume-3 .mark-rect path[fill='var(--bar)']")
    assert bars.count() == 168
    kinds = ("negative", "neutral", "positive", "unscored")
    for kind in kinds:
        assert page.locator(f"#sentiment path[fill='url(#gs-{kind})']").count() > 10


def test_blind_time_is_really_hatched(open_page: Open) -> None:
    """The pattern must reach the screen: its lines and its ground differ in colour."""
    page = open_page(f"{CAMPAIGN}?range=24h")
    drawn(page)
    hatch = page.locator("#volume-2 path[fill='url(#gs-blind)']")
    assert hatch.count() == 2
    box = hatch.first.bounding_box()
    assert box is not None
    assert box["height"] > 80
    assert _colours(page, box) >= 3
    quiet = {**box, "x": box["x"] - box["width"] * 5, "height": 20.0}
    assert _colours(page, quiet) <= _colours(page, box)


def _colours(page: Page, box: dict[str, float]) -> int:
    """How many colours a part of the page shows."""
    import base64

    picture = base64.b64encode(page.screenshot(clip=box, full_page=True)).decode()  # type: ignore[arg-type]
    return int(
        page.evaluate(
            """async (data) => {
                const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
                const bitmap = await createImageBitmap(new Blob([bytes]));
                const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
                const context = canvas.getContext("2d");
                context.drawImage(bitmap, 0, 0);
                const all = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
                const seen = new Set();
                for (let i = 0; i < all.length; i += 4)
                    seen.add((all[i] << 16) | (all[i + 1] << 8) | all[i + 2]);
                return seen.size;
            }""",
            picture,
        )
    )


def test_filters_work_by_clicking_and_live_in_the_address(open_page: Open) -> None:
    page = open_page(CAMPAIGN)
    page.get_by_role("link", name="24 hours").click()
    page.wait_for_url("**range=24h**")
    page.locator("select[name=platform]").select_option("bluesky")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**platform=bluesky**")
    drawn(page)
    assert "range=24h" in page.url
    assert page.locator("figure.chart .picture.low").count() == 1
    assert page.locator("#volume-1").get_attribute("aria-label").startswith("bluesky")
    page.get_by_label("From", exact=True).fill("2025-05-02")
    page.get_by_label("To", exact=True).fill("2025-05-03")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**from=2025-05-02**")
    drawn(page)
    assert "2 May 2025, 00:00" in page.locator(".showing").inner_text()
    page.go_back()
    assert "range=24h" in page.url


def test_the_page_works_from_the_keyboard(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_url("**/#main")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_each_chart_has_its_numbers_as_a_table(open_page: Open) -> None:
    page = open_page(f"{CAMPAIGN}?range=24h")
    for section in ("#h-volume", "#h-sentiment"):
        panel = page.locator(f"section:has({section})")
        panel.locator("details.numbers summary").click()
        assert panel.locator("details.numbers tbody tr").count() == 24
        assert panel.locator("caption").count() == 1
    unnamed = page.evaluate(
        """[...document.querySelectorAll('[role=img], a, button, input, select')]
        .filter((e) => e.type !== 'hidden' && !(e.ariaLabel || e.textContent.trim()
          || e.labels?.length)).length"""
    )
    assert unnamed == 0


def test_the_page_reads_without_javascript(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + CAMPAIGN)
    assert page.locator("details.numbers").count() == 2
    assert page.locator(".post").count() > 20
    context.close()


@pytest.mark.parametrize("path", [*PAGES, "/campaigns/volume?campaign=labourleaks"])
def test_a_telephone_needs_no_sideways_scrolling(open_page: Open, path: str) -> None:
    page = open_page(path, width=360)
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", ["/", CAMPAIGN, "/-/sources"])
def test_words_stand_out_from_their_ground(
    open_page: Open, path: str, dark: bool
) -> None:
    """WCAG's contrast of 4.5 for all text, in light and dark."""
    page = open_page(path, dark=dark)
    drawn(page)
    assert page.evaluate(CONTRAST) == []


def test_posts_are_walked_and_filtered_by_keys(open_page: Open) -> None:
    page = open_page("/-/posts/labourleaks?range=24h", width=360)
    page.keyboard.press("j")
    page.keyboard.press("j")
    items = page.locator("[data-item]")
    assert items.nth(1).get_attribute("data-current") == ""
    page.keyboard.press("/")
    page.keyboard.type("wonderful")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=wonderful**")
    assert "range=24h" in page.url
    assert items.count() > 0
    shown = [one for one in items.all_inner_texts() if "Content warning" not in one]
    assert [one for one in shown if "onderful" not in one] == []
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_open_page_keeps_fresh_without_losing_the_place(open_page: Open) -> None:
    page = open_page(CAMPAIGN)
    drawn(page)
    page.locator("#h-sentiment").evaluate("one => one.closest('section').id = 'was'")
    page.locator("#was details").first.evaluate("one => one.open = true")
    page.locator("#was").evaluate("one => one.scrollIntoView()")
    # As if the server had written something else when the page was opened.
    page.evaluate(
        """() => {
            const fetched = window.fetch;
            window.fetch = async (...given) => {
                const answer = await fetched(...given);
                const text = (await answer.text()).replaceAll('>Sentiment<', '>Moods<');
                return new Response(text, { status: 200 });
            };
        }"""
    )
    place = page.evaluate("scrollY")
    page.evaluate("document.dispatchEvent(new Event('gs-refresh'))")
    page.get_by_role("heading", name="Moods").wait_for()
    drawn(page)
    section = page.locator("section[aria-labelledby=h-sentiment]")
    assert section.count() == 1
    assert section.locator("details").first.evaluate("one => one.open")
    assert section.locator("svg").count() > 1
    assert page.evaluate("scrollY") == place
    assert page.locator("[data-live-status]").inner_text() == "Kept fresh every minute."


def test_a_page_whose_server_is_gone_says_so(open_page: Open) -> None:
    page = open_page(CAMPAIGN)
    page.evaluate("window.fetch = async () => new Response('', { status: 503 })")
    page.evaluate("document.dispatchEvent(new Event('gs-refresh'))")
    page.get_by_text("could not be brought up to date").wait_for()


def test_what_happened_is_a_line_with_a_letter_in_each_chart(open_page: Open) -> None:
    page = open_page(CAMPAIGN)
    drawn(page)
    listed = page.locator("ol.marks li > b").all_inner_texts()
    assert listed == ["A", "B"]
    for number in (1, 2, 3):
        chart = page.locator(f"#volume-{number}")
        assert chart.locator(".mark-rule.role-mark line").count() == 2
        assert chart.locator(".mark-text.role-mark text").all_text_contents() == listed
    line = page.locator("#volume-1 .mark-rule.role-mark line").first
    box = line.bounding_box()
    assert box is not None
    assert box["height"] > 80
    stroke = line.evaluate("(one) => getComputedStyle(one).stroke")
    dark = open_page(CAMPAIGN, dark=True)
    drawn(dark)
    other = dark.locator("#volume-1 .mark-rule.role-mark line").first
    assert other.evaluate("(one) => getComputedStyle(one).stroke") != stroke
