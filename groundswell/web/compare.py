"""Two times, two campaigns, or both, side by side; and who has which share of what was said
while both were watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from db.times import to_text
from groundswell.web import charts, frame, pages, ranges, words, zones
from groundswell.web.data import Result, Row, ask, gather

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

SIDES = ("a", "b")
_TOP = 8
_ALIKE = 0.02  # shares of time seen that differ by less are alike
_UNLIKE = 0.2  # and by more are not to be compared at all
_RANKED = ("hashtags", "links", "voices")
_NAMES = {"hashtags": "tag", "links": "url", "voices": "author_id"}


async def compare(request: Request, datasette: Datasette) -> Response:
    """Without an address of one's own: a campaign's last week beside the week before."""
    await frame.allow(request, datasette)
    now = frame.now(datasette)
    first = await gather(
        datasette,
        overview=ask("overview", to_at=to_text(now)),
        health=ask("source_health"),
    )
    known = {row["campaign"]: row for row in first["overview"].rows}
    if not known:
        return await frame.page(
            request,
            datasette,
            "gs_unknown.html",
            {"slug": "", "campaigns": []},
            status=404,
        )
    args = {name: request.args.get(name) or "" for name in request.args}
    platforms = sorted({row["platform"] for row in first["health"].rows})
    sides = read_sides(args, known, platforms, now)
    results = {side.name: await _results(datasette, side) for side in sides}
    tallest = max(charts.tallest(results[side.name]["volume"].rows) for side in sides)
    a, b = (shown(side, results[side.name], tallest) for side in sides)
    context = {
        "sides": [a, b],
        "several_zones": zones.several(side.about for side in sides),
        "campaigns": list(known.values()),
        "platforms": platforms,
        "rows": figures(a, b),
        "care": care(a, b),
        "voice": share_of_voice(sides, results),
        "ranked": [(name, *ranked(name, results)) for name in _RANKED],
        "problems": [problem for side in sides for problem in side.problems],
    }
    return await frame.page(request, datasette, "gs_compare.html", context)


@dataclass(frozen=True, slots=True)
class Side:
    """One half of a comparison. name: a or b."""

    name: str
    about: Row
    view: ranges.View
    problems: tuple[str, ...] = ()

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of the published queries that count by the bucket."""
        return {"campaign": self.about["campaign"], **self.view.counted}

    @property
    def daily(self) -> dict[str, str]:
        """The same, of those that count by the day."""
        return {"campaign": self.about["campaign"], **self.view.daily}

    @property
    def given(self) -> dict[str, str]:
        """What stands in the form's fields."""
        last = (self.view.to_at - timedelta(seconds=1)).astimezone(self.view.zone)
        return {
            "campaign": self.about["campaign"],
            "from": f"{zones.day_of(self.view.from_at, self.view.zone)}",
            "to": f"{last:%Y-%m-%d}",
            "platform": self.view.platform,
        }


def read_sides(
    args: Mapping[str, str],
    known: Mapping[str, Row],
    platforms: Sequence[str],
    now: datetime,
) -> list[Side]:
    """Both halves, as the address names them: a_campaign, a_from, a_to, a_platform, and
    the same of b, where b is what a is, a length of time before, if it is left out."""
    first = _side("a", args, known, platforms, now)
    length = first.view.to_at - first.view.from_at
    before = {
        "b_campaign": first.about["campaign"],
        "b_from": to_text(first.view.from_at - length),
        "b_to": to_text(first.view.from_at),
        "b_platform": first.view.platform,
    }
    elsewhere = args.get("b_campaign") not in {None, "", first.about["campaign"]}
    if elsewhere:  # another campaign: over the same time
        before |= {
            "b_from": to_text(first.view.from_at),
            "b_to": to_text(first.view.to_at),
        }
    asked = {**before, **{k: v for k, v in args.items() if k.startswith("b_") and v}}
    return [first, _side("b", asked, known, platforms, now)]


def _side(
    name: str,
    args: Mapping[str, str],
    known: Mapping[str, Row],
    platforms: Sequence[str],
    now: datetime,
) -> Side:
    own = {key[2:]: value for key, value in args.items() if key.startswith(f"{name}_")}
    slug, problems = own.get("campaign", ""), []
    if slug not in known:
        if slug:
            problems.append(f"There is no campaign called “{slug[:40]}”.")
        slug = next(iter(known))
    zone = zones.named(known[slug]["timezone"])
    view = ranges.read(own, now=now, platforms=platforms, zone=zone)
    return Side(name, known[slug], view, (*problems, *view.problems))


async def _results(datasette: Datasette, side: Side) -> dict[str, Result]:
    asked, bucket = side.asked, side.view.bucket
    return await gather(
        datasette,
        totals=ask("totals", bucket=bucket, **asked),
        volume=ask("volume", bucket=bucket, **asked),
        sentiment=ask("sentiment", bucket=bucket, **asked),
        hashtags=ask("top_hashtags", top=_TOP, **side.daily),
        links=ask("top_links", top=_TOP, **side.daily),
        voices=ask("top_voices", top=_TOP, **side.daily),
    )


