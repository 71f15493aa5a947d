"""What each page says: rows of the published queries to what its template shows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from db.times import from_text
from groundswell import alike
from groundswell.sentiment import shares
from groundswell.sentiment.engines import LABELS
from groundswell.web import axes, charts, falls, headline, sparks, words, zones
from groundswell.web.charts import PlatformVolume
from groundswell.web.data import Result, Row
from groundswell.web.markers import Mark
from groundswell.web.ranges import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Posts by sentiment: a picture, and (label, count, share) for each part."""

    bars: list[charts.Bar]
    parts: list[tuple[str, int, str]]
    total: int


def split(row: Mapping[str, Any]) -> Split:
    """The sentiment split of one row, or of sums, with the unscored ones as a part."""
    counts = {kind: int(row[kind] or 0) for kind in charts.SENTIMENTS}
    total = sum(counts.values())
    parts = [
        (kind, count, words.percent(count, total)) for kind, count in counts.items()
    ]
    return Split(bars=charts.split(counts), parts=parts, total=total)


def split_scored(row: Mapping[str, Any]) -> Split:
    """The same with shares of the scored posts alone; those that were not scored are
    counted, without a share, and not drawn. total: the scored posts."""
    counts = {kind: int(row[kind] or 0) for kind in charts.SENTIMENTS}
    scored = {kind: n for kind, n in counts.items() if kind != "unscored"}
    total = sum(scored.values())
    parts = [
        (kind, scored[kind], words.percent(scored[kind], total)) for kind in scored
    ]
    parts += [(kind, counts[kind], "") for kind in counts if kind not in scored]
    return Split(bars=charts.split(scored), parts=parts, total=total)


def totals(rows: Sequence[Row]) -> dict[str, int]:
    """Rows of `sentiment` added up."""
    return {kind: sum(row[kind] or 0 for row in rows) for kind in charts.SENTIMENTS}


def without_evidence(rows: Sequence[Row]) -> int | None:
    """How many neutral posts of the rows hold nothing that a lexicon knows; None: of some
    it is not known."""
    counts = [row["without_evidence"] for row in rows if row["neutral"]]
    return None if None in counts else sum(counts)


def polarity(rows: Sequence[Row]) -> float | None:
    """The mean polarity over all scored posts of the rows; None where there are none."""
    scored = sum(row["scored"] or 0 for row in rows)
    weighted = sum((row["polarity"] or 0) * (row["scored"] or 0) for row in rows)
    return round(weighted / scored, 2) if scored else None


def seen_sentence(series: Sequence[PlatformVolume]) -> str:
    """How much of the time each platform was seen, in one sentence."""
    if not series:
        return "Nothing has been read for this campaign yet."
    total = max(each.total_h for each in series)
    whole = [s.platform for s in series if s.seen_h >= s.total_h * 0.999]
    if len(whole) == len(series):
        return (
            f"All {words.number(round(total, 1))} hours seen, on {words.listed(whole)}."
        )
    holes = [
        f"{s.platform}: {words.seen(s.seen_h, s.total_h)}"
        for s in series
        if s.platform not in whole
    ]
    rest = f" {words.listed(whole)}: all of it." if whole else ""
    return f"Seen: {'; '.join(holes)}.{rest}"


def card(
    overview: Row, volume: Result, totals: Result, platforms: Result
) -> dict[str, Any]:
    """One campaign on the front page. volume: of 48 hours; totals, platforms (rows of
    `by_platform`): of the last 24."""
    same = alike.of_rows(platforms.rows)
    later = [row for row in volume.rows if row["bucket"] >= overview["from_at"]]
    series = charts.by_platform(
        later, bucket="hour", from_at=overview["from_at"], to_at=overview["to_at"]
    )
    return {
        **overview,
        "same": same,
        "change": words.change(same.now, same.before),
        "changed": headline.change(same),
        "left_out": headline.left_out(same),
        "platforms": platforms,
        "split": split(overview),
        "spark": sparks.sparkline(
            volume.rows,
            later_from=overview["from_at"],
            bucket="hour",
            to_at=overview["to_at"],
        ),
        "unseen": sparks.unseen_text(volume.rows, "hour", overview["to_at"]),
        "spark_text": _spark_text(volume.rows, zones.named(overview["timezone"])),
        "slots": len({row["bucket"] for row in volume.rows}),
        "seen": seen_sentence(series) if not volume.error else volume.error,
        "volume": volume,
        "totals": totals,
    }


