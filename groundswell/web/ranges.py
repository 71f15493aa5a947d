"""Time, platform and filters that a page shows, read from its address. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from db.times import to_text
from groundswell.web import buckets, words, zones
from groundswell.web.charts import SENTIMENTS

PRESETS = {
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "14d": ("14 days", timedelta(days=14)),
    "30d": ("30 days", timedelta(days=30)),
    "all": ("All", None),
}
DEFAULT = "7d"
_LONGEST_TAG = 35  # characters of a language's tag (RFC 5646, section 4.4.1)
_LONGEST = 200  # characters of words to look for
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a campaign's page shows.

    from_at, to_at: aware UTC; to_at is not included and never lies ahead of now. They begin
    and end with a bucket, for counts are of whole ones: with an hour of UTC, or where the
    bucket is the day with a day of the zone.
    preset: a key of PRESETS, or None for a time of one's own; then `given` holds what
    was written. lang, sentiment, term (as in terms.value), q (words): '' for all of them.
    term_shown: the term as staff wrote it; '': as its value is.
    problems: what was wrong with the address, each naming its parameter. notes: what was
    done differently from what was asked. zone: in which times are shown, and in which the
    address was read. utc_days: from and to, as far as counts are kept by the day of UTC
    alone: where the zone's days bound the time, the same dates; None: as from_at and to_at
    are. more_days: the days that are counted by the day alone, in words, where they are
    longer than the time shown; else ''.
    """

    from_at: datetime
    to_at: datetime
    preset: str | None
    platform: str
    bucket: Literal["hour", "day"]
    given: Mapping[str, str]
    lang: str = ""
    sentiment: str = ""
    term: str = ""
    term_shown: str = ""
    q: str = ""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    zone: ZoneInfo = zones.UTC
    utc_days: tuple[datetime, datetime] | None = None
    more_days: str = ""

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the published queries: times written out, so links last."""
        return self._params(self.from_at, self.to_at)

    @property
    def daily(self) -> dict[str, str]:
        """The same for what is counted by the day alone."""
        return self._params(*(self.utc_days or (self.from_at, self.to_at)))

    @property
    def counted(self) -> dict[str, str]:
        """The same for what is counted by the bucket."""
        return self.daily if self.bucket == "day" else self.params

    def _params(self, from_at: datetime, to_at: datetime) -> dict[str, str]:
        times = {"from_at": to_text(from_at), "to_at": to_text(to_at)}
        return {**times, "platform": self.platform}

    @property
    def letters(self) -> str:
        """What the time in which buckets are counted and shown is called."""
        if self.bucket == "day":
            return "UTC"
        return zones.letters_between(self.from_at, self.to_at, self.zone)

    @property
    def days_told(self) -> str:
        """Which days of UTC are counted, where that is not the time shown; else ''."""
        if self.utc_days is None:
            return ""
        first, last = self.utc_days
        days = [words.day(first), words.day(last - timedelta(seconds=1))]
        return days[0] if days[0] == days[1] else " to ".join(days)

    @property
    def counting(self) -> str:
        """How counts go with the zone, where hours or days are not its own; else ''."""
        if self.bucket == "day" and self.utc_days is not None:
            return f"Days are those of UTC: {self.days_told}."
        if zones.odd_hours(self.to_at, self.zone):
            start = self.to_at.replace(minute=0).astimezone(self.zone)
            named = zones.letters(self.to_at, self.zone)
            return (
                f"Hours are those of UTC: they begin {start.minute} minutes past those "
                f"of {named}."
            )
        return ""

    @property
    def narrowing(self) -> dict[str, str]:
        """The filters that not every published query has."""
        return {**self.rolled_up, "q": self.q}

    @property
    def rolled_up(self) -> dict[str, str]:
        """Those by which roll-ups count."""
        return {"lang": self.lang, "sentiment": self.sentiment, "term": self.term}

    @property
    def narrowed(self) -> str:
        """Those filters in words; '' where there are none."""
        return ", ".join(
            f"{kind} {value}".strip() for kind, value, _ in self._filters()
        )

    def _filters(self) -> Iterator[tuple[str, str, str]]:
        if self.lang:
            yield "language", words.language(self.lang), "lang"
        if self.sentiment:
            said = "not scored" if self.sentiment == "unscored" else self.sentiment
            yield "", said, "sentiment"
        if self.term:
            yield "term", self.term_shown or self.term, "term"
        if self.q:
            yield "words", self.q, "q"

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Each filter that is set: its kind ('' where the value says it), its value, and
        this view without it as a query string."""
        own = [("platform", self.platform, "platform")] if self.platform else []
        return [
            (kind, value, self.query(**{name: ""}))
            for kind, value, name in (*own, *self._filters())
        ]

    @property
    def bare(self) -> str:
        """This view without any filter, as a query string."""
        return self.query(platform="", **dict.fromkeys(self.narrowing, ""))

    @property
    def hours(self) -> float:
        """The length of the time shown."""
        return (self.to_at - self.from_at) / timedelta(hours=1)

    def query(self, **changed: str) -> str:
        """This view as a query string, with changes ('' leaves a parameter out)."""
        base = self.given if self.preset is None else {"range": self.preset}
        wanted = {**base, "platform": self.platform, **self.narrowing, **changed}
        if changed.get("range"):
            wanted = {k: v for k, v in wanted.items() if k not in {"from", "to"}}
        return urlencode({name: value for name, value in wanted.items() if value})


