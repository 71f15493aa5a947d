"""Which campaign an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from db.published import CAMPAIGN
from db.times import from_text, to_text
from groundswell.web import frame, ranges, zones
from groundswell.web.data import DATABASE, ask, gather
from groundswell.web.errors import NoCampaign

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request


class Named(NamedTuple):
    """A campaign's slug, number, title, and the zone of its times."""

    slug: str
    id: int
    title: str
    zone: ZoneInfo

    @property
    def context(self) -> dict[str, Any]:
        """What the pages' common parts need to know of it."""
        return {
            "campaign_slug": self.slug,
            "about": {"title": self.title},
            "zone": self.zone,
        }


async def named(request: Request, datasette: Datasette) -> Named:
    """The campaign in the address. Raises NoCampaign."""
    slug = unquote(request.url_vars["slug"])
    found = await datasette.get_database(DATABASE).execute(CAMPAIGN, {"slug": slug})
    if not found.rows:
        raise NoCampaign(slug)
    row = found.rows[0]
    return Named(slug, int(row["id"]), row["title"], zones.named(row["timezone"]))


async def viewed(
    request: Request,
    datasette: Datasette,
    *,
    default: str = ranges.DEFAULT,
    exact: bool = False,
) -> tuple[Named, ranges.View, dict[str, Any]]:
    """The campaign and the time in the address, and what a page needs to show both.
    default: the range that is shown where the address names none. exact: as `ranges.read`
    has it. Raises NoCampaign."""
    found = await named(request, datasette)
    now = frame.now(datasette)
    first = await gather(
        datasette,
        overview=ask("overview", to_at=to_text(now)),
        health=ask("source_health"),
    )
    about = next(row for row in first["overview"].rows if row["campaign"] == found.slug)
    platforms = sorted({row["platform"] for row in first["health"].rows})
    args = {name: request.args.get(name) or "" for name in request.args}
    if not any(args.get(name) for name in ("range", "from", "to")):
        args["range"] = default
    view = ranges.read(
        args,
        now=now,
        platforms=platforms,
        first_at=from_text(about["first_hour"]) if about["first_hour"] else None,
        zone=found.zone,
        exact=exact,
    )
    context = {
        "about": about,
        "campaign_slug": found.slug,
        "campaigns": first["overview"].rows,
        "view": view,
        "zone": found.zone,
        "platforms": platforms,
        "presets": ranges.PRESETS,
        "now": now,
    }
    return found, view, context