def _spark_text(rows: Sequence[Row], zone: ZoneInfo) -> str:
    """The sparkline in words."""
    by_hour: Counter[str] = Counter()
    for row in rows:
        by_hour[row["bucket"]] += row["posts"] or 0
    if not sum(by_hour.values()):
        return "Posts per hour over the last 48 hours: none."
    busiest, most = max(by_hour.items(), key=lambda pair: pair[1])
    return (
        f"Posts per hour over the last 48 hours, {words.plural(most, 'post')} at most, "
        f"in the hour from {words.time(busiest, zone)}."
    )


def health(rows: Sequence[Row]) -> list[str]:
    """How many sources are in which state: `3 working`, `1 stopped, needs a login`."""
    states = Counter(words.source_state(r["state"], r["last_error"]) for r in rows)
    return [f"{count} {state}" for state, count in states.most_common()]


def volume_panel(
    result: Result,
    view: View,
    marks: Sequence[Mark] = (),
    coverage: Sequence[Row] = (),
    before: Sequence[Row] = (),
) -> dict[str, Any]:
    """The charts of posts over time, one for each platform with posts, most posts first,
    and their table. marks: what happened in the time. coverage, before: as `falls.told` has
    them."""
    bounds = view.counted
    series = charts.by_platform(
        result.rows,
        bucket=view.bucket,
        from_at=bounds["from_at"],
        to_at=bounds["to_at"],
    )
    series.sort(key=lambda each: (-each.posts, each.platform))
    peaks = [max((row["posts"] or 0 for row in s.rows), default=0) for s in series]
    top = max(peaks, default=0)
    return {
        "series": [
            {
                "platform": each.platform,
                "posts": each.posts,
                "summary": _summary(each, peak, view.bucket),
                "spec": _zoned(
                    charts.volume_spec(each, top=top, marks=marks), each.rows, view
                ),
            }
            for each, peak in zip(series, peaks, strict=True)
            if each.posts or len(series) == 1
        ],
        "marks": marks,
        "total": sum(each.posts for each in series),
        "table": _pivot(result.rows),
        "seen": seen_sentence(series),
        # Of words not all of the time is looked at.
        "falls": [] if view.q else falls.told(result.rows, view, coverage, before),
    }


def _zoned(spec: dict[str, Any], rows: Sequence[Row], view: View) -> dict[str, Any]:
    """A chart in the zone of the page; of days, which are UTC's, as it is."""
    if view.bucket == "day":
        return spec
    return axes.zoned(spec, sorted(row["bucket"] for row in rows), view.zone)


def _summary(series: PlatformVolume, peak: int, bucket: str) -> str:
    return (
        f"{series.platform}: {words.plural(series.posts, 'post')}, at most "
        f"{words.number(peak)} in one {bucket}; seen: "
        f"{words.seen(series.seen_h, series.total_h)}."
    )


def _pivot(rows: Sequence[Row]) -> dict[str, Any]:
    """One line per bucket: a cell of all platforms, then one per platform; None: not seen.
    What was seen of all is the mean over the platforms that are watched."""
    platforms = sorted({row["platform"] for row in rows})
    lines: dict[str, dict[str, Row]] = {}
    for row in rows:
        lines.setdefault(row["bucket"], {})[row["platform"]] = row
    return {
        "platforms": platforms,
        "lines": [
            (bucket, [_all(cells), *(cells.get(name) for name in platforms)])
            for bucket, cells in sorted(lines.items())
        ],
    }


def _all(cells: Mapping[str, Row]) -> Row:
    posts = [row["posts"] for row in cells.values() if row["posts"] is not None]
    seen = [row["covered"] for row in cells.values() if row["sources"]]
    return {
        "posts": sum(posts) if posts else None,
        "covered": sum(seen) / len(seen) if seen else 0.0,
    }


