"""Two times, two campaigns, two terms, or several of these, side by side; and who has which
share of what was said while both were watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from db.times import from_text, to_text
from groundswell import alike, effects_terms
from groundswell.alike import Alike, Part
from groundswell.web import frame, pages, sparks, words, zones
from groundswell.web.data import Ask, Result, Row, ask, gather
from groundswell.web.sides import Side, Terms, campaigns, read_sides

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

SIDES = ("a", "b")
_TOP = 8
_ALIKE = 0.02  # shares of time seen that differ by less are alike
_UNLIKE = 0.2  # and by more are not to be compared at all
# What is listed of each side: the query, and by which column rows are the same.
_RANKED = {
    "languages": ("languages", "lang"),
    "hashtags": ("top_hashtags", "tag"),
    "links": ("top_links", "url"),
    "voices": ("top_voices", "author_id"),
}


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
    slugs = campaigns(args, known)
    asks = {name: ask("terms_of", campaign=slug) for name, slug in slugs.items()}
    listed = await gather(datasette, **asks)
    terms = {slug: listed[name].rows for name, slug in slugs.items()}
    sides = read_sides(args, known, platforms, now, terms)
    context = await _both(datasette, sides)
    context |= {
        "campaigns": list(known.values()),
        "platforms": platforms,
        "terms": {side.name: terms[side.about["campaign"]] for side in sides},
        "pair": pair(sides[0], terms),
    }
    return await frame.page(request, datasette, "gs_compare.html", context)


async def _both(datasette: Datasette, sides: Sequence[Side]) -> dict[str, Any]:
    """What the page shows of the two halves."""
    results = {side.name: await _results(datasette, side) for side in sides}
    asked = meeting(*sides)
    shared = (await gather(datasette, shared=asked))["shared"] if asked else None
    tallest = max(sparks.tallest(results[side.name]["volume"].rows) for side in sides)
    a, b = (shown(side, results[side.name], tallest) for side in sides)
    same = seen_alike(*(results[side.name]["volume"].rows for side in sides))
    return {
        "sides": [a, b],
        "several_zones": zones.several(side.about for side in sides),
        "rows": figures(a, b, same),
        "care": care(a, b),
        "apart": alike.left_out(same, "the first", "the second") if same.names else [],
        "voice": share_of_voice(sides, results, shared) if asked else None,
        "ranked": [(name, ranked(name, results)) for name in _RANKED],
        "problems": [problem for side in sides for problem in side.problems],
    }


def pair(side: Side, terms: Terms) -> tuple[str, str] | None:
    """The first two terms of the campaign that are searched for, as a link beside the form:
    its words, and the query string; None where there are no two."""
    known = [row for row in terms[side.about["campaign"]] if not row["removed_at"]]
    if len(known) < 2 or side.term:
        return None
    address = {f"a_{name}": value for name, value in side.given.items() if value}
    chosen = {"a_term": known[0]["value"], "b_term": known[1]["value"]}
    told = " beside ".join(effects_terms.shown(row) for row in known[:2])
    return told, urlencode({**address, **chosen})


async def _results(datasette: Datasette, side: Side) -> dict[str, Result]:
    """What is asked of one half; without what cannot be asked of its term."""
    bucket = {"bucket": side.view.bucket}
    asks = {name: side.ask(name, **bucket) for name in ("volume", "sentiment")}
    if side.heeds("totals"):
        asks["totals"] = side.ask("totals", **bucket)
    for name, (query, _) in _RANKED.items():
        if side.heeds(query):
            asks[name] = side.ask(query, top=_TOP)
    return await gather(datasette, **asks)


def shown(side: Side, results: Mapping[str, Result], tallest: int) -> dict[str, Any]:
    """One half as its column shows it. tallest: posts of the largest bar of both."""
    counted = _counted(side, results)
    sums = pages.totals(results["sentiment"].rows)
    rows = results["volume"].rows
    of = {"bucket": side.view.bucket, "to_at": to_text(side.view.to_at)}
    return {
        "name": side.name,
        "title": side.title,
        "term": side.value,
        "view": side.view,
        "given": side.given,
        "results": results,
        "totals": counted,
        "sums": sums,
        "split": pages.split_scored(sums),
        "polarity": pages.polarity(results["sentiment"].rows),
        "spark": sparks.sparkline(rows, later_from="", tallest=tallest, **of),
        "unseen": sparks.unseen_text(rows, **of),
        "covered": counted.get("covered"),
    }


def _counted(side: Side, results: Mapping[str, Result]) -> Row:
    """Posts and how much was seen, and what else is counted of this half."""
    if "totals" in results:
        return results["totals"].rows[0] if results["totals"].rows else {}
    rows = results["volume"].rows
    counts = [row["posts"] for row in rows if row["posts"] is not None]
    return {"posts": sum(counts) if counts else None, "covered": seen(rows, side)}


def seen(rows: Sequence[Row], side: Side) -> float | None:
    """Which share of the time was seen of a term, 0 to 1, the mean over the platforms that
    look for it; what lies before it was searched for was not seen. None: none does. rows:
    those of `volume` of the term."""
    watched = {row["platform"] for row in rows if row["sources"]}
    step = timedelta(hours=1) if side.view.bucket == "hour" else timedelta(days=1)
    first, last = (from_text(side.view.counted[name]) for name in ("from_at", "to_at"))
    whole = part = timedelta()
    for row in rows:
        if row["platform"] in watched:
            begin = from_text(row["bucket"])
            length = min(begin + step, last) - max(begin, first)
            whole += length
            part += row["covered"] * length
    return round(part / whole, 3) if whole else None


def comparable(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether about as much was seen of both, and of each anything, so that counts and
    shares can be set against another."""
    covered = [side["covered"] for side in (a, b)]
    if None in covered or not min(covered):
        return False
    return bool(abs(covered[0] - covered[1]) < _UNLIKE)


