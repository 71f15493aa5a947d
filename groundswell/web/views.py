"""The plugin's routes: read the address, ask the queries, fill the template."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from db.times import from_text, to_text
from groundswell.web import (
    feeds,
    frame,
    headline,
    markers,
    pages,
    passing,
    ranges,
    tallies,
    visits,
)
from groundswell.web.charts import SENTIMENTS
from groundswell.web.data import Ask, Result, Row, ask, gather

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

HOUR = timedelta(hours=1)
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
    volumes, totals = await asyncio.gather(
        gather(
            datasette,
            **{c: ask("volume", campaign=c, bucket="hour", **span) for c in campaigns},
        ),
        gather(datasette, **{c: ask("totals", campaign=c, **last) for c in campaigns}),
    )
    context = {
        "cards": [
            pages.card(r, volumes[r["campaign"]], totals[r["campaign"]])
            for r in first["overview"].rows
        ],
        "health": pages.health(first["health"].rows),
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
        context: dict[str, Any] = {"slug": slug, "campaigns": list(known.values())}
        return await frame.page(
            request, datasette, "gs_unknown.html", context, status=404
        )
    about = known[slug]
    platforms = sorted({row["platform"] for row in first["health"].rows})
    view = ranges.read(
        {name: request.args.get(name) or "" for name in request.args},
        now=now,
        platforms=platforms,
        first_at=from_text(about["first_hour"]) if about["first_hour"] else None,
        narrows=True,
        terms=[row["value"] for row in first["watched"].rows],
    )
    visit = visits.last(request, slug, now)
    results, short = await asyncio.gather(
        _campaign_results(datasette, slug, view, first["watched"]),
        _short(datasette, about, now, visit),
    )
    context = _campaign_context(results | short, view)
    context |= {
        "headline": headline.headline(
            about,
            short["day"],
            short["two_days"],
            short["new_alerts"],
            short["new_events"].rows,
        ),
        "visit": visit if "since" in short else None,
        "live": True,
        "campaign_slug": slug,
        "about": about,
        "view": view,
        "feeds": feeds.offered(about, {"platform": view.platform, **view.narrowing}),
        "platforms": platforms,
        "presets": ranges.PRESETS,
        "now": now,
    }
    answer = await frame.page(request, datasette, "gs_campaign.html", context)
    visits.note(answer, request, slug, now)
    return answer


async def _short(
    datasette: Datasette, about: Row, now: datetime, visit: datetime | None
) -> dict[str, Result]:
    """What the headline is made from, whatever time the page shows."""
    slug, to_at = about["campaign"], to_text(now)
    day = {"campaign": slug, "from_at": about["from_at"], "to_at": to_at}
    hour = now.replace(minute=0, second=0)
    asked = {
        "day": ask("totals", bucket="hour", **day),
        "two_days": ask(
            "volume",
            campaign=slug,
            bucket="hour",
            from_at=to_text(hour - 47 * HOUR),
            to_at=to_at,
        ),
        "new_alerts": ask("alerts", **day),
        "new_events": ask("events", **day),
    }
    if visit is not None and visit < now:
        asked["since"] = ask(
            "since", campaign=slug, from_at=to_text(visit), to_at=to_at
        )
    return await gather(datasette, **asked)


async def _campaign_results(
    datasette: Datasette, slug: str, view: ranges.View, watched: Result
) -> dict[str, Result]:
    asked = {"campaign": slug, **view.params}
    diary = {name: asked[name] for name in ("campaign", "from_at", "to_at")}
    panels = passing.asks(slug, view) if view.narrowed else _whole(asked, view)
    found = await gather(
        datasette,
        **panels,
        spoken=ask("languages", top=30, **asked),
        gaps=ask("gaps", **asked),
        coverage=ask("coverage_of", **asked),
        alerts=ask("alerts", **asked),
        labelled=ask("labelled", **asked),
        events=ask("events", **diary),
    )
    return {**found, "watched": watched}


def _whole(asked: dict[str, str], view: ranges.View) -> dict[str, Ask]:
    """What the panels ask for where nothing but time and platform is chosen."""
    over = {"bucket": view.bucket, **asked}
    return {
        "totals": ask("totals", **over),
        "volume": ask("volume", **over),
        "sentiment": ask("sentiment", **over),
        "hashtags": ask("top_hashtags", top=12, **asked),
        "languages": ask("languages", top=30, **asked),
        "links": ask("top_links", top=12, **asked),
        "terms": ask("term_shares", **asked),
        "voices": ask("top_voices", top=12, **asked),
        "newest": ask("newest_posts", top=20, **asked),
        "shared": ask("most_shared", top=6, **asked),
    }


def _campaign_context(results: dict[str, Result], view: ranges.View) -> dict[str, Any]:
    bounds = {name: view.params[name] for name in ("from_at", "to_at")}
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
        "volume": pages.volume_panel(results["volume"], view, marks),
        "imported": pages.imported(results["coverage"].rows),
        "sentiment": pages.sentiment_panel(
            results["sentiment"], results["labelled"], view
        ),
        "narrows": SENTIMENTS,
        "languages": tallies.languages(results["languages"].rows),
        "hashtags": pages.ranking(results["hashtags"].rows),
        "links": pages.ranking(results["links"].rows),
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
        "results": results,
        "view": view,
        "now": now,
    }
    return await frame.page(request, datasette, "gs_sources.html", context)