def shown(side: Side, results: Mapping[str, Result], tallest: int) -> dict[str, Any]:
    """One half as its column shows it. tallest: posts of the largest bar of both."""
    counted = results["totals"].rows[0] if results["totals"].rows else {}
    sums = pages.totals(results["sentiment"].rows)
    return {
        "name": side.name,
        "about": side.about,
        "view": side.view,
        "given": side.given,
        "results": results,
        "totals": counted,
        "sums": sums,
        "split": pages.split(sums),
        "polarity": pages.polarity(results["sentiment"].rows),
        "spark": charts.sparkline(
            results["volume"].rows, later_from="", tallest=tallest
        ),
        "covered": counted.get("covered"),
    }


def comparable(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether about as much was seen of both, so that counts can be set against another."""
    seen = [side["covered"] for side in (a, b)]
    return None not in seen and abs(seen[0] - seen[1]) < _UNLIKE


def figures(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, str]]:
    """The lines of the table: what, of a, of b, how they compare."""
    lines = []
    fair = comparable(a, b)
    for name in ("posts", "messages", "voices"):
        error = f"{name}_error"
        values = [side["totals"].get(name) for side in (a, b)]
        errors = [side["totals"].get(error) or 0 for side in (a, b)]
        lines.append(
            {
                "what": name,
                "a": _about(values[0], errors[0]),
                "b": _about(values[1], errors[1]),
                "change": _change(*values) if fair else "not comparable",
            }
        )
    for label in ("negative", "neutral", "positive"):
        shares = [_share(side["sums"], label) for side in (a, b)]
        lines.append(
            {
                "what": f"{label}, of the scored",
                "a": _percent(shares[0]),
                "b": _percent(shares[1]),
                "change": _points(*shares),
            }
        )
    return lines


def _about(value: int | None, error: int) -> str:
    return "–" if value is None else words.about(value, error)


def _change(now: int | None, before: int | None) -> str:
    if now is None or before is None or not before:
        return "–"
    told = words.change(now, before)
    return told if "%" in told or "times" in told else "the same"


def _share(sums: Mapping[str, int], label: str) -> float | None:
    scored = sum(sums[kind] for kind in ("negative", "neutral", "positive"))
    return sums[label] / scored if scored else None


def _percent(share: float | None) -> str:
    return "–" if share is None else words.percent(share, 1)


def _points(now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return "–"
    points = round(100 * (now - before))
    unit = "point" if abs(points) == 1 else "points"
    return f"{points:+d} {unit}".replace("-", "−") if points else "the same"


def care(a: Mapping[str, Any], b: Mapping[str, Any]) -> str | None:
    """Why the two may not simply be compared; None: they may."""
    seen = [side["covered"] for side in (a, b)]
    if None in seen:
        return "Compare with care: of one side it is not known how much was seen."
    if abs(seen[0] - seen[1]) >= _ALIKE:
        return (
            f"Compare with care: {words.percent(seen[0], 1)} of the first time was seen, "
            f"and {words.percent(seen[1], 1)} of the second."
        )
    lengths = [side["view"].hours for side in (a, b)]
    if abs(lengths[0] - lengths[1]) > 1:
        told = " and ".join(words.hours(round(length)) for length in lengths)
        return f"Compare with care: the two times are {told} long."
    return None


def share_of_voice(
    sides: Sequence[Side], results: Mapping[str, Mapping[str, Result]]
) -> dict[str, Any] | None:
    """Two campaigns' posts over the time in which both were watched, platform by platform;
    None where it is one campaign, or two times that do not meet."""
    if sides[0].about["campaign"] == sides[1].about["campaign"]:
        return None
    seen = [
        {
            (row["bucket"], row["platform"]): row["posts"] or 0
            for row in results[side.name]["volume"].rows
            if row["covered"] >= 0.999 and row["posts"] is not None
        }
        for side in sides
    ]
    both = seen[0].keys() & seen[1].keys()
    every = {
        (row["bucket"], row["platform"])
        for side in sides
        for row in results[side.name]["volume"].rows
    }
    if not both:
        return None
    counts = [sum(one[key] for key in both) for one in seen]
    return {
        "parts": [
            (side.about["title"], count, words.percent(count, sum(counts)))
            for side, count in zip(sides, counts, strict=True)
        ],
        "seen": words.percent(len(both), len(every)),
        "bucket": sides[0].view.bucket,
    }


def ranked(
    name: str, results: Mapping[str, Mapping[str, Result]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Both sides' first ones, each marked where the other side's list does not have it."""
    key = _NAMES[name]
    rows: list[Sequence[Row]] = [results[side][name].rows for side in SIDES]
    if name == "links":
        rows = [pages.linked(*rows), pages.linked(*reversed(rows))]
    keys = [{row.get(key) for row in side} for side in rows]
    return (
        [{**row, "only": row.get(key) not in keys[1]} for row in rows[0]],
        [{**row, "only": row.get(key) not in keys[0]} for row in rows[1]],
    )
