"""The evidence pack's pages: HTML that needs no network and runs no script.

What people wrote is hostile: Jinja escapes all of it, links are http(s) alone, and the
page's own rule forbids whatever would get past that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from db.times import to_text
from groundswell import __version__
from groundswell.exports import about as facts
from groundswell.exports import selecting
from groundswell.exports.about import About
from groundswell.exports.links import safe_url

POSTS = 1000  # of a page
_COUNTS = ("replies", "reposts", "likes", "quotes", "views")
# Control characters as their pictures: a browser drops or replaces them unseen.
_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20) if code not in {9, 10}},
    0x7F: 0x2421,
}
Looked = tuple[dict[str, Any], list[tuple[Any, ...]], list[tuple[Any, ...]]]


def pages(posts: int) -> int:
    """How many pages so many posts take; one where there are none."""
    return max(1, -(-posts // POSTS))


def name(number: int) -> str:
    """The file of a page, counted from 1."""
    return "index.html" if number == 1 else f"posts-{number:04d}.html"


def page(
    about: About, posts: Iterator[Looked], number: int, tick: Callable[[], None]
) -> Iterator[bytes]:
    """A page, which takes its posts (of db.exporting.with_history) off the iterator."""

    def own() -> Iterator[dict[str, Any]]:
        for looked in islice(posts, POSTS):
            yield _post(*looked)
            tick()

    stream = _template().stream(
        about=about,
        filter=list(selecting.sentences(about.selection)),
        hours=facts.hours(about.coverage),
        left_out=list(facts.left_out(about)),
        meant=facts.MEANT,
        name=name,
        number=number,
        pages=pages(about.posts),
        posts=own(),
        first=(number - 1) * POSTS + 1,
        states=facts.STATES,
        version=__version__,
        written_at=to_text(about.written_at),
    )
    stream.enable_buffering(200)
    for part in stream:
        yield part.encode()


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(safe_url=safe_url, shown=shown)
    return environment.get_template("pack.html")


def shown(text: str | None) -> str:
    """A text with its control characters as pictures."""
    return (text or "").translate(_PICTURES)


def _post(
    row: dict[str, Any], seen: list[tuple[Any, ...]], before: list[tuple[Any, ...]]
) -> dict[str, Any]:
    return {
        **row,
        "counts": [(one, row[one]) for one in _COUNTS if row[one] is not None],
        "seen": [
            dict(zip(("source", "platform", "first_at", "last_at"), one, strict=True))
            for one in seen
        ],
        "before": [
            dict(
                zip(
                    ("version", "seen_at", "text", "title", "warning"), one, strict=True
                )
            )
            for one in before
        ],
    }
