"""Rows to pictures: Vega-Lite specifications and the geometry of small SVGs. Pure.

Colours are CSS variables and patterns that the page defines (templates/gs_patterns.html),
so light, dark and high contrast are the style sheet's business alone. Nothing is told by
colour alone: blind time is hatched, each sentiment has a pattern of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from db.times import from_text
from groundswell.web import markers
from groundswell.web.data import Row
from groundswell.web.markers import Mark

SENTIMENTS = ("negative", "neutral", "positive", "unscored")
STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_SEEN = 0.999

_TIME_FORMAT = {
    "minutes": "%H:%M",
    "hours": "%H:%M",
    "date": "%-d %b",
    "week": "%-d %b",
    "month": "%b %Y",
    "year": "%Y",
}
_CONFIG = {
    "background": "transparent",
    "font": "inherit",
    "aria": False,  # the figure has a sentence and a table instead of 500 bars
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor",
        "labelFontSize": 11,
        "labelOpacity": 0.8,
        "title": None,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "gridColor": "currentColor",
        "gridOpacity": 0.12,
    },
}


@dataclass(frozen=True, slots=True)
class PlatformVolume:
    """One platform's bars, with what was seen of its time (hours).

    rows: those of `volume`, one for each bucket, in order.
    """

    platform: str
    bucket: str
    posts: int
    seen_h: float
    total_h: float
    rows: tuple[Row, ...]


def by_platform(
    rows: Sequence[Row], *, bucket: str, from_at: str, to_at: str
) -> list[PlatformVolume]:
    """Rows of the `volume` query as one series for each platform."""
    ordered = sorted(rows, key=lambda row: (row["platform"], row["bucket"]))
    return [
        _series(platform, tuple(group), bucket=bucket, bounds=(from_at, to_at))
        for platform, group in groupby(ordered, key=lambda row: str(row["platform"]))
    ]


def _series(
    platform: str, rows: tuple[Row, ...], *, bucket: str, bounds: tuple[str, str]
) -> PlatformVolume:
    lengths = [_hours(row["bucket"], bucket, *bounds) for row in rows]
    seen = sum(h * row["covered"] for h, row in zip(lengths, rows, strict=True))
    posts = sum(row["posts"] or 0 for row in rows)
    return PlatformVolume(platform, bucket, posts, seen, sum(lengths), rows)


@lru_cache(4096)  # each platform has the same buckets
def _hours(start: str, bucket: str, from_at: str, to_at: str) -> float:
    """The asked part of a bucket."""
    begin = from_text(start)
    end = min(begin + STEPS[bucket], from_text(to_at))
    return max(0.0, (end - max(begin, from_text(from_at))) / timedelta(hours=1))


@lru_cache(4096)
def _slot(start: str, bucket: str) -> int:
    """A bucket's number, counted from 1970: a fifth of the letters that its time has."""
    return int(from_text(start).timestamp() / STEPS[bucket].total_seconds())


def volume_spec(
    series: PlatformVolume, *, top: int, marks: Sequence[Mark] = ()
) -> dict[str, Any]:
    """Bars for one platform. top: the largest bar of all platforms, for one scale. marks:
    what happened meanwhile, as dashed lines with letters above them."""
    bars = {
        "mark": {
            "type": "rect",
            "fill": "var(--bar)",
            "stroke": "var(--panel)",
            "strokeWidth": _gap(len(series.rows)),
        },
        "encoding": {
            **_TIME_X,
            "y": _count_y("height", top),
            "y2": {"datum": 0},
            "tooltip": _tooltip("posts"),
        },
    }
    blind = any(_shown(row, "posts") < _SEEN for row in series.rows)
    layers = [_blind_layer(), bars] if blind else [bars]
    # A bar for each bucket, so that the axis spans them all; of no height where blind.
    lines = [
        (_slot(row["bucket"], series.bucket), row["posts"], row["posts"] or 0,
         _shown(row, "posts"))
        for row in series.rows
    ]  # fmt: skip
    data = _data("slot,posts,height,covered", lines)
    if marks:
        layers.append(_marks_layer(marks))
    spec = _spec(data, layers, bucket=series.bucket, height=92)
    spec["padding"]["top"] = 16 if marks else spec["padding"]["top"]
    return spec


def _shown(row: Row, name: str) -> float:
    """The share of a bucket that its count tells of: of one that was not looked at none,
    however much of its time was seen."""
    return 0.0 if row[name] is None else float(row["covered"])


def sentiment_spec(rows: Sequence[Row], *, bucket: str) -> dict[str, Any]:
    """Stacked bars, one pattern for each sentiment and one for "not scored"."""
    blind = [
        (_slot(row["bucket"], bucket), "blind", None, None, None, _shown(row, "scored"))
        for row in rows
        if _shown(row, "scored") < _SEEN
    ]
    stacked = [part for row in rows for part in _stack(row, bucket)]
    top = max((sum(row[kind] or 0 for kind in SENTIMENTS) for row in rows), default=1)
    bars = {
        "mark": {
            "type": "rect",
            "stroke": "var(--panel)",
            "strokeWidth": _gap(len(rows)),
        },
        "transform": [{"filter": "datum.kind != 'blind'"}],
        "encoding": {
            **_TIME_X,
            "y": _count_y("low", top),
            "y2": {"field": "high"},
            "fill": {
                "field": "kind",
                "type": "nominal",
                "legend": None,
                "scale": {
                    "domain": list(SENTIMENTS),
                    "range": [f"url(#gs-{kind})" for kind in SENTIMENTS],
                },
            },
            "tooltip": [
                *_tooltip("posts"),
                {"field": "kind", "type": "nominal", "title": "sentiment"},
            ],
        },
    }
    layers = [_blind_layer(), bars] if blind else [bars]
    data = _data("slot,kind,posts,low,high,covered", [*blind, *stacked])
    return _spec(data, layers, bucket=bucket, height=190)


