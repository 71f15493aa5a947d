"""Every kind of page there is, and what the browser is asked about each of them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

CAMPAIGN = "/-/campaign/labourleaks"
OURS = [
    "/",
    CAMPAIGN,
    "/-/posts/labourleaks",
    "/-/download/labourleaks",
    "/-/pushing/labourleaks",
    "/-/diary/labourleaks",
    "/-/inbox/labourleaks",
    "/-/label/labourleaks",
    "/-/compare?a_campaign=labourleaks&b_campaign=harbour",
    "/-/sources",
    "/-/api",
    "/-/login",
]
# These look different to people who are signed in.
STAFFS = [
    CAMPAIGN,
    "/-/diary/labourleaks",
    "/-/inbox/labourleaks",
    "/-/label/labourleaks",
]
# Datasette's own pages, in our clothes.
DATASETTES = [
    "/campaigns",
    "/campaigns/timeline",
    "/campaigns/volume?campaign=labourleaks",
    "/campaigns/posts/1",
    "/campaigns/search_posts?q=party",
]
# An answer of 404 is an error in the browser's console, so these are opened on their own.
MISSING = ["/-/campaign/nowhere", "/campaigns/nowhere", "/campaigns/posts/999999"]

# What the keyboard reaches and can be pressed, but for links inside running text, where
# WCAG 2.2 (2.5.8) asks for no size: a link is inside text if its block has words of its
# own beside the links.
SMALL = """() => {
  const inText = (e) => {
    if (e.tagName !== "A" || getComputedStyle(e).display !== "inline") return false;
    const block = e.closest("p, li, dd, td, th, figcaption, .quiet");
    const links = [...(block?.querySelectorAll("a") ?? [])];
    const told = links.reduce((n, a) => n + a.textContent.trim().length, 0);
    return block && block.textContent.trim().length > told;
  };
  const small = [];
  for (const e of document.querySelectorAll("a[href], button, input, select, summary")) {
    const box = e.getBoundingClientRect();
    if (!box.width || e.type === "hidden" || e.matches(".skip") || inText(e)) continue;
    if (box.width < 24 || box.height < 24)
      small.push(`${e.outerHTML.slice(0, 90)} ${box.width} x ${box.height}`);
  }
  return small;
}"""

# Where the focus is: what it is, whether it can be seen, and its place in the document.
FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const all = [...document.querySelectorAll("*")];
  return {
    place: all.indexOf(e),
    told: e.outerHTML.slice(0, 90),
    marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    shown: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
    tag: e.tagName,
  };
}"""

# What Tab must come by. Of a date, Chromium stops at each part.
STOPS = """() => [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((e) => e.checkVisibility({ contentVisibilityAuto: true }) && !e.disabled)
  .length"""


def width_of(page: Page) -> int:
    """How wide the page's content is, in pixels; more than the window means scrolling."""
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    return wide


def walk(page: Page) -> list[dict[str, Any]]:
    """Every stop of the keyboard from the top of the page to its end, in order."""
    stops: list[dict[str, Any]] = []
    for _ in range(2000):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["place"] < stops[0]["place"]):
            return stops
        if stops and stop == stops[0]:
            return stops
        stops.append(stop)
    raise AssertionError("Tab never comes to the end of the page")
