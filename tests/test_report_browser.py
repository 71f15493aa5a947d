"""A report in the real Chromium: wide, on a telephone, and where all else is dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from groundswell.reports import html
from tests.browsing import ARGS, CHROMIUM, CONTRAST
from tests.test_report_files import drawn
from tests.web_fixture import make

pytestmark = pytest.mark.browser
# The report's own words stand on the report's own ground.
_READABLE = CONTRAST.replace('"main *, .gs-simulated, footer *"', '"body *"')


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing")
def test_a_report_is_readable_everywhere(tmp_path: Path) -> None:
    page_file = tmp_path / "report.html"
    found = drawn(make(tmp_path / "x.db"), "yesterday")
    page_file.write_text(html.render(found, "https://monitor.example"))
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for width, dark in ((800, False), (800, True), (360, False), (360, True)):
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if dark else "light",
            )
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.goto(page_file.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(_READABLE) == []
            assert page.evaluate("window.hacked") is None
        browser.close()
    assert set(asked) == {page_file.as_uri()}
