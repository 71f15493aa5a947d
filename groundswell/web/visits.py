"""When a reader was on a campaign's page last: kept in their own cookie, nowhere else."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from db.times import from_text, to_text

if TYPE_CHECKING:
    from datasette.utils.asgi import Request, Response

# So long without a look ends a visit; what came since its last look is new.
_AWAY = timedelta(minutes=30)
_KEPT_S = 60 * 86_400
_TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def last(request: Request, campaign: str, now: datetime) -> datetime | None:
    """The last look of the visit before this one; None: the first visit that is known."""
    before, latest = _read(request, campaign, now)
    if latest is not None and now - latest >= _AWAY:
        return latest
    return before


def note(response: Response, request: Request, campaign: str, now: datetime) -> None:
    """Remember this look."""
    before = last(request, campaign, now)
    told = f"{to_text(before) if before else ''}/{to_text(now)}"
    response.set_cookie(_name(campaign), told, max_age=_KEPT_S, httponly=True)


def _read(
    request: Request, campaign: str, now: datetime
) -> tuple[datetime | None, datetime | None]:
    before, _, latest = request.cookies.get(_name(campaign), "").partition("/")
    times = [_moment(text, now) for text in (before, latest)]
    return times[0], times[1]


def _moment(text: str, now: datetime) -> datetime | None:
    if not _TIMES.fullmatch(text):
        return None
    try:
        found = from_text(text)
    except ValueError:
        return None
    return found if found <= now else None


def _name(campaign: str) -> str:
    return "seen-" + re.sub(r"[^a-z0-9-]", "", campaign)
