"""What a campaign's page shows of the posts that pass its filters. Pure.

Roll-ups count by platform, language, sentiment and term: over time, and languages. All
else, and everything once words are given, is counted among the newest posts that pass, by
the queries filtered_top and filtered_volume.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from groundswell.web.charts import SENTIMENTS
from groundswell.web.data import Ask, Result, Row, ask
from groundswell.web.ranges import View

_SUMS = (*SENTIMENTS, "scored")
# For each facet what its panel calls value, label and place.
_CALLED = {
    "hashtags": ("hashtag", "tag", "", ""),
    "links": ("link", "url", "title", "domain"),
    "voices": ("voice", "handle", "display_name", "platform"),
    "languages": ("language", "lang", "", ""),
    "terms": ("term", "value", "display", "kind"),
}


def asks(slug: str, view: View) -> dict[str, Ask]:
    """What to ask for a narrowed view; `results` makes the panels' answers of it."""
    asked = {"campaign": slug, **view.params, **view.narrowing}
    over = {"campaign": slug, "bucket": view.bucket, **view.counted}
    found = {
        "top": ask("filtered_top", top=12, **asked),
        "newest": ask("newest_posts", top=20, **asked),
        "shared": ask("most_shared", top=6, **asked),
    }
    if view.q:
        found["over"] = ask("filtered_volume", **over, **view.narrowing)
        return found
    over |= view.rolled_up
    found |= {
        "volume": ask("volume", **over),
        "platforms": ask("by_platform", **over),
        "sentiment": ask("sentiment", **over),
        "languages": ask(
            "languages", top=30, campaign=slug, **view.counted, **view.rolled_up
        ),
    }
    if not view.term:
        mood = {"lang": view.lang, "sentiment": view.sentiment}
        found["terms"] = ask("term_shares", campaign=slug, **view.counted, **mood)
    return found


def results(found: Mapping[str, Result], watched: Sequence[Row]) -> dict[str, Result]:
    """The answers under the names that the panels know. watched: rows of `terms_of`."""
    made = {name: one for name, one in found.items() if name not in ("top", "over")}
    if "over" in found:
        over = found["over"]
        made |= {
            "volume": over,
            "platforms": replace(over, rows=_by_platform(over.rows)),
            "sentiment": replace(over, rows=_moods(over.rows)),
        }
    top = found["top"]
    for name, called in _CALLED.items():
        if name not in made:
            made[name] = _part(top, *called)
    tags = {row["value"] for row in watched if row["kind"] == "hashtag"}
    made["hashtags"] = _with(made["hashtags"], lambda row: {"term": row["tag"] in tags})
    removed = {(row["kind"], row["value"]): row["removed_at"] for row in watched}
    if "terms" not in found:
        whole = passed(found).posts
        made["terms"] = _with(
            made["terms"],
            lambda row: {
                "removed_at": removed.get((row["kind"], row["value"])),
                "share": row["posts"] / whole if whole else None,
            },
        )
    made["totals"] = _totals(top, found.get("volume"))
    return made


class Passed(NamedTuple):
    """Of which posts the panels are that no roll-up counts: how many, the newest that pass
    (None: it took too long to find them), and how far back that reached, UTC; None: to the
    beginning of the time shown."""

    posts: int | None
    looked_to: str | None


def passed(found: Mapping[str, Result]) -> Passed:
    """What the answers of `asks` say of it."""
    for row in found["top"].rows:
        if row["facet"] == "total":
            return Passed(row["posts"], row["looked_to"])
    return Passed(None, None)


def over_to(found: Mapping[str, Result]) -> str | None:
    """Where counts over time begin, UTC; None: where the time shown does."""
    rows = found["over"].rows if "over" in found else ()
    return rows[0]["looked_to"] if rows else None


def _part(top: Result, facet: str, value: str, label: str, place: str) -> Result:
    """One facet's rows, called as the panel calls them, with a link of their own."""
    called = {"value": value, "label": label, "place": place}
    rows = tuple(
        {called.get(name) or name: cell for name, cell in row.items()}
        for row in top.rows
        if row["facet"] == facet
    )
    more = f"&facet={facet}"
    return replace(top, rows=rows, url=top.url + more, json_url=top.json_url + more)


def _with(result: Result, more: Callable[[Row], dict[str, Any]]) -> Result:
    return replace(result, rows=tuple({**row, **more(row)} for row in result.rows))


def _totals(top: Result, volume: Result | None) -> Result:
    """Posts as roll-ups count them, where there are no words; messages and voices of the
    newest that pass."""
    part = _part(top, "total", "", "", "")
    exact = sum(row["posts"] or 0 for row in volume.rows) if volume else None
    return _with(
        part,
        lambda row: {
            "posts": row["posts"] if exact is None or not row["looked_to"] else exact,
            "messages_error": 0,
            "voices_error": 0,
        },
    )


def _by_platform(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows of `filtered_volume` as `by_platform` has them, without the time before: words
    are looked for in the time shown alone."""
    ordered = sorted(rows, key=lambda row: str(row["platform"]))
    groups = groupby(ordered, key=lambda row: str(row["platform"]))
    found = [_platform(name, list(group)) for name, group in groups]
    return tuple(sorted(found, key=lambda row: -(row["posts"] or 0)))


def _platform(name: str, group: Sequence[Row]) -> Row:
    return {
        "platform": name,
        "posts": _sum(row["posts"] for row in group),
        "posts_before": None,
        "comparable": None,
        "covered": round(sum(row["covered"] for row in group) / len(group), 3),
        "covered_before": None,
        "sources": max(row["sources"] for row in group),
    }


def _moods(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows of `filtered_volume` as `sentiment` has them: all platforms together."""
    ordered = sorted(rows, key=lambda row: str(row["bucket"]))
    groups = groupby(ordered, key=lambda row: str(row["bucket"]))
    return tuple(_mood(bucket, list(group)) for bucket, group in groups)


def _mood(bucket: str, group: Sequence[Row]) -> Row:
    counts = {name: _sum(row[name] for row in group) for name in _SUMS}
    neutral = [row["without_evidence"] for row in group if row["neutral"]]
    weighted = sum((row["polarity"] or 0) * (row["scored"] or 0) for row in group)
    scored = counts["scored"]
    return {
        "bucket": bucket,
        **counts,
        "without_evidence": None if None in neutral else sum(neutral),
        "polarity": round(weighted / scored, 3) if scored else None,
        "covered": max(row["covered"] for row in group),
    }


def _sum(values: Iterator[int | None]) -> int | None:
    """None where every one is None: nothing was seen, or looked at."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
