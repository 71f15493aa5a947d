"""Evidence from the web, in the real Chromium: pressed, watched, checked, opened."""

from __future__ import annotations

import socket
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, expect

from groundswell.cli import main
from groundswell.exports import verifying
from tests.browsing import CONTRAST, Open, Site, browser, open_page, site
from tests.every_page import SMALL, width_of

__all__ = ["browser", "open_page", "site"]  # fixtures

pytestmark = pytest.mark.browser

PAGE = "/-/download/labourleaks?range=24h"


def test_the_pack_is_pressed_watched_checked_and_opened_offline(
    open_page: Open,
    browser: Browser,
    tmp_path: Path,
) -> None:
    page = open_page("/-/posts/labourleaks?range=24h")
    page.get_by_role("link", name="Download them, or evidence for a lawyer").click()
    page.evaluate(
        "window.heard = []; new MutationObserver(() => heard.push(document.querySelector("
        "'[data-said]').textContent)).observe(document.querySelector('[data-said]'), "
        "{childList: true})"
    )
    assert page.get_by_role("status").last.get_attribute("data-said") is not None
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download evidence").click()
        expect(page.get_by_role("heading", name="Your download")).to_be_visible()
    pack = tmp_path / downloaded.value.suggested_filename
    downloaded.value.save_as(pack)
    assert pack.name.startswith("labourleaks-2025-05-10-2025-05-11-evidence")
    expect(page.locator("[data-said]")).to_contain_text("Evidence pack: done, ")
    heard = page.evaluate("window.heard")
    assert [one.partition(",")[0] for one in heard] == [
        "Evidence pack: it begins.",
        "Evidence pack: done",
    ], "progress is shown, beginning and end are announced"
    mark = verifying.fingerprint(pack)
    assert mark in heard[-1]
    expect(page.get_by_role("heading", name="Your download")).to_be_hidden()
    result = CliRunner().invoke(main, ["verify", str(pack), "--fingerprint", mark])
    assert result.exit_code == 0, result.output
    _opens_offline(browser, pack, tmp_path)


def _opens_offline(browser: Browser, pack: Path, folder: Path) -> None:
    with ZipFile(pack) as archive:
        archive.extract("index.html", folder)
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = (folder / "index.html").as_uri()
    page.goto(address)
    posts = verifying.verify(pack).manifest["posts"]
    assert page.locator("article").count() == posts > 9
    assert page.evaluate("window.hacked") is None
    assert page.get_by_text("<script>window.hacked = 1</script>").count() == 1
    assert page.get_by_text("An <b>earlier</b> version").count() == 1
    assert asked == [address]
    context.close()


def test_without_scripts_it_is_a_link(
    open_page: Open,
    tmp_path: Path,
) -> None:
    page = open_page(PAGE, scripts=False)
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download evidence").click()
    downloaded.value.save_as(tmp_path / "x.zip")
    assert verifying.verify(tmp_path / "x.zip").problems == []


def test_evidence_of_one_post(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/-/posts/labourleaks?q=dreadful")
    page.get_by_role("link", name="Evidence of post").last.click()
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download evidence").click()
    downloaded.value.save_as(tmp_path / "x.zip")
    verdict = verifying.verify(tmp_path / "x.zip")
    assert verdict.problems == []
    (uri,) = verdict.manifest["filter"]["posts"]
    assert uri.startswith("https://")
    assert verdict.manifest["posts"] == 1


def test_it_may_be_cancelled(open_page: Open, site: Site) -> None:
    page = open_page("/-/download/labourleaks?range=all")
    page.get_by_role("link", name="Download evidence").click()
    page.get_by_role("button", name="Cancel").click()
    said = "Evidence pack: cancelled; nothing of it is kept."
    expect(page.locator("[data-said]")).to_have_text(said, timeout=20_000)
    assert _status(site, "/-/export/labourleaks?range=x&format=csv") == 400
    assert _status(site, "/-/export/labourleaks?format=gexf") == 200, (
        "the place is free"
    )


def _status(site: Site, path: str) -> int:
    connection = HTTPConnection(urlsplit(site.address).netloc)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _holding(site: Site) -> socket.socket:
    """Somebody at this address who downloads and takes nothing."""
    parts = urlsplit(site.address)
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    held.connect(("127.0.0.1", parts.port))
    path = "/-/export/labourleaks?format=evidence"
    held.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    while _status(site, "/-/export/labourleaks?format=gexf") != 429:
        pass
    return held


def test_who_has_no_place_waits_and_then_has_it(
    open_page: Open,
    site: Site,
    tmp_path: Path,
) -> None:
    page = open_page(PAGE)
    page.clock.install()
    held = _holding(site)
    page.locator("a[data-download=CSV]").click()
    told = page.locator("[data-told]")
    expect(told).to_contain_text("Your other download is still under way")
    expect(told).to_contain_text("Trying again in 10 s.")
    held.close()
    with page.expect_download() as downloaded:
        page.clock.run_for(11_000)
    downloaded.value.save_as(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"published_at,platform")


def test_a_page_that_says_so_tries_again_by_itself(
    browser: Browser, site: Site
) -> None:
    context = browser.new_context()  # an answer of 429 is an error in the console
    page = context.new_page()
    page.clock.install()
    held = _holding(site)
    page.goto(f"{site.address}/-/export/labourleaks?format=csv")
    expect(page.get_by_role("heading")).to_have_text("The download has to wait")
    expect(page.locator("[data-retry]")).to_contain_text("tries again by itself")
    assert page.evaluate(CONTRAST) == []
    held.close()
    with page.expect_download():
        page.clock.run_for(11_000)
    expect(page.locator("[data-retry]")).to_contain_text("this page can be closed")
    context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_it_reads_on_a_telephone(open_page: Open, *, dark: bool) -> None:
    page = open_page(PAGE, width=390, dark=dark)
    assert width_of(page) <= 390
    assert page.evaluate(SMALL) == []
    assert page.evaluate(CONTRAST) == []
