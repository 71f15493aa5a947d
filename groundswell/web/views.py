"""The plugin's routes: read the address, ask the queries, fill the template."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from db.times import from_text, to_text
from groundswell import alike
from groundswell.effects_terms import shown as written
from groundswell.web import (
    falls,
    feeds,
    frame,
    gaps,
    headline,
    markers,
    pages,
    passing,
    platforms,
    ranges,
    tallies,
    visits,
    why,
    zones,
)
from groundswell.web.charts import SENTIMENTS
from groundswell.web.data import Ask, Result, Row, ask, fetch, gather, result
from groundswell.web.errors import NoCampaign

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

HOUR = timedelta(hours=1)
_DIFFERENCES = 20  # rows, some of which went the other way
_CHARTING = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")


async def index(request: Request, datasette: Datasette) -> Response:
    """All campaigns: the last 24 hours against the 24 before."""
    await frame.allow(request, datasette)
    now = frame.now(datasette)
    first = await gather(
        datasette,
        overview=ask("overview", to_at=to_text(now)),
        health=ask("source_health"),
    )
    hour = now.replace(minute=0, second=0)
    span = {"from_at": to_text(hour - 47 * HOUR), "to_at": to_text(now)}
    campaigns = [row["campaign"] for row in first["overview"].rows]
    last = {**span, "from_at": to_text(hour - 23 * HOUR)}
    of_each = [
        {c: ask(name, campaign=c, bucket="hour", **time) for c in campaigns}
        for name, time in (("volume", span), ("totals", last), ("by_platform", last))
    ]
    found = await asyncio.gather(*(gather(datasette, **asks) for asks in of_each))
    context = {
        "cards": [
            pages.card(row, *(results[row["campaign"]] for results in found))
            for row in first["overview"].rows
        ],
        "health": pages.health(first["health"].rows),
        "several_zones": zones.several(first["overview"].rows),
        "results": first,
        "now": now,
    }
    return await frame.page(request, datasette, "gs_index.html", context)


async def campaign(request: Request, datasette: Datasette) -> Response:
    """One campaign, over the time and the filters that the address names."""
    await frame.allow(request, datasette)
    slug = unquote(request.url_vars["slug"])
    now = frame.now(datasette)
    first = await gather(
        datasette,
        overview=ask("overview", to_at=to_text(now)),
        health=ask("source_health"),
        watched=ask("terms_of", campaign=slug),
    )
    known = {row["campaign"]: row for row in first["overview"].rows}
    if slug not in known:
        raise NoCampaign(slug)
    about = known[slug]
    watched = sorted({row["platform"] for row in first["health"].rows})
    view = ranges.read(
        {name: request.args.get(name) or "" for name in request.args},
        now=now,
        platforms=watched,
        first_at=from_text(about["first_hour"]) if about["first_hour"] else None,
        narrows=True,
        zone=zones.named(about["timezone"]),
        terms=[row["value"] for row in first["watched"].rows],
    )
    visit = visits.last(request, slug, now)
    two_days = two_days_of(slug, now)
    shown = _shows(view, two_days)
    results, short = await asyncio.gather(
        _campaign_results(datasette, slug, view, first["watched"]),
        _short(datasette, about, now, visit, {} if shown else {"two_days": two_days}),
    )
    if shown:
        whole = results["volume"]
        rows = rows_of(whole.rows, two_days)
        short["two_days"] = result(datasette, two_days, rows, whole.error)
    context = _campaign_context(results | short, view)
    context |= {
        "headline": _headline(about, short),
        "visit": visit if "since" in short else None,
        "live": True,
        "campaign_slug": slug,
        "about": about,
        "view": replace(view, term_shown=_term(first["watched"].rows, view.term)),
        "zone": view.zone,
        "feeds": feeds.offered(about, {"platform": view.platform, **view.narrowing}),
        "platforms": watched,
        "presets": ranges.PRESETS,
        "now": now,
    }
    answer = await frame.page(request, datasette, "gs_campaign.html", context)
    visits.note(answer, request, slug, now)
    return answer


def _term(watched: Sequence[Row], value: str) -> str:
    """A term as staff wrote it; '' where none is chosen."""
    return next((written(row) for row in watched if row["value"] == value), "")


def two_days_of(slug: str, now: datetime) -> Ask:
    """The headline's 48 hours, by the hour."""
    begin = now.replace(minute=0, second=0) - 47 * HOUR
    span = {"from_at": to_text(begin), "to_at": to_text(now)}
    return ask("volume", campaign=slug, bucket="hour", **span)


