"""Recheck walks: known posts asked again, many at once where the server can."""

from __future__ import annotations

import re
from collections.abc import Sequence

import httpx

from collectors._json import bad, decode, is_html, local_id, mapping, mappings
from collectors._mastodon_ask import BATCH, batch_key, get
from collectors._mastodon_pages import read
from collectors.base import Page, Query
from collectors.text import words

NO_ID = "no id on this server"

_PATH = "/api/v1/statuses"
_ONE = re.compile(rf"{_PATH}/([^/]+)$")
_ID = re.compile(r"[\w-]+", re.ASCII)  # anything else could lead to another path


def first(query: Query) -> httpx.Request:
    """The first question. Raises ValueError where no known post has an id here."""
    ids = _ids(query)
    if not ids:
        raise ValueError("none of the known posts has an id on this server")
    return _ask(query, ids)


def _ids(query: Query) -> list[str]:
    """The ids to ask for, in the order of the known posts."""
    here = (known.local_id or "" for known in query.known)
    return list(dict.fromkeys(one for one in here if _ID.fullmatch(one)))


def _ask(query: Query, ids: Sequence[str], *, singly: bool = False) -> httpx.Request:
    key = batch_key(query.settings)
    if singly or key is None:
        return get(query.settings, f"{_PATH}/{ids[0]}")
    return get(query.settings, _PATH, [(key, one) for one in ids[:BATCH]])


def _rest(query: Query, asked: Sequence[str], *, singly: bool) -> httpx.Request | None:
    """The question after this one; None when all known posts were asked for."""
    ids = _ids(query)
    done = ids.index(asked[-1]) + 1 if asked and asked[-1] in ids else len(ids)
    return _ask(query, ids[done:], singly=singly) if ids[done:] else None


def _asked(response: httpx.Response, query: Query) -> tuple[list[str], bool]:
    """The ids that were asked for, and whether it was singly."""
    try:
        url = response.request.url
    except RuntimeError:  # a response without a request is the first one
        return _beginning(query)
    one = _ONE.search(url.path)
    if one is not None:
        return [one[1]], True
    return [*url.params.get_list("id[]"), *url.params.get_list("ids[]")], False


def _beginning(query: Query) -> tuple[list[str], bool]:
    singly = batch_key(query.settings) is None
    return _ids(query)[: 1 if singly else BATCH], singly


def page(response: httpx.Response, query: Query) -> Page:
    """Updates of known posts, and which of them are gone. Raises BadPayload.

    From a batch, posts that are gone are left out. But an answer with none of them, or
    with some that were not asked for, may come from a server that does not know this
    question: it is then asked for each post by itself.
    """
    asked, singly = _asked(response, query)
    body = decode(response)
    items = [body] if singly and isinstance(body, dict) else body
    if not isinstance(items, list):
        raise bad(response, "a status or a list of them was due")
    statuses = read(items, query)
    gone: tuple[str, ...] = ()
    if singly:
        onward = _rest(query, asked, singly=True)
    elif not items or not set(statuses.ids) <= set(asked):
        onward = _one_by_one(query, asked)
    else:
        onward = _rest(query, asked, singly=False)
        gone = _gone(query, asked, items)
    return Page(
        posts=statuses.posts,
        rejected=statuses.rejected,
        skipped={**statuses.skipped, **_not_asked(query, asked, singly=singly)},
        deletions=gone,
        next=onward,
    )


def _not_asked(query: Query, asked: list[str], *, singly: bool) -> dict[str, int]:
    """The known posts that have no id here, counted once, with the first answer."""
    if (asked, singly) != _beginning(query):
        return {}
    left_out = sum(not _ID.fullmatch(known.local_id or "") for known in query.known)
    return {NO_ID: left_out} if left_out else {}


def _one_by_one(query: Query, asked: Sequence[str]) -> httpx.Request | None:
    return _ask(query, asked, singly=True) if asked else None


def _gone(
    query: Query, asked: Sequence[str], items: Sequence[object]
) -> tuple[str, ...]:
    """The uris of what was asked for and did not come. None if an item has no id."""
    ids = [local_id(mapping(item).get("id")) for item in items]
    if None in ids:
        return ()
    here = {words(item.get("uri")) for item in mappings(items)}
    missing = set(asked) - set(ids)
    return tuple(
        k.uri for k in query.known if k.local_id in missing and k.uri not in here
    )


def missing(response: httpx.Response, query: Query) -> Page | None:
    """What a 404 or 410 tells; None where it is not Mastodon that says it.

    Of one post: that it is gone. Of a batch: that the server is older than the question.
    """
    asked, singly = _asked(response, query)
    if not singly:
        return Page(next=_one_by_one(query, asked)) if asked else None
    if is_html(response):
        return None
    gone = tuple(known.uri for known in query.known if known.local_id == asked[0])
    return Page(deletions=gone, next=_rest(query, asked, singly=True))