def _stack(row: Row, bucket: str) -> list[tuple[object, ...]]:
    parts: list[tuple[object, ...]] = []
    low, slot = 0, _slot(row["bucket"], bucket)
    for kind in SENTIMENTS:
        posts = row[kind] or 0
        if posts or kind == SENTIMENTS[0]:  # one part at least, so that the axis has it
            parts.append((slot, kind, posts, low, low + posts, row["covered"]))
        low += posts
    return parts


def _data(columns: str, lines: Iterable[tuple[object, ...]]) -> dict[str, Any]:
    """A table as its columns' names and its lines; static/charts.js makes objects of them.

    A week by the hour has a thousand bars: as objects they were two thirds of the page.
    Vega's own CSV reader makes functions of text, which the page's rules forbid.
    """
    return {"columns": columns.split(","), "lines": list(lines)}


def _spec(
    data: dict[str, Any], layers: list[dict[str, Any]], *, bucket: str, height: int
) -> dict[str, Any]:
    step = int(STEPS[bucket].total_seconds() * 1000)
    return {
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 0, "right": 14, "top": 6, "bottom": 4},
        "data": data,
        "transform": [
            {"calculate": f"datum.slot * {step}", "as": "start"},
            {"calculate": f"(datum.slot + 1) * {step}", "as": "end"},
        ],
        "layer": layers,
        "config": _CONFIG,
    }


_TIME_X: dict[str, dict[str, Any]] = {
    "x": {
        "field": "start",
        "type": "temporal",
        "scale": {"type": "utc", "nice": False},
        "axis": {
            "format": _TIME_FORMAT,
            "grid": False,
            "labelOverlap": "greedy",
            "labelFlush": True,
            "tickCount": {"expr": "max(2, width / 90)"},
        },
    },
    "x2": {"field": "end"},
}


def _count_y(field: str, top: int) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [0, max(1, top)], "nice": True},
        "axis": {"tickCount": 3, "tickMinStep": 1, "format": ",d", "minExtent": 42},
    }


def _gap(bars: int) -> dict[str, str]:
    """A line between bars, where they are wide enough to spare it."""
    return {"expr": f"width / {max(1, bars)} > 4 ? 0.6 : 0"}


def _tooltip(field: str) -> list[dict[str, Any]]:
    return [
        {
            "field": "start",
            "type": "temporal",
            "format": "%-d %b %Y, %H:%M",
            "scale": {"type": "utc"},
            "title": "from (UTC)",
        },
        {"field": field, "type": "quantitative", "title": "posts"},
    ]


def _marks_layer(marks: Sequence[Mark]) -> dict[str, Any]:
    """Over the whole height, in the ink of the words; a letter stands above the bars."""
    x = {**_TIME_X["x"], "field": "at"}
    rule = {
        "type": "rule",
        "stroke": "var(--ink)",
        "strokeDash": [3, 3],
        "opacity": 0.7,
    }
    text = {"type": "text", "fill": "var(--ink)", "fontSize": 11, "dy": -8}
    return {
        "data": {"values": markers.lines(marks)},
        "layer": [
            {"mark": rule, "encoding": {"x": x}},
            {
                "mark": {**text, "fontWeight": "bold"},
                "transform": [{"filter": "datum.letter"}],
                "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "letter"}},
            },
        ],
    }


def _blind_layer() -> dict[str, Any]:
    """Time that was not seen, as high as the picture; a part unseen, more faintly."""
    return {
        "mark": {"type": "rect", "strokeOpacity": 0},
        "transform": [{"filter": f"datum.covered < {_SEEN}"}],
        "encoding": {
            **_TIME_X,
            "y": {"value": 0},
            "y2": {"value": "height"},
            "fill": {
                "condition": {"test": "datum.covered > 0", "value": "url(#gs-partly)"},
                "value": "url(#gs-blind)",
            },
        },
    }


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in a small SVG, in per cent of its width and height."""

    x: float
    width: float
    y: float
    height: float
    kind: str


def _bar(x: float, width: float, kind: str, height: float = 100) -> Bar:
    return Bar(
        round(x, 3), round(width, 3), round(100 - height, 2), round(height, 2), kind
    )


def split(counts: dict[str, int]) -> list[Bar]:
    """One bar cut by sentiment; parts without posts are left out."""
    total = sum(counts.values())
    bars, x = [], 0.0
    for kind in SENTIMENTS:
        width = 100 * counts.get(kind, 0) / total if total else 0
        if width:
            bars.append(_bar(x, width, kind))
        x += width
    return bars


def strip(rows: Sequence[Row], *, from_at: str, to_at: str) -> list[Bar]:
    """Runs of `source_coverage` on one line."""
    start, end = from_text(from_at), from_text(to_at)
    length = (end - start).total_seconds() or 1.0

    def place(text: str) -> float:
        return 100 * (from_text(text) - start).total_seconds() / length

    return [
        _bar(
            place(row["from_at"]),
            place(row["to_at"]) - place(row["from_at"]),
            row["state"],
        )
        for row in rows
    ]