def _shows(view: ranges.View, asked: Ask) -> bool:
    """Whether the page's own hours hold those, so that they need not be counted twice."""
    told, wanted = view.counted, asked.params
    whole = view.bucket == "hour" and not view.platform and not view.narrowed
    within = told["from_at"] <= str(wanted["from_at"])
    return whole and within and told["to_at"] == wanted["to_at"]


def rows_of(rows: Sequence[Row], asked: Ask) -> list[Row]:
    """Those of the asked time, of the platforms that are watched or have posts then."""
    later = [row for row in rows if row["bucket"] >= asked.params["from_at"]]
    known = {row["platform"] for row in later if row["sources"] or row["posts"]}
    return [row for row in later if row["platform"] in known]


async def _short(
    datasette: Datasette,
    about: Row,
    now: datetime,
    visit: datetime | None,
    more: Mapping[str, Ask],
) -> dict[str, Result]:
    """What the headline is made from, whatever time the page shows, and more."""
    slug, to_at = about["campaign"], to_text(now)
    day = {"campaign": slug, "from_at": about["from_at"], "to_at": to_at}
    asked = {
        **more,
        "day": ask("totals", bucket="hour", **day),
        "day_platforms": ask("by_platform", bucket="hour", **day),
        "new_alerts": ask("alerts", **day),
        "new_events": ask("events", **day),
    }
    if visit is not None and visit < now:
        asked["since"] = ask(
            "since", campaign=slug, from_at=to_text(visit), to_at=to_at
        )
    found = await gather(datasette, **asked)
    same = alike.of_rows(found["day_platforms"].rows)
    if why.clear(same.now, same.before):
        only = "" if same.all else ",".join(same.names)
        differing = ask("differences", top=_DIFFERENCES, platforms=only, **day)
        found["differences"] = await fetch(datasette, differing)
    return found


def _headline(about: Row, short: Mapping[str, Result]) -> headline.Headline:
    """short: what `_short` gives, with the two days by the hour."""
    differing = short.get("differences")
    return headline.headline(
        about,
        short["day"],
        short["day_platforms"],
        short["two_days"],
        short["new_alerts"],
        short["new_events"].rows,
        list(why.parts(about, short["day_platforms"], differing)),
    )


async def _campaign_results(
    datasette: Datasette, slug: str, view: ranges.View, watched: Result
) -> dict[str, Result]:
    asked, counted = ({"campaign": slug, **of} for of in (view.params, view.counted))
    diary = {name: asked[name] for name in ("campaign", "from_at", "to_at")}
    panels = passing.asks(slug, view) if view.narrowed else _whole(slug, view)
    if days := falls.earlier(view):
        span = dict(zip(("from_at", "to_at"), map(to_text, days), strict=True))
        over = {"bucket": "hour", "platform": view.platform, **view.rolled_up}
        panels["before"] = ask("volume", campaign=slug, **over, **span)
    found = await gather(
        datasette,
        **panels,
        spoken=ask("languages", top=30, **counted),
        gaps=ask("gaps", **asked),
        coverage=ask("coverage_of", **asked),
        alerts=ask("alerts", **asked),
        labelled=ask("labelled", **asked),
        events=ask("events", **diary),
    )
    return {**found, "watched": watched}


