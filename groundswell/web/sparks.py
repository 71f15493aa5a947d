"""Small columns of posts over time, all platforms together, and what was unseen. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby

from db.times import from_text
from groundswell.web import words
from groundswell.web.charts import STEPS, Bar
from groundswell.web.data import Row

_LEAST = 4  # per cent of the height: as low as anything is drawn
_TOLD = 0.005  # a part of a column under this is not hatched


def tallest(rows: Sequence[Row]) -> int:
    """Posts of the largest slot, all platforms together: rows of `volume`."""
    by_slot: Counter[str] = Counter()
    for row in rows:
        by_slot[row["bucket"]] += row["posts"] or 0
    return max(by_slot.values(), default=0)


def unseen(rows: Sequence[Row], bucket: str, to_at: str) -> dict[str, float]:
    """For each slot of rows of `volume` the part that was not seen, 0 to 1: of the
    platforms that are watched, each counted by its usual posts. 1: nothing was seen. Of a
    slot that is not over at to_at, time to come is not unseen.

    Usual are a platform's posts in the slots of these rows for the share of them that was
    seen; a platform that was seen in none of them counts as the mean of the others."""
    watched = [row for row in rows if row["sources"]]
    weights = _usual(watched)
    parts = {}
    ordered = sorted(watched, key=lambda row: str(row["bucket"]))
    for start, group in groupby(ordered, key=lambda row: str(row["bucket"])):
        slot = list(group)
        whole = sum(weights[row["platform"]] for row in slot)
        lost = sum(weights[row["platform"]] * (1 - row["covered"]) for row in slot)
        over = (from_text(to_at) - from_text(start)) / STEPS[bucket]
        seen = any(row["covered"] for row in slot)
        parts[start] = min(1.0, over) * lost / whole if seen else 1.0
    return parts


def _usual(rows: Sequence[Row]) -> Mapping[str, float]:
    """Posts of a whole slot, by platform; more than 0, as a silent one might have posts."""
    posts, seen = defaultdict[str, int](int), defaultdict[str, float](float)
    for row in rows:
        if row["covered"]:
            posts[row["platform"]] += row["posts"] or 0
        seen[row["platform"]] += row["covered"]
    # As if it had one post more: of few posts nobody knows that there are usually none.
    known = {name: (posts[name] + 1) / part for name, part in seen.items() if part}
    mean = sum(known.values()) / len(known) if known else 1.0
    return {name: known.get(name, mean) for name in seen}


def sparkline(
    rows: Sequence[Row],
    *,
    later_from: str,
    bucket: str,
    to_at: str,
    tallest: int | None = None,
) -> list[Bar]:
    """Rows of `volume`, all platforms together. tallest: posts that fill the height; the
    largest slot's, if left out. bucket, to_at: what the rows are of, and until when.

    kind: earlier or later: posts; blind: a slot of which nothing was seen; partly: from the
    top, as high as the part of it that was not seen.
    """
    counts: Counter[str] = Counter()
    for row in rows:
        counts[str(row["bucket"])] += row["posts"] or 0
    top = (max(counts.values(), default=0) if tallest is None else tallest) or 1
    lost = unseen(rows, bucket, to_at)
    step = 100 / max(1, len(counts))
    bars = []
    for n, start in enumerate(sorted(counts)):
        total, part = counts[start], lost.get(start, 0.0)
        if part == 1:
            bars.append(_bar(n * step, step, "blind"))
        if total:
            kind = "later" if start >= later_from else "earlier"
            tall = max(_LEAST, total / top * 100)
            bars.append(_bar((n + 0.1) * step, 0.8 * step, kind, tall))
        if _TOLD <= part < 1:
            tall = max(_LEAST, 100 * part)
            bars.append(_bar(n * step, step, "partly", tall, y=0))
    return bars


def _bar(
    x: float, width: float, kind: str, height: float = 100, y: float | None = None
) -> Bar:
    """It stands on the ground, or hangs from y."""
    top = 100 - height if y is None else y
    return Bar(round(x, 3), round(width, 3), round(top, 2), round(height, 2), kind)


def unseen_text(rows: Sequence[Row], bucket: str, to_at: str) -> str:
    """In how many hours, or days, nothing or a part was not seen; '': all was seen."""
    parts = unseen(rows, bucket, to_at).values()
    blind = sum(part == 1 for part in parts)
    partly = [part for part in parts if _TOLD <= part < 1]
    told = []
    if blind:
        told.append(f"Nothing was seen in {words.plural(blind, bucket)}.")
    if partly:
        most = words.percent(max(partly), 1)
        told.append(
            f"In {words.plural(len(partly), bucket)} a part was not seen, "
            f"{most} at most, each platform counted by its usual posts."
        )
    return " ".join(told)
