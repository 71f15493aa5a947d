"""Forward, back and settle walks over a hashtag timeline.

A page is always newest first; `min_id` gives the page above an id, `max_id` the one below
it. Where a walk stands is read off the request that was made, so nothing is remembered
between two pages.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from collectors._json import bad, decode
from collectors._mastodon_ask import (
    facts,
    has_snowflakes,
    host_of,
    steps_forward,
    timeline,
    token_of,
)
from collectors._mastodon_pages import (
    READ_BEFORE,
    Statuses,
    all_numeric,
    as_counts,
    is_above,
    read,
    snowflake_after,
)
from collectors.base import Gap, Page, Query


def first(query: Query) -> httpx.Request:
    """The walk's first page. Raises ValueError, see `timeline`."""
    return timeline(query, _opening(query))


def _opening(query: Query) -> Mapping[str, str]:
    if query.walk == "forward":
        return {"min_id": query.checkpoint} if query.checkpoint else {}
    if query.walk == "back" and query.checkpoint:
        return {"max_id": query.checkpoint}
    if query.until is not None and has_snowflakes(query.settings):
        return {"max_id": snowflake_after(query.until)}
    return {}


def page(response: httpx.Response, query: Query) -> Page:
    """What one page of the timeline gave. Raises BadPayload."""
    items = decode(response)
    if not isinstance(items, list):
        raise bad(response, "a list of statuses was due")
    cursor = _cursor(response, query)
    until_id = query.checkpoint if query.walk == "forward" else None
    statuses = read(items, query, until_id=until_id)
    if not items:
        return _empty(query, cursor)
    if not statuses.ids:
        raise bad(response, "none of the statuses has an id")
    if "min_id" in cursor:
        return _upward(statuses, query, cursor["min_id"])
    if not _is_below(statuses, cursor.get("max_id")):
        raise bad(response, "max_id was ignored: the page does not move")
    return _downward(statuses, query, is_top="max_id" not in cursor)


def _cursor(response: httpx.Response, query: Query) -> Mapping[str, str]:
    """The ids that the request named; a response without a request is the first one."""
    try:
        params = response.request.url.params
    except RuntimeError:
        return _opening(query)
    return {name: params[name] for name in ("min_id", "max_id") if name in params}


def _empty(query: Query, cursor: Mapping[str, str]) -> Page:
    """The end, upward or downward: only an empty page is one, a short page is not."""
    if query.walk == "forward" and "min_id" in cursor:
        return Page(ascending=True, checkpoint=cursor["min_id"], gap=_silence(query))
    oldest = cursor.get("max_id") if query.walk == "back" else None
    return Page(checkpoint=oldest, reached=query.since, gap=_silence(query))


def _silence(query: Query) -> Gap | None:
    """A server that has closed its feed may answer with nothing instead of an error."""
    feeds = facts(query.settings).get("hashtag_feeds", "public")
    if feeds == "disabled":
        why = "has switched its hashtag feeds off"
    elif feeds == "authenticated" and token_of(query.settings) is None:
        why = "shows its hashtag feeds only to those who are logged in"
    else:
        return None
    host = host_of(query.settings)
    return Gap(
        "blind", f"{host} {why}: an empty answer does not mean that nobody posted"
    )


def _upward(statuses: Statuses, query: Query, min_id: str) -> Page:
    """A page above `min_id`.

    Only software that is known to step forward is believed that nothing lies between
    `min_id` and this page, and only while the ids agree. Else this page is kept, and the
    walk starts again at the top and goes down to the checkpoint.
    """
    if not steps_forward(query.settings) or not _is_above(statuses, min_id):
        return Page(**as_counts(statuses), next=timeline(query, {}))
    return Page(
        **as_counts(statuses),
        ascending=True,
        checkpoint=statuses.newest,
        reached=statuses.newest_at,
        next=timeline(query, {"min_id": statuses.newest}),
    )


def _is_above(statuses: Statuses, min_id: str) -> bool:
    if all_numeric([min_id, *statuses.ids]):
        return all(is_above(found, min_id) for found in statuses.ids)
    return min_id not in statuses.ids


def _is_below(statuses: Statuses, max_id: str | None) -> bool:
    """Whether the page leads on downward."""
    if max_id is None:
        return True
    if all_numeric([max_id, *statuses.ids]):
        return is_above(max_id, statuses.oldest)
    return max_id not in statuses.ids


def _downward(statuses: Statuses, query: Query, *, is_top: bool) -> Page:
    """A page on the way down, or the newest one."""
    reached = statuses.oldest_at
    is_last = _is_last(statuses, query)
    if is_last and reached is not None and query.since is not None:
        reached = min(reached, query.since)
    return Page(
        **as_counts(statuses),
        checkpoint=_proposal(statuses, query, is_top=is_top),
        reached=reached,
        next=None if is_last else timeline(query, {"max_id": statuses.oldest}),
        gap=_untimed(statuses) if is_last else None,
    )


def _proposal(statuses: Statuses, query: Query, *, is_top: bool) -> str | None:
    """Back: as far as it came. Forward: the top, once, and never below the last one."""
    if query.walk == "back":
        return statuses.oldest
    if query.walk != "forward" or not is_top:
        return None
    last = query.checkpoint
    if last is not None and all_numeric([last, *statuses.ids]):
        return statuses.newest if is_above(statuses.newest, last) else last
    return statuses.newest


def _is_last(statuses: Statuses, query: Query) -> bool:
    if query.walk == "forward":
        if query.checkpoint is None or READ_BEFORE in statuses.skipped:
            return True  # the newest page is a beginning; a back walk reads the rest
        if all_numeric([query.checkpoint, *statuses.ids]):
            return False
        # An opaque checkpoint that was deleted is never met again.
    reached = statuses.oldest_at
    return query.since is not None and reached is not None and reached < query.since


def _untimed(statuses: Statuses) -> Gap | None:
    if statuses.oldest_at is not None:
        return None
    return Gap("blind", "no status on the page has a time that can be read")
