"""The account of a Mastodon status as an Author."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from collectors._bridges import Original
from collectors._json import flag, mapping, mappings
from collectors.base import Author, BrokenRecord
from collectors.text import (
    count,
    html_links,
    links,
    parse_time,
    wants_no_bots,
    web_url,
    words,
)

Account = Mapping[str, Any]

_BRIDGED = "@bsky.brid.gy"
# A status is named below its actor (".../users/ana/statuses/1").
_ACTOR = re.compile(r"(https?://[^/]+/(?:ap/)?users/[^/]+)/statuses/")


def to_author(
    account: Account, *, host: str, status_uri: str, original: Original | None
) -> Author:
    """An account as an Author. Raises BrokenRecord."""
    bridged = original is not None
    uri = original.author if original else _uri(account, status_uri)
    return Author(
        platform=original.platform if original else "mastodon",
        uri=uri,
        # The actor's own host: the one that was asked may be known by another address.
        handle=handle(account.get("acct"), _host(uri) or host),
        display_name=words(account.get("display_name")),
        url=original.profile if original else web_url(account.get("url")),
        followers=None if bridged else _followers(account),
        bot=flag(account.get("bot")),
        opt_out=_opt_out(account),
        # A bridge's account is not the person's own: what is proven there, it proved.
        proven=() if bridged else _proven(account),
    )


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).netloc
    except ValueError:  # an odd id is no address
        return ""


def handle(acct: object, host: str) -> str | None:
    """user@host; the server leaves its own name away. A bridged one is a Bluesky handle."""
    name = words(acct)
    if name is None:
        return None
    name = name.lstrip("@")
    if name.endswith(_BRIDGED):
        return name.removesuffix(_BRIDGED)
    return name if "@" in name or not host else f"{name}@{host}"


def actor_uri(account: Account) -> str | None:
    """The account's ActivityPub id, where the server says it (4.3 and later, Pleroma)."""
    return words(account.get("uri")) or words(
        mapping(account.get("pleroma")).get("ap_id")
    )


def _uri(account: Account, status_uri: str) -> str:
    """One id for one person, whatever the version of the server that was asked.

    Before 4.3 an account has no uri; its status' uri begins with it. Its page's address is
    the last resort.
    """
    named = _ACTOR.match(status_uri)
    found = actor_uri(account) or (named[1] if named else words(account.get("url")))
    if found is None:
        raise BrokenRecord("account has neither uri nor url")
    return found


def _followers(account: Account) -> int | None:
    """None where the person hides the number: the server then sends 0."""
    hidden = (
        mapping(account.get("pleroma")).get("hide_followers_count"),
        mapping(account.get("other_settings")).get("hide_followers_count"),
    )
    return None if True in hidden else count(account.get("followers_count"))


def _proven(account: Account) -> tuple[str, ...]:
    """Where the profile's fields lead, as far as this server found a link back (rel=me).

    It checks each by itself, whatever the account's own server says, and only a field that
    is one link and nothing else.
    """
    checked = (
        html_links(field["value"])
        for field in mappings(account.get("fields"))
        if parse_time(field.get("verified_at")) and isinstance(field.get("value"), str)
    )
    return links(found[0][0] for found in checked if len(found) == 1)


def _opt_out(account: Account) -> bool | None:
    """Whether the author wants to be left out; None where the server did not say.

    `indexable: false` is no such wish: it means "not in search engines", and is what most
    people have without ever choosing (platforms.md section 3).
    """
    noindex = flag(account.get("noindex"))
    if noindex is None:
        noindex = flag(mapping(account.get("other_settings")).get("noindex"))
    note = account.get("note")
    if noindex or not isinstance(note, str):
        return noindex
    return wants_no_bots(note)
