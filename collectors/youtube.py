"""YouTube's Data API: videos by search, and their comments that carry a term.

One walk: a search (all terms in one question, for searches are scarce), the found videos
in full, the comments of those that match, and the next page of the search. Where it
stands travels in the fragment. Traps and field map: platforms.md section 14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _youtube_errors, _youtube_known, _youtube_walk
from collectors._asking import address_faults, kept
from collectors.base import (
    Budget,
    Card,
    Charge,
    Duties,
    Pace,
    Page,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
)

API = "https://www.googleapis.com/youtube/v3"
# The daily quota, which begins anew at midnight in California (quota page, 2026).
SEARCHES, UNITS = 100, 10_000
_ZONE = "America/Los_Angeles"

__all__ = ["API", "COLLECTOR", "YouTube"]


class YouTube(_youtube_errors.YouTubeErrors):
    """See `collectors.base.RequestCollector`, `Explains`, `Probes` and `Metered`."""

    slug: ClassVar[str] = "youtube"
    docs: ClassVar[str] = "https://developers.google.com/youtube/v3/docs"
    card: ClassVar[Card] = Card(
        name="YouTube",
        access="free key",
        gives="videos by search, and their comments that carry a term, with views",
        needs="a free API key of Google's",
        base_url=API,
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        keep=timedelta(days=30),
        recheck=timedelta(days=25),
        why="what its interface gave is refreshed or deleted after 30 days (Developer "
        "Policies III.E.4)",
    )
    pace: ClassVar[Pace] = Pace(requests=60, per_s=60, pages=60)
    scope: ClassVar[Literal["term", "source"]] = "source"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = (_youtube_walk.KEY,)
    settings: ClassVar[Mapping[str, str]] = {
        "comments": "false leaves the comments out (they cost one unit a video)",
        "region": 'what can be seen in one country, by its two letters ("GB")',
        "language": 'what is most relevant to a language, by its two letters ("en")',
        "searches_per_day": f"how many searches a day may cost ({SEARCHES})",
        "units_per_day": f"how many other calls a day may cost ({UNITS})",
    }

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        problems = address_faults(settings, API)
        for key in ("region", "language"):
            code = settings.get(key, "gb")
            if not (isinstance(code, str) and len(code) == 2 and code.isalpha()):
                problems.append(f'{key} must be two letters, such as "gb".')
        if not isinstance(settings.get("comments", True), bool):
            problems.append("comments must be true or false.")
        for key in ("searches_per_day", "units_per_day"):
            limit = settings.get(key, 1)
            if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
                problems.append(f"{key} must be a whole number, 0 or more.")
        return problems

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four. A settle walk costs a search as well; each is worth one."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        if query.walk == "recheck":
            return _youtube_known.first(query)
        return _youtube_walk.search(query)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        if query.walk == "recheck":
            return _youtube_known.page(response, query)
        steps = {"videos": _youtube_walk.videos, "comments": _youtube_walk.comments}
        step = steps.get(kept(response).get("step", ""), _youtube_walk.found)
        return step(response, query)

    def budgets(self, settings: Mapping[str, Any]) -> Sequence[Budget]:
        """The day's searches and the day's units, both spread over the day."""
        searches = settings.get("searches_per_day", SEARCHES)
        units = settings.get("units_per_day", UNITS)
        return (
            Budget("searches", searches, "day", _ZONE, spread=True),
            Budget("units", units, "day", _ZONE, spread=True),
        )

    def price(
        self,
        request: httpx.Request,
        settings: Mapping[str, Any],  # noqa: ARG002
    ) -> Sequence[Charge]:
        """A search costs a search, any other call a unit."""
        is_search = request.url.path.endswith("/search")
        return (Charge("searches" if is_search else "units", 1),)

    def bill(
        self, response: httpx.Response, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        """The same: a refused call costs as much as an answered one."""
        return self.price(response.request, settings)


COLLECTOR: RequestCollector = YouTube()