def _before(results: Mapping[str, Result]) -> Sequence[Row]:
    """The days before, where hours are compared with them."""
    return results["before"].rows if "before" in results else ()


def _whole(slug: str, view: ranges.View) -> dict[str, Ask]:
    """What the panels ask for where nothing but time and platform is chosen."""
    asked, counted = ({"campaign": slug, **of} for of in (view.params, view.counted))
    over = {"bucket": view.bucket, **counted}
    daily = {"campaign": slug, **view.daily}
    return {
        "totals": ask("totals", **over),
        "volume": ask("volume", **over),
        "platforms": ask("by_platform", **over),
        "sentiment": ask("sentiment", **over),
        "hashtags": ask("top_hashtags", top=12, **daily),
        "languages": ask("languages", top=30, **counted),
        "links": ask("top_links", top=12, **daily),
        "terms": ask("term_shares", campaign=slug, **view.counted),
        "voices": ask("top_voices", top=12, **daily),
        "newest": ask("newest_posts", top=20, **asked),
        "shared": ask("most_shared", top=6, **asked),
    }


def _campaign_context(results: dict[str, Result], view: ranges.View) -> dict[str, Any]:
    bounds = {name: view.counted[name] for name in ("from_at", "to_at")}
    passed = passing.passed(results) if view.narrowed else None
    if view.narrowed:
        results = {**results, **passing.results(results, results["watched"].rows)}
    happened = markers.moments(results["watched"].rows, results["events"].rows)
    marks = markers.lettered(happened, **bounds)
    return {
        "results": results,
        "passed": passed,
        "carried": view.query() if view.chips else "",
        "over_to": passing.over_to(results),
        "spoken": results["spoken"].rows,
        "terms": results["watched"].rows,
        "volume": pages.volume_panel(
            results["volume"], view, marks, results["coverage"].rows, _before(results)
        ),
        "platforms_ranked": platforms.ranking(
            results["platforms"], results["volume"], results["coverage"]
        ),
        "gaps": gaps.told(results["coverage"].rows, view.hours, view.zone),
        "sources_unlike": gaps.unlike(results["coverage"].rows),
        "imported": pages.imported(results["coverage"].rows),
        "sentiment": pages.sentiment_panel(
            results["sentiment"], results["labelled"], view
        ),
        "narrows": SENTIMENTS,
        "languages": tallies.languages(results["languages"].rows),
        "hashtags": pages.ranking(results["hashtags"].rows),
        "links": pages.ranking(pages.linked(results["links"].rows)),
        "voices": pages.ranking(results["voices"].rows),
        "newest": [pages.post(row) for row in results["newest"].rows],
        "shared": [pages.post(row) for row in results["shared"].rows],
        "scripts": _CHARTING,
    }


async def sources(request: Request, datasette: Datasette) -> Response:
    """Every source: its state, its walks, and what it saw in the last 7 days."""
    await frame.allow(request, datasette)
    now = frame.now(datasette)
    view = ranges.read({}, now=now, platforms=[])
    span = {name: view.params[name] for name in ("from_at", "to_at")}
    results = await gather(
        datasette,
        health=ask("source_health"),
        walks=ask("source_walks"),
        coverage=ask("source_coverage", bucket="hour", **span),
        runs=ask("recent_runs", top=12),
        notices=ask("deliveries", top=12),
        reports=ask("reports", top=12),
        overview=ask("overview", to_at=to_text(now)),
    )
    context = {
        "sources": [
            pages.source(
                row,
                walks=results["walks"].rows,
                coverage=results["coverage"].rows,
                view=view,
                now=now,
            )
            for row in results["health"].rows
        ],
        "health": pages.health(results["health"].rows),
        "several_zones": zones.several(results["overview"].rows),
        "zone_of": {
            row["campaign"]: zones.named(row["timezone"])
            for row in results["overview"].rows
        },
        "results": results,
        "view": view,
        "now": now,
    }
    return await frame.page(request, datasette, "gs_sources.html", context)
