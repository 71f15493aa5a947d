"""A report as one HTML file that a mail client shows as it is meant.

Tables and inline styles only: clients drop style sheets, flex boxes, SVG and pictures in
data: addresses, so that bars are cells with a background. Gmail cuts a mail off at 102 kB;
where all of it would be longer, every campaign says less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from groundswell.reports.digest import SENTIMENTS, Digest, Report
from groundswell.reports.words import Figure, Words

LIMIT = 100_000  # bytes
COLOURS = {
    "negative": "#b3402f",
    "neutral": "#9aa3ad",
    "positive": "#2f7d57",
    "unscored": "#dfe3e8",
}
_BAR_PX = 60


@dataclass(frozen=True, slots=True)
class _Size:
    """How much is said of each campaign."""

    items: int
    posts: int
    unseen: int
    bars: bool = True


_SIZES = (_Size(10, 5, 9), _Size(5, 3, 5), _Size(3, 1, 3), _Size(0, 0, 1, bars=False))


def render(report: Report, base: str | None = None) -> str:
    """The file. base: the pages' address, without a slash at its end; None: no links to
    them, and a sentence that says how to get them."""
    for campaigns, size in _shorter(report.campaigns):
        shown = replace(report, campaigns=campaigns)
        left_out = len(report.campaigns) - len(campaigns)
        text = _template().render(
            report=shown,
            base=base,
            left_out=left_out,
            shortened=size is not _SIZES[0],
            link=lambda figure: _link(figure, base),
            pieces=_pieces,
            bar_px=_BAR_PX,
            colours=COLOURS,
            split=_split,
        )
        if len(text.encode()) <= LIMIT:
            return text
    return text


def _shorter(
    campaigns: Sequence[Digest],
) -> Iterator[tuple[tuple[Digest, ...], _Size]]:
    """Less and less; in the end also fewer."""
    for size in _SIZES:
        yield tuple(_cut(one, size) for one in campaigns), size
    least = tuple(_cut(one, _SIZES[-1]) for one in campaigns)
    while len(least) > 1:
        least = least[: len(least) * 3 // 4]
        yield least, _SIZES[-1]


def _cut(digest: Digest, size: _Size) -> Digest:
    return replace(
        digest,
        bars=digest.bars if size.bars else (),
        alerts=digest.alerts[: max(1, size.items)],
        links=digest.links[: size.items],
        hashtags=digest.hashtags[: size.items],
        voices=digest.voices[: size.items],
        shared=digest.shared[: size.posts],
        unseen=digest.unseen[: size.unseen],
    )


def _link(figure: Figure, base: str | None) -> str | None:
    return base + figure.path if base and figure.path else None


def _pieces(said: Words) -> list[Figure]:
    """A sentence as figures all, those without an address being words."""
    return [one if isinstance(one, Figure) else Figure(one) for one in said]


def _split(parts: Sequence[int]) -> list[tuple[str, int]]:
    """Name and width in per cent of each part of a bar; what is there is to be seen."""
    whole = sum(parts) or 1
    widths = [max(1, round(100 * part / whole)) if part else 0 for part in parts]
    most = widths.index(max(widths))
    widths[most] += 100 - sum(widths)
    pairs = zip(SENTIMENTS, widths, strict=True)
    return [(name, width) for name, width in pairs if width]


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=folder,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