def imported(rows: Sequence[Row]) -> list[Row]:
    """The spans that archives brought, once each: rows of `coverage_of`, a term each."""
    spans = [row for row in rows if row["state"] == "imported"]
    once = {(row["from_at"], row["to_at"], row["evidence"]): row for row in spans}
    return list(once.values())


def sentiment_panel(result: Result, labelled: Result, view: View) -> dict[str, Any]:
    """The chart of sentiment over time, its sums with their error, and its table.

    labelled: rows of the query of that name, for the same time. They are of all posts, so
    where those are narrowed nothing is corrected."""
    sums = totals(result.rows)
    known = {} if view.narrowed else shares.effective(labelled.rows)
    clear = [row for row in labelled.rows if row["label"] in LABELS]
    return {
        "shares": shares.corrected(sums, known),
        "labelled": round(sum(row["posts"] for row in clear)),
        "least": shares.LEAST,
        "split": split(sums),
        "polarity": polarity(result.rows),
        "evidence": words.evidence(sums["neutral"], without_evidence(result.rows)),
        "scored": sum(sums.values()) - sums["unscored"],
        "spec": _zoned(
            charts.sentiment_spec(result.rows, bucket=view.bucket), result.rows, view
        ),
    }


def ranking(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows with `share`: their posts against the first one's, 0 to 100, for a bar."""
    top = max((row["posts"] for row in rows), default=0) or 1
    return [{**row, "share": round(100 * row["posts"] / top, 1)} for row in rows]


def linked(rows: Sequence[Row], beside: Sequence[Row] = ()) -> list[dict[str, Any]]:
    """Rows of `top_links` with `shown`, what the page is called, and `where`, which tells
    it from others of that name: its host, or its address where the title stands twice.

    A page without a title is called by its address. beside: rows that are shown next to
    these.
    """
    titles = Counter(_title(row) for row in rows)
    titles += Counter(
        {title: 2 for title, n in Counter(map(_title, beside)).items() if n > 1}
    )
    found = []
    for row in rows:
        title, address = _title(row), words.address(row["url"])
        where = address if titles[title] > 1 else row["domain"]
        named = {"shown": title or address, "where": where if title else ""}
        found.append({**row, **named})
    return found


def _title(row: Row) -> str:
    return " ".join((row["title"] or "").split())


def post(row: Row) -> dict[str, Any]:
    """A post as it is read: its words, and the counts that are known."""
    counts = [
        words.plural(row[name], one, many)
        for name, one, many in (
            ("replies", "reply", "replies"),
            ("reposts", "share", "shares"),
            ("likes", "like", "likes"),
            ("quotes", "quote", "quotes"),
            ("views", "view", "views"),
        )
        if row[name]
    ]
    return {
        **row,
        "counts": counts,
        "sentiment_words": words.sentiment(
            row["sentiment"], row["unscored"], row["confidence"]
        ),
    }


def source(
    row: Row,
    *,
    walks: Sequence[Row],
    coverage: Sequence[Row],
    view: View,
    now: datetime,
) -> dict[str, Any]:
    """One source with its walks and its strip."""
    own = [run for run in coverage if run["source"] == row["source"]]
    seen = sum(run["covered"] * run["hours"] for run in own)
    bounds = view.params
    return {
        **row,
        "state_words": words.source_state(row["state"], row["last_error"]),
        "tone": _TONES.get(row["state"], "bad"),
        "overdue": bool(row["next_due_at"]) and from_text(row["next_due_at"]) < now,
        "walks": [
            {**walk, "what": words.WALKS.get(walk["walk"], walk["walk"])}
            for walk in walks
            if walk["source"] == row["source"]
        ],
        "strip": charts.strip(own, from_at=bounds["from_at"], to_at=bounds["to_at"]),
        "runs": own,
        "seen": words.seen(seen, view.hours) if own else "nothing yet",
        "blind": [run for run in own if run["state"] != "seen"],
    }


_TONES = {"ok": "good", "limited": "good", "new": "quiet", "failing": "bad"}
