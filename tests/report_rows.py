"""Readings made by hand, for the tests of reports: invented figures, people and words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from db.times import to_text
from groundswell.reports.digest import Report, report
from groundswell.reports.periods import Period
from groundswell.reports.reading import Answer, Measured, Reading, Readings

NOW = datetime(2025, 5, 11, 8, tzinfo=UTC)
DAY = Period("day", date(2025, 5, 10), ZoneInfo("UTC"))
WEEK = Period("week", date(2025, 5, 10), ZoneInfo("UTC"))
# Posts, voices and negative posts of each window: yesterday, the day before, and so on.
COUNTS = ((214, 160, 50), (71, 60, 20), (900, 500, 200), (600, 400, 150),
          (2000, 900, 500), (1000, 500, 250))  # fmt: skip


def answer(name: str, *rows: Mapping[str, Any], **given: str) -> Answer:
    """An answer as the store would give it."""
    return Answer(name, {"campaign": "labourleaks", **given}, rows)


def measured(
    period: Period,
    index: int,
    *,
    seen: float | None = 1.0,
    counts: Any = None,  # noqa: ANN401
) -> Measured:
    """A window; two thirds of its posts on bluesky."""
    posts, voices, negative = counts or COUNTS[index]
    window = period.windows[index]
    span = {"from_at": to_text(window.from_at), "to_at": to_text(window.to_at)}
    rest = posts - negative
    whole = {"covered": seen or 0.0, "sources": 1}
    platforms = [("bluesky", posts * 2 // 3), ("mastodon", posts - posts * 2 // 3)]
    return Measured(
        window,
        answer("totals", {"posts": posts, "voices": voices, "voices_error": 0,
                          "covered": seen}, **span),
        answer("sentiment", {"negative": negative, "neutral": rest // 2,
                             "positive": rest - rest // 2, "unscored": 0}, **span),
        answer("by_platform", *({**whole, "platform": name, "posts": n if seen else None}
                           for name, n in platforms if seen is not None),
               bucket="day", **span),
    )  # fmt: skip


def reading(period: Period = DAY, **changes: Any) -> Reading:  # noqa: ANN401
    """A campaign that was seen wholly, with nothing to list."""
    span = {"from_at": to_text(period.window.from_at),
            "to_at": to_text(period.window.to_at)}  # fmt: skip
    names = ("alerts", "links", "hashtags", "voices", "shared", "gaps", "coverage")
    fields: dict[str, Any] = {
        "slug": "labourleaks",
        "title": "#LabourLeaks",
        "windows": tuple(measured(period, n) for n in range(6)),
        "volume": answer("volume", bucket="hour", **span),
        "listed": (period.window.from_at, period.window.to_at),
        **{name: answer(name, **span) for name in names},
    }
    return Reading(**{**fields, **changes})


def windows(period: Period = DAY, **changed: Any) -> tuple[Measured, ...]:  # noqa: ANN401
    """Six windows, some changed: w0={"seen": 0.5}."""
    return tuple(measured(period, n, **changed.get(f"w{n}", {})) for n in range(6))


def made(
    *readings: Reading,
    period: Period = DAY,
    now: datetime = NOW,
    **more: Any,  # noqa: ANN401
) -> Report:
    """The report of these."""
    return report(Readings(readings, False), period, now, **more)
