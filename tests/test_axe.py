"""WCAG 2.2 AA as far as axe-core can see it: every page, light and dark, small and large.

axe-core (MPL-2.0) comes with the package axe-playwright-python, and is used here alone.
docs/accessibility.md says what it cannot see.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests import web_fixture
from tests.browsing import (
    Browser,
    Mine,
    Open,
    Site,
    ana,
    browser,
    drawn,
    open_page,
    served,
    site,
)
from tests.every_page import DATASETTES, MISSING, OURS, STAFFS

__all__ = ["ana", "browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser
axe = pytest.importorskip(
    "axe_playwright_python.base",
    reason="axe-core is missing: pip install axe-playwright-python",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK = """(tags) => axe.run(document, {
  runOnly: { type: "tag", values: tags }, resultTypes: ["violations"],
})"""
# Rules that Datasette's own pages break, each with the reason. None is left.
KNOWN: dict[str, str] = {}


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is shown now."""
    page.evaluate(axe.AXE_SCRIPT)
    found = page.evaluate(ASK, RULES)["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
        if rule["id"] not in KNOWN
    ]


def in_all_lights(page: Page) -> list[str]:
    """What axe finds in light and dark, on a telephone and on a desk."""
    found = []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        drawn(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found += [f"{scheme} {width}: {one}" for one in violations(page)]
    return found


@pytest.mark.parametrize("path", OURS + DATASETTES)
def test_axe_finds_nothing(open_page: Open, path: str) -> None:
    assert in_all_lights(open_page(path)) == []


@pytest.mark.parametrize("path", [*STAFFS, "/-/logout"])
def test_axe_finds_nothing_on_what_staff_see(
    open_page: Open, ana: Mine, path: str
) -> None:
    page = open_page("/-/login")
    ana(page)
    page.goto(page.url.removesuffix("/-/login") + path)
    assert in_all_lights(page) == []


@pytest.fixture
def bare(browser: Browser) -> Iterator[Page]:
    """A page that may meet an answer of 404, which Chromium's console calls an error."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", MISSING)
def test_axe_finds_nothing_where_nothing_is(site: Site, bare: Page, path: str) -> None:
    answer = bare.goto(site.address + path)
    assert answer is not None
    assert answer.status == 404
    assert in_all_lights(bare) == []


def test_axe_finds_nothing_before_the_first_campaign(
    tmp_path: Path, bare: Page
) -> None:
    web_fixture.make_empty(tmp_path / "x.db")
    with served(tmp_path) as empty:
        for path in ("/", "/-/sources"):
            bare.goto(empty.address + path)
            assert in_all_lights(bare) == []


def test_axe_would_find_something(open_page: Open) -> None:
    """The check itself: a picture without words and grey on grey are seen."""
    page = open_page("/-/login")
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend",
        "<p id='pale'>pale</p><svg role='img' width='9' height='9'></svg>")"""
    )
    page.evaluate(
        """() => { const p = document.querySelector("#pale");
        p.style.color = "#999"; p.style.backgroundColor = "#aaa"; }"""
    )
    rules = {one.partition(":")[0] for one in violations(page)}
    assert rules == {"color-contrast", "svg-img-alt"}


def test_no_kind_is_told_by_its_colour_alone(open_page: Open) -> None:
    """Each pattern of the charts has a form of its own, whatever its colours."""
    page = open_page("/")
    forms = page.evaluate(
        """() => [...document.querySelectorAll("pattern")].map((one) =>
        (one.getAttribute("patternTransform") ?? "") +
        one.innerHTML.replace(/ (class|xmlns)="[^"]*"/g, "").trim())"""
    )
    assert len(forms) == 6
    assert len(set(forms)) == 6