class _Wrong(ValueError):
    pass


def read(
    args: Mapping[str, str],
    *,
    now: datetime,
    platforms: Sequence[str],
    first_at: datetime | None = None,
    narrows: bool = False,
    zone: ZoneInfo = zones.UTC,
    terms: Sequence[str] = (),
    by_day: bool | None = None,
    exact: bool = False,
) -> View:
    """The view that an address asks for; what is wrong in it falls back to the default.

    first_at: the campaign's first post, where "all" begins. narrows: the page takes a
    language, a sentiment, one of the campaign's `terms` and words too. zone: whose days and
    times are meant, where the address has no offset. by_day: True: the bucket is the day;
    False: a preset's time begins with a day, whatever the bucket; None: as fits.
    exact: a time of one's own is taken as it is written, where posts are listed.
    """
    problems: list[str] = []
    said: list[str] = []
    now = now.astimezone(UTC).replace(microsecond=0)
    platform = _platform(args.get("platform", ""), platforms, problems)
    filters = _filters(args, terms, problems) if narrows else {}
    preset, given = _preset(args, problems)
    if given:
        try:
            from_at, to_at = _own(given, now, zone, said)
        except _Wrong as error:
            problems.append(f"{error}. Showing the last 7 days.")
            preset, given, said = DEFAULT, {}, []
    shown = 1 if platform else max(1, len(platforms))
    if preset:
        length = PRESETS[preset][1]
        days = by_day is not None or buckets.fitting(length, shown) == "day"
        from_at, to_at = buckets.last(length, now, first_at, zone, by_day=days)
    span, notes = buckets.bounded((from_at, to_at), shown)
    first, last = buckets.whole(span, "hour", now, zone)
    bucket = "day" if by_day else buckets.fitting(last - first, shown)
    if not (exact and given):
        span = buckets.whole(span, bucket, now, zone)
    return View(
        from_at=span[0],
        to_at=span[1],
        preset=preset,
        platform=platform,
        bucket=bucket,
        given=given,
        **filters,
        problems=tuple(problems),
        notes=(*said, *notes),
        zone=zone,
        utc_days=buckets.in_utc(span, now, zone, first_at if preset == "all" else None),
        more_days=buckets.more_days(span, now, zone),
    )


def _platform(wanted: str, platforms: Sequence[str], problems: list[str]) -> str:
    if wanted and wanted not in platforms:
        known = words.listed(sorted(platforms)) or "none yet"
        problems.append(
            f"platform: “{wanted[:40]}” is not watched (watched: {known}). Showing all."
        )
        return ""
    return wanted


def _filters(
    args: Mapping[str, str], terms: Sequence[str], problems: list[str]
) -> dict[str, str]:
    return {
        "lang": args.get("lang", "").strip()[:_LONGEST_TAG],
        "sentiment": _one_of("sentiment", args, SENTIMENTS, problems),
        "term": _one_of("term", args, terms, problems),
        # A NUL ends what SQLite takes for the text.
        "q": args.get("q", "").replace("\0", " ").strip()[:_LONGEST],
    }


def _one_of(
    name: str, args: Mapping[str, str], known: Sequence[str], problems: list[str]
) -> str:
    wanted = args.get(name, "")
    if wanted and wanted not in known:
        told = words.listed(list(known)) or "none yet"
        problems.append(f"{name}: “{wanted[:40]}” is not one of {told}. Showing all.")
        return ""
    return wanted


def _preset(
    args: Mapping[str, str], problems: list[str]
) -> tuple[str | None, dict[str, str]]:
    given = {name: args[name].strip() for name in ("from", "to") if args.get(name)}
    if given:
        return None, given
    preset = args.get("range") or DEFAULT
    if preset not in PRESETS:
        problems.append(
            f"range: “{preset[:40]}” is not one of {words.listed(list(PRESETS))}. "
            "Showing the last 7 days."
        )
        preset = DEFAULT
    return preset, {}


def _own(
    given: Mapping[str, str], now: datetime, zone: ZoneInfo, said: list[str]
) -> tuple[datetime, datetime]:
    """said: is told of times that clocks leave out or have twice."""
    moments = {
        name: _moment(name, text, zone, said, end=name == "to")
        for name, text in given.items()
    }
    to_at = min(moments.get("to", now), now)
    from_at = moments.get("from", to_at - timedelta(days=7))
    if from_at >= now:
        raise _Wrong(f"from: “{given['from']}” lies in the future")
    if from_at >= to_at:
        shown = given.get("from", "the start")
        raise _Wrong(f"from: “{shown}” is not before to: “{given.get('to', 'now')}”")
    return max(from_at, _EARLIEST), to_at


def _moment(
    name: str, text: str, zone: ZoneInfo, said: list[str], *, end: bool = False
) -> datetime:
    """A date or time; a date as an end includes its day. Raises _Wrong."""
    try:
        moment = datetime.fromisoformat(text)
        if len(text) == 10:
            day = moment + timedelta(days=1 if end and moment.year < 9999 else 0)
            moment = zones.midnight(day.date(), zone)
        elif moment.utcoffset() is None:
            moment, note = zones.read(moment, zone)
            said.extend([f"{name}: {note}."] if note else [])
        moment = moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise _Wrong(
            f"{name}: “{text[:40]}” is not a date; write it as 2026-05-01"
        ) from error
    if moment < _EARLIEST:
        raise _Wrong(f"{name}: “{text[:40]}” is too long ago")
    return moment
