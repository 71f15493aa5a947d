"""What a report is made of: answers of the published queries, each with its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from db.reader import Reader, open_reader
from db.times import to_text
from groundswell.reports.periods import Period, Window

Row = Mapping[str, Any]
TOP = 10
_SHARED = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave. path: where the pages show the same."""

    name: str
    given: Mapping[str, str]
    rows: tuple[Row, ...]

    @property
    def path(self) -> str:
        """From the root of the pages, with every parameter: it will give the same."""
        return f"/campaigns/{self.name}?{urlencode(self.given)}"

    def one(self, name: str) -> Any:  # noqa: ANN401 - whatever a cell holds
        """A cell of the only row; None where there is no row."""
        return self.rows[0][name] if self.rows else None


@dataclass(frozen=True, slots=True)
class Measured:
    """One window: three numbers, the sentiment by slots, and rows of `by_platform`, whose
    time before is another than the window's where clocks change: it is not looked at."""

    window: Window
    totals: Answer
    sentiment: Answer
    platforms: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that a report says of one campaign. windows: six, as in periods.Period. volume:
    of the period by the hour, or the day. listed: the days of UTC that links, hashtags and
    voices are counted in."""

    slug: str
    title: str
    windows: tuple[Measured, ...]
    volume: Answer
    alerts: Answer
    links: Answer
    hashtags: Answer
    voices: Answer
    shared: Answer
    gaps: Answer
    coverage: Answer
    listed: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Readings:
    """Of all campaigns that were asked for. missing: those that are not there."""

    campaigns: tuple[Reading, ...]
    simulated: bool
    missing: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


def read(
    database: Path,
    period: Period,
    now: datetime,
    campaigns: Sequence[str] | None = None,
) -> Readings:
    """Read it. campaigns: slugs, None: all. Raises StoreError."""
    with open_reader(database) as reader:
        known = {row["campaign"]: row["title"] for row in reader.ask("overview", {})}
        wanted = [slug for slug in known if campaigns is None or slug in set(campaigns)]
        found = tuple(
            _campaign(reader, slug, known[slug] or slug, period, now) for slug in wanted
        )
        missing = tuple(slug for slug in campaigns or () if slug not in known)
        return Readings(found, reader.is_simulated(), missing, tuple(known))


def _campaign(
    reader: Reader, slug: str, title: str, period: Period, now: datetime
) -> Reading:
    def ask(name: str, span: tuple[datetime, datetime], **more: str) -> Answer:
        from_at, to_at = map(to_text, span)
        given = {"campaign": slug, "from_at": from_at, "to_at": to_at, **more}
        return Answer(name, given, reader.ask(name, dict(given)))

    def measure(window: Window) -> Measured:
        span = window.from_at, window.to_at
        bucket = "day" if window.in_utc_days else "hour"
        return Measured(
            window,
            totals=ask("totals", span, bucket=bucket),
            sentiment=ask("sentiment", span, bucket=bucket),
            platforms=ask("by_platform", span, bucket=bucket),
        )

    main = period.window
    span, days = (main.from_at, main.to_at), main.utc_days(now)
    slots = "day" if period.every == "week" and main.in_utc_days else "hour"
    return Reading(
        slug=slug,
        title=title,
        windows=tuple(map(measure, period.windows)),
        volume=ask("volume", span, bucket=slots),
        alerts=ask("alerts", span),
        links=ask("top_links", days, top=str(TOP)),
        hashtags=ask("top_hashtags", days, top=str(TOP)),
        voices=ask("top_voices", days, top=str(TOP)),
        shared=ask("most_shared", span, top=str(_SHARED)),
        gaps=ask("gaps", span),
        coverage=ask("coverage_of", span),
        listed=days,
    )
