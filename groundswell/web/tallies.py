"""Small pictures of counts: hashtags that stand together, languages. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundswell.web.data import Row

TAGS = 12
SHADES = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """posts: that carry both. shade: 0 (none) to SHADES, by the root of posts, so that few
    great cells do not drown the others; None: a tag with itself."""

    posts: int
    shade: int | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """lines: each tag with its cells, one for every tag, in the order of the lines.
    examined: posts that were looked at; looked_to: back to when, None: all of the time."""

    lines: tuple[tuple[str, tuple[Cell, ...]], ...]
    examined: int
    looked_to: str | None


def matrix(rows: Sequence[Row]) -> Matrix | None:
    """Rows of `hashtag_pairs`, each pair in both of its places; None: no two hashtags."""
    tags = [row["tag"] for row in rows if row["tag"] == row["other"]]
    if len(tags) < 2:
        return None
    posts = {(row["tag"], row["other"]): int(row["posts"]) for row in rows}
    most = max((n for (one, other), n in posts.items() if one != other), default=0)

    def cell(one: str, other: str) -> Cell:
        count = posts.get((one, other)) or posts.get((other, one), 0)
        return Cell(count, None if one == other else _shade(count, most))

    lines = tuple((one, tuple(cell(one, other) for other in tags)) for one in tags)
    return Matrix(lines, rows[0]["examined"], rows[0]["looked_to"])


def _shade(posts: int, most: int) -> int:
    return math.ceil(SHADES * math.sqrt(posts / most)) if posts else 0


def languages(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows of `languages`, each with the widths of its bar's parts in per cent of the first
    one's: `scored` and, after it, `rest`."""
    top = max((row["posts"] for row in rows), default=0) or 1
    return [
        {
            **row,
            "scored": round(100 * (row["posts"] - row["unscored"]) / top, 1),
            "rest": round(100 * row["unscored"] / top, 1),
        }
        for row in rows
    ]
