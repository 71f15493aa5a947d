"""Requests to a Mastodon server, and what its settings and facts say about asking it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode

import httpx

from collectors.base import NOTHING, Query, Secret, SecretSpec

# 40 is the most that Mastodon gives, and four the tags it takes (platforms.md section 4).
PAGE = 40
TAGS = 4
BATCH = 20

TOKEN = SecretSpec(
    "token",
    "MASTODON_TOKEN",
    how=(
        "only where a server wants a log-in: on its site under Preferences, Development, "
        "make an application with the scope read:statuses and copy its access token"
    ),
    per_source=True,
)

# Those whose `min_id` gives the page next to it. On others (Friendica, Pixelfed) it gives
# the newest page, like `since_id`, and a burst of posts would leave a hole.
_STEPS_FORWARD = {"mastodon", "hometown", "fedibird", "pleroma", "akkoma", "gotosocial"}
_SNOWFLAKES = {"mastodon", "hometown", "fedibird"}
_PLEROMA = {"pleroma", "akkoma", "rebased", "soapbox"}
ALWAYS_LOGIN = {"gotosocial", "pixelfed"}


def get(
    settings: Mapping[str, Any],
    path: str,
    params: Iterable[tuple[str, str]] = (),
) -> httpx.Request:
    """A request to the source's server, with its token if there is one."""
    found = urlencode(list(params))
    address = f"{base_url(settings)}{path}" + (f"?{found}" if found else "")
    headers = {"Accept": "application/json"}
    token = token_of(settings)
    if token is not None and is_token(token):
        headers["Authorization"] = f"Bearer {token}"
    return httpx.Request("GET", address, headers=headers)


def base_url(settings: Mapping[str, Any]) -> str:
    """The server's address without a trailing slash; "" where there is none."""
    found = settings.get("base_url")
    return found.strip().rstrip("/") if isinstance(found, str) else ""


def host_of(settings: Mapping[str, Any]) -> str:
    """The server's name; "" where its address cannot be read."""
    try:
        return httpx.URL(base_url(settings)).host
    except httpx.InvalidURL:
        return ""


def token_of(settings: Mapping[str, Any]) -> str | None:
    """The access token, or None. Only for a request header; never log it."""
    found = (settings.get("secrets") or NOTHING).get(TOKEN.name)
    text = found.reveal() if isinstance(found, Secret) else found
    return text.strip() or None if isinstance(text, str) else None


def is_token(text: str) -> bool:
    """Whether a text can stand in a header: a stray line end could add a second one."""
    return text.isascii() and text.isprintable() and " " not in text


def variable(settings: Mapping[str, Any]) -> str:
    """The environment variable of this source's token."""
    return TOKEN.variable(str(settings.get("slug") or host_of(settings)))


def timeline(query: Query, cursor: Mapping[str, str]) -> httpx.Request:
    """One page of the hashtag timeline. cursor: `min_id` or `max_id`, or nothing.

    Built anew for each page: the Link header forgets `any[]` (platforms.md section 4).
    Raises ValueError unless the query has one to four hashtags.
    """
    tag, *others = _tags(query)
    params = [("limit", str(PAGE)), *cursor.items(), *(("any[]", t) for t in others)]
    path = f"/api/v1/timelines/tag/{quote(tag, safe='')}"
    return get(query.settings, path, params)


def _tags(query: Query) -> list[str]:
    """The tags to ask for. Phrases, accounts and the like cannot be asked of Mastodon."""
    spelt = (_spelling(term.value) for term in query.terms if term.kind == "hashtag")
    found = list(dict.fromkeys(spelt))
    if not 1 <= len(found) <= TAGS:
        raise ValueError(
            f"Mastodon takes one to {TAGS} hashtags in one query, not {len(found)}"
        )
    return found


def _spelling(value: str) -> str:
    """A tag as the path holds it. Folding ("ß" to "ss") is left to each server."""
    tag = unicodedata.normalize("NFKC", value).strip().lstrip("#").strip().lower()
    if not tag.strip("."):
        raise ValueError(f"{value!r} is not a hashtag")
    return tag


def facts(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """What the last probe learnt; empty before the first."""
    found = settings.get("facts")
    return found if isinstance(found, Mapping) else NOTHING


def steps_forward(settings: Mapping[str, Any]) -> bool:
    """Whether the server is known to page forward by `min_id` without leaps."""
    return facts(settings).get("software") in _STEPS_FORWARD


def has_snowflakes(settings: Mapping[str, Any]) -> bool:
    """Whether the server's ids hold the time at which it got a post."""
    return facts(settings).get("ids") == "snowflake"


def kind_of_ids(software: str) -> Literal["snowflake", "opaque"]:
    """What a software's ids are. Pixelfed and Takahē count their time from elsewhere."""
    return "snowflake" if software in _SNOWFLAKES else "opaque"


def batch_key(settings: Mapping[str, Any]) -> str | None:
    """The parameter that takes many ids at once; None where there is none."""
    known = facts(settings)
    software = known.get("software", "")
    if software in _PLEROMA:
        return "ids[]"
    if software == "gotosocial":
        return None
    version = re.match(r"(\d{1,4})\.(\d{1,4})", known.get("version", ""))
    old = version is not None and (int(version[1]), int(version[2])) < (4, 3)
    return None if old and software in {*_SNOWFLAKES, ""} else "id[]"