def seen_alike(a: Sequence[Row], b: Sequence[Row]) -> Alike:
    """The platforms that were seen alike on both sides, with their posts; of rows of
    `volume`. A platform that only one side has was not seen on the other."""
    sides = [_by_platform(rows) for rows in (a, b)]
    parts = []
    for name in sides[0].keys() | sides[1].keys():
        (now, seen_now), (before, seen_before) = (
            side.get(name, (None, 0.0)) for side in sides
        )
        fair = alike.seen_alike(now, before, seen_now, seen_before)
        parts.append(Part(name, now, before, seen_now, seen_before, fair))
    return alike.alike(parts)


def _by_platform(rows: Sequence[Row]) -> dict[str, tuple[int | None, float]]:
    """Posts (None: nothing was seen) and the share of the time seen, of each platform."""
    found = {}
    for name in {row["platform"] for row in rows}:
        own = [row for row in rows if row["platform"] == name]
        counts = [row["posts"] for row in own if row["posts"] is not None]
        covered = sum(row["covered"] for row in own) / len(own)
        found[name] = (sum(counts) if counts else None, covered)
    return found


def figures(
    a: Mapping[str, Any], b: Mapping[str, Any], same: Alike
) -> list[dict[str, str]]:
    """The lines of the table: what, of a, of b, how they compare. Counts are compared where
    all platforms were seen alike; else a line of its own has those that were."""
    lines = []
    fair = comparable(a, b)
    for name in ("posts", "messages", "voices"):
        values = [side["totals"].get(name) for side in (a, b)]
        lines.append(
            {
                "what": name,
                "a": _about(a, name),
                "b": _about(b, name),
                "change": _change(*values) if fair and same.all else "not comparable",
            }
        )
    if same.names and same.apart:
        line = {
            "what": f"posts on {alike.platforms_of(same)}",
            "a": words.number(same.now),
            "b": words.number(same.before),
            "change": _change(same.now, same.before),
        }
        lines.insert(1, line)
    for label in ("negative", "neutral", "positive"):
        shares = [_share(side["sums"], label) for side in (a, b)]
        lines.append(
            {
                "what": f"{label}, of the scored",
                "a": _percent(shares[0]),
                "b": _percent(shares[1]),
                "change": _points(*shares) if fair else "not comparable",
            }
        )
    return lines


def _about(side: Mapping[str, Any], name: str) -> str:
    counted = side["totals"]
    if name not in counted and side.get("term"):
        return "not counted by term"
    value = counted.get(name)
    error = counted.get(f"{name}_error") or 0
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
    points = round(100 * now) - round(100 * before)  # of what is shown
    unit = "point" if abs(points) == 1 else "points"
    return f"{points:+d} {unit}".replace("-", "−") if points else "the same"


