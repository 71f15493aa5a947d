"""The plugin's routes: read the address, ask the queries, fill the template."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Response

from db.times import from_text, to_text
from groundswell.clock import Clock, utcnow
from groundswell.web import effects, headers, pages, ranges
from groundswell.web.data import DATABASE, Result, ask, gather, simulated

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

HOUR = timedelta(hours=1)
_CHARTING = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")


def static(datasette: Datasette, name: str) -> str:
    """The address of one of our static files."""
    path: str = datasette.urls.static_plugins("groundswell", name)
    return path


async def index(request: Request, datasette: Datasette) -> Response:
    """All campaigns: the last 24 hours against the 24 before."""
    await _allow(request, datasette)
    now = _now(datasette)
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
    return await _page(request, datasette, "gs_index.html", context)


async def campaign(request: Request, datasette: Datasette) -> Response:
    """One campaign, over the time and platform that the address names."""
    await _allow(request, datasette)
    slug = unquote(request.url_vars["slug"])
    now = _now(datasette)
    first = await gather(
        datasette,
        overview=ask("overview", to_at=to_text(now)),
        health=ask("source_health"),
    )
    known = {row["campaign"]: row for row in first["overview"].rows}
    if slug not in known:
        context: dict[str, Any] = {"slug": slug, "campaigns": list(known.values())}
        return await _page(request, datasette, "gs_unknown.html", context, status=404)
    about = known[slug]
    platforms = sorted({row["platform"] for row in first["health"].rows})
    view = ranges.read(
        {name: request.args.get(name) or "" for name in request.args},
        now=now,
        platforms=platforms,
        first_at=from_text(about["first_hour"]) if about["first_hour"] else None,
    )
    results, diary = await asyncio.gather(
        _campaign_results(datasette, slug, view),
        effects.results(datasette, slug, view, now),
    )
    context = _campaign_context(results, view)
    context |= {
        "diary": effects.panel(diary, now),
        "about": about,
        "view": view,
        "platforms": platforms,
        "presets": ranges.PRESETS,
        "now": now,
    }
    return await _page(request, datasette, "gs_campaign.html", context)


async def _campaign_results(
    datasette: Datasette, slug: str, view: ranges.View
) -> dict[str, Result]:
    asked = {"campaign": slug, **view.params}
    return await gather(
        datasette,
        totals=ask("totals", bucket=view.bucket, **asked),
        volume=ask("volume", bucket=view.bucket, **asked),
        sentiment=ask("sentiment", bucket=view.bucket, **asked),
        gaps=ask("gaps", **asked),
        hashtags=ask("top_hashtags", top=12, **asked),
        links=ask("top_links", top=12, **asked),
        voices=ask("top_voices", top=12, **asked),
        newest=ask("newest_posts", top=20, **asked),
        shared=ask("most_shared", top=6, **asked),
        coverage=ask("coverage_of", **asked),
        alerts=ask("alerts", **asked),
    )


def _campaign_context(results: dict[str, Result], view: ranges.View) -> dict[str, Any]:
    return {
        "results": results,
        "volume": pages.volume_panel(results["volume"], view),
        "imported": pages.imported(results["coverage"].rows),
        "sentiment": pages.sentiment_panel(results["sentiment"], view),
        "hashtags": pages.ranking(results["hashtags"].rows),
        "links": pages.ranking(results["links"].rows),
        "voices": pages.ranking(results["voices"].rows),
        "newest": [pages.post(row) for row in results["newest"].rows],
        "shared": [pages.post(row) for row in results["shared"].rows],
        "scripts": _CHARTING,
    }


async def sources(request: Request, datasette: Datasette) -> Response:
    """Every source: its state, its walks, and what it saw in the last 7 days."""
    await _allow(request, datasette)
    now = _now(datasette)
    view = ranges.read({}, now=now, platforms=[])
    span = {name: view.params[name] for name in ("from_at", "to_at")}
    results = await gather(
        datasette,
        health=ask("source_health"),
        walks=ask("source_walks"),
        coverage=ask("source_coverage", bucket="hour", **span),
        runs=ask("recent_runs", top=12),
        notices=ask("deliveries", top=12),
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
    return await _page(request, datasette, "gs_sources.html", context)


async def _allow(request: Request, datasette: Datasette) -> None:
    """Raises Forbidden where the metadata's `allow` blocks shut this reader out."""
    if DATABASE not in datasette.databases:
        raise NotFound(f"This server has no database called {DATABASE}.")
    wanted = [("view-database", DATABASE), "view-instance"]
    await datasette.ensure_permissions(request.actor, wanted)


def _now(datasette: Datasette) -> datetime:
    clock: Clock = getattr(datasette, "groundswell_clock", utcnow)
    return clock().replace(microsecond=0)


async def _page(
    request: Request,
    datasette: Datasette,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> Response:
    context |= {
        "static": lambda name: static(datasette, name),
        "charting": lambda name: datasette.urls.static_plugins(
            "datasette-dashboards", name
        ),
        "gs_simulated": await simulated(datasette),
    }
    body = await datasette.render_template(template, context, request=request)
    secure = {"content-security-policy": headers.OURS}
    return Response.html(body, status=status, headers=secure)
