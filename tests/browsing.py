"""A served fixture and a real Chromium, for the tests that need either."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.signing_in import PASSWORD

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
Open = Callable[..., Page]
Mine = Callable[[Page], None]


@dataclass
class Site:
    """A running server, and what it and the browser said."""

    address: str
    said: list[str] = field(default_factory=list)


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """The fixture's file in a process of its own, which may fail at nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    command = [
        sys.executable,
        "-m",
        "tests.web_fixture",
        str(folder / "x.db"),
        str(port),
    ]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=out, text=True
        )
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip().rstrip("/")
            assert address, log.read_text()
            yield Site(address)
        finally:
            process.terminate()
            process.wait(timeout=20)
            process.stdout.close()
    # pytest shows this where a test failed.
    print(log.read_text())
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is missing: apt install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """Opens a path; fails the test for an error in the console or a foreign request."""
    said: list[str] = []
    contexts = []

    def note_request(request: Request) -> None:
        if not request.url.startswith((site.address, "data:")):
            said.append(f"asked another host: {request.url}")

    def open_one(
        path: str, *, width: int = 1280, dark: bool = False, scripts: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("request", note_request)
        page.goto(site.address + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert said == []


def sign_in(page: Page, name: str = "ana") -> None:
    """Signs in by the form; the page is then the first one."""
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=f"Sign out ({name})").wait_for()


@pytest.fixture(scope="module")
def ana(browser: Browser, site: Site) -> Mine:
    """Makes a page ana's: she signs in once, for many tries make the server slow."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.address)
    sign_in(page)
    cookies: list[Any] = [dict(one) for one in context.cookies()]
    context.close()
    return lambda page: page.context.add_cookies(cookies)


def drawn(page: Page) -> None:
    """Waits until every chart of the page is drawn that is not folded away."""
    page.wait_for_function(
        "[...document.querySelectorAll('.picture')].every("
        "p => p.dataset.drawn || p.closest('details:not([open])'))"
    )
    assert page.locator(".picture[data-drawn=no]").count() == 0


# Texts with less than WCAG's contrast of 4.5 to their ground.
CONTRAST = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const f = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const e of document.querySelectorAll("main *, .gs-simulated, footer *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest("svg, script, .sr")) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${e.className}: ${e.textContent.trim()} ${ratio}`);
  }
  return poor;
}"""