def care(a: Mapping[str, Any], b: Mapping[str, Any]) -> str | None:
    """Why the two may not simply be compared, or not at all; None: they may."""
    seen = [side["covered"] for side in (a, b)]
    begin = "Compare with care" if comparable(a, b) else "Not comparable"
    if None in seen:
        return f"{begin}: of one side it is not known how much was seen."
    if not max(seen):
        return f"{begin}: nothing was seen of either time."
    if not min(seen) or abs(seen[0] - seen[1]) >= _ALIKE:
        return (
            f"{begin}: {words.percent(seen[0], 1)} of the first time was seen, "
            f"and {words.percent(seen[1], 1)} of the second."
        )
    lengths = [side["view"].hours for side in (a, b)]
    if abs(lengths[0] - lengths[1]) > 1:
        told = " and ".join(words.hours(round(length)) for length in lengths)
        return f"{begin}: the two times are {told} long."
    return None


def meeting(a: Side, b: Side) -> Ask | None:
    """`shared_posts` of the second half and the first, over the time of both; None where
    there is no share of voice: the halves are one thing or a part of it, or never meet."""
    same = a.about["campaign"] == b.about["campaign"]
    if same and (a.value == b.value or not (a.value and b.value)):
        return None
    begin = max(side.view.counted["from_at"] for side in (a, b))
    end = min(side.view.counted["to_at"] for side in (a, b))
    platforms = {side.view.platform for side in (a, b) if side.view.platform}
    if begin >= end or len(platforms) > 1:
        return None
    span = {"from_at": begin, "to_at": end}
    one = {"campaign": b.about["campaign"], "term": b.value}
    other = {"other": a.about["campaign"], "other_term": a.value}
    more = {"platform": "".join(platforms), "bucket": a.view.bucket}
    return ask("shared_posts", **one, **other, **span, **more)


def share_of_voice(
    sides: Sequence[Side],
    results: Mapping[str, Mapping[str, Result]],
    shared: Result | None = None,
) -> dict[str, Any] | None:
    """The posts of two campaigns, or terms, over the time in which both were searched for
    and seen, platform by platform; None where two times do not meet. shared: rows of
    `shared_posts`."""
    found = [
        {
            (row["bucket"], row["platform"]): row["posts"] or 0
            for row in results[side.name]["volume"].rows
            if row["covered"] >= 0.999 and row["posts"] is not None
        }
        for side in sides
    ]
    both = found[0].keys() & found[1].keys()
    every = {
        (row["bucket"], row["platform"])
        for side in sides
        for row in results[side.name]["volume"].rows
    }
    if not both:
        return None
    counts = [sum(one[key] for key in both) for one in found]
    return {
        "parts": [
            (side.title, count, words.percent(count, sum(counts)))
            for side, count in zip(sides, counts, strict=True)
        ],
        "seen": words.percent(len(both), len(every)),
        "bucket": sides[0].view.bucket,
        "twice": _twice(sides, shared, both) if shared else None,
        "shared": shared,
    }


def _twice(sides: Sequence[Side], shared: Result, both: set[tuple[str, str]]) -> str:
    """How many posts are of both halves, in a sentence. both: what is compared, by bucket
    and platform."""
    if shared.error:
        return shared.error
    rows = shared.rows
    count = sum(r["shared"] for r in rows if (r["bucket"], r["platform"]) in both)
    looked = next((row["looked_to"] for row in rows if row["looked_to"]), None)
    of = f", of the newest, since {words.time(looked)}" if looked else ""
    one, many = (
        ("carries", "carry")
        if all(side.term for side in sides)
        else ("belongs to", "belong to")
    )
    carry, counts = (one, "counts") if count == 1 else (many, "count")
    return f"{words.plural(count, 'post')} {carry} both, and {counts} for each{of}."


def ranked(
    name: str, results: Mapping[str, Mapping[str, Result]]
) -> dict[str, list[dict[str, Any]] | None]:
    """Each side's first ones, marked where the other side's list does not have it; None
    where it cannot be counted of the side."""
    key = _RANKED[name][1]
    lists = {side: results[side].get(name) for side in SIDES}
    keys = {
        side: {row.get(key) for row in found.rows} if found else None
        for side, found in lists.items()
    }
    told: dict[str, list[dict[str, Any]] | None] = dict.fromkeys(SIDES)
    for side, other in (SIDES, SIDES[::-1]):
        found, theirs = lists[side], keys[other]
        if found:
            beside = lists[other]
            rows = found.rows
            if name == "links":
                rows = tuple(pages.linked(rows, beside.rows if beside else ()))
            told[side] = [
                {**row, "only": theirs is not None and row.get(key) not in theirs}
                for row in rows
            ]
    return told
