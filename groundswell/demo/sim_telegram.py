"""A Telegram channel's web page, over the simulated world."""

from __future__ import annotations

import html
import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, shown

NAME = "MinutesDaily"
_PER_PAGE = 20
_URL = re.compile(r"https://\S+")


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """The channel's messages; any other name has no preview."""

    async def page(request: Request) -> Response:
        if request.path_params["name"] != NAME:
            return RedirectResponse(f"/{request.path_params['name']}", status_code=302)
        before = int(request.query_params.get("before", 2**40))
        found = [item for item in shown(stage, channel) if item.number < before]
        messages = "".join(_message(item, stage) for item in found[:_PER_PAGE][::-1])
        return HTMLResponse(
            f'<main><section class="tgme_channel_history">{messages}</section></main>'
        )

    async def none(request: Request) -> Response:  # noqa: ARG001
        return HTMLResponse('<div class="tgme_page">Contact this person</div>')

    return [Route("/s/{name}", page), Route("/{name}", none)]


def _message(item: Item, stage: Stage) -> str:
    words = html.escape(f"{item.title}\n{item.body(stage.now())}").replace(
        "\n", "<br/>"
    )
    linked = _URL.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', words)
    views = item.counts(stage.now()).likes * 130
    shown_views = f"{views / 1000:.1f}K" if views >= 1000 else str(views)
    return f"""
<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message"
 data-post="{NAME}/{item.number}">
<a class="tgme_widget_message_owner_name" href="https://t.me/{NAME}"><span>Minutes</span></a>
<div class="tgme_widget_message_text js-message_text" dir="auto">{linked}</div>
<span class="tgme_widget_message_views">{shown_views}</span>
<a class="tgme_widget_message_date" href="https://t.me/{NAME}/{item.number}"><time
 datetime="{item.created_at.isoformat()}">12:00</time></a></div></div>"""


VENUE = Venue(
    Channel(
        "telegram", "telegram", "t.example", 90,
        uri=lambda item: f"telegram:{NAME.lower()}/{item.number}",
    ),
    routes,
    path=f"/{NAME}",
)  # fmt: skip
