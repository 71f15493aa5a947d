"""What YouTube's refusals mean, by their `reason`; and whether the key works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from collectors import _youtube_walk
from collectors._asking import kept
from collectors._json import decode, mapping, mappings
from collectors.base import BadPayload, Denied, Page, Probe, Query, RateLimited
from collectors.text import words

_SPENT = {
    "quotaExceeded",
    "dailyLimitExceeded",
    "rateLimitExceeded",
    "userRateLimitExceeded",
}
_KEY = {
    "keyInvalid", "keyExpired", "badRequest", "accessNotConfigured", "forbidden",
    "ipRefererBlocked", "authError", "required",
}  # fmt: skip
_NO_COMMENTS = {"commentsDisabled", "videoNotFound", "processingFailure", "forbidden"}


class YouTubeErrors:
    """See `collectors.base.Explains` and `Probes`."""

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """A video without comments; a quota that is spent; a key that does not work.

        Raises RateLimited and Denied.
        """
        why = _reason(response)
        if kept(response).get("step") == "comments" and why in _NO_COMMENTS:
            following = _youtube_walk.after_comments(response, query)
            return Page(next=following, skipped={"comments are closed": 1})
        if why in _SPENT:
            raise RateLimited(f"YouTube says that the quota is spent ({why})")
        if why in _KEY and response.status_code in {400, 401, 403}:
            raise Denied(
                f"YouTube refuses the key in {_youtube_walk.KEY.env} ({why}): is it right, "
                "and is YouTube Data API v3 enabled for it?"
            )
        return None

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """The cheapest call: one unit."""
        query = Query("forward", (), settings)
        return _youtube_walk.ask(query, "videoCategories", {"part": "id", "id": "1"})

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],  # noqa: ARG002
        so_far: Probe | None,  # noqa: ARG002
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""
        if response.is_success:
            return Probe("open", "the key works")
        why = _reason(response) or str(response.status_code)
        if why in _SPENT:
            return Probe("limited", f"the day's quota is spent ({why})")
        return Probe("login", f"the key in {_youtube_walk.KEY.env} is refused ({why})")


def _reason(response: httpx.Response) -> str | None:
    """The first `reason` of an error; never its message, which may quote the key."""
    try:
        error = mapping(mapping(decode(response)).get("error"))
    except BadPayload:
        return None
    reasons = [words(one.get("reason")) for one in mappings(error.get("errors"))]
    found = next((one for one in reasons if one), None)
    return found if found and found.isalpha() else None
