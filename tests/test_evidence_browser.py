"""The evidence pack's pages in the real Chromium, without a network."""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import sync_playwright

from db.connection import open_database
from tests import export_store
from tests.test_evidence import write

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def test_it_opens_offline_asks_for_nothing_and_runs_nothing(tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("Chromium is missing: apt install chromium")
    database = open_database(tmp_path / "campaigns.db")
    export_store.fill(database)
    with ZipFile(write(tmp_path / "pack.zip", database)) as archive:
        archive.extract("index.html", tmp_path)
    database.close()
    address = (tmp_path / "index.html").as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-gpu"],
        )
        context = browser.new_context(
            offline=True, viewport={"width": 390, "height": 800}
        )
        page = context.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(address)
        assert page.locator("article").count() == len(export_store.HOSTILE)
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("document.scripts.length") == 0
        wide = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert asked == [address]
    assert said == []
    assert wide <= 390
