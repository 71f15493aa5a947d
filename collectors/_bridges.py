"""Posts that a bridge carries from one network to another, traced to where they were
written: Bridgy Fed (Bluesky into the fediverse) and Mostr (Nostr into the fediverse)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from collectors.base import Copy, Post

_DID = r"did:[a-z]+:[A-Za-z0-9._:-]+"
_AT_URI = re.compile(rf"at://({_DID})/([A-Za-z0-9.-]+)/([A-Za-z0-9._~:-]+)")
_WEB_PAGE = re.compile(
    rf"https?://bsky\.app/profile/({_DID}|[a-z0-9.-]+)/post/([A-Za-z0-9._~:-]+)"
)
_ACTOR = re.compile(rf"/ap/({_DID})$")
_POST = "app.bsky.feed.post"
_MOSTR = "mostr.pub"
_MOSTR_POST = re.compile(r"/objects/([0-9a-f]{64})$")
_MOSTR_ACTOR = re.compile(r"/users/([0-9a-f]{64})$")


@dataclass(frozen=True, slots=True)
class Original:
    """The post that a bridge copied. author: the uri of who wrote it. url, profile: None
    where there is no page."""

    platform: str
    uri: str
    author: str
    url: str | None = None
    profile: str | None = None


def original_of(
    uri: str, url: str | None = None, actor: str | None = None
) -> Original | None:
    """The post behind a bridged one; None where `uri` is not a bridge's.

    Only the uri says that the bridge wrote it: its host vouches for it, while any server
    may put another's address into `url`. url and actor, the author's uri, then help where
    the uri itself does not tell enough.
    """
    if _host(uri) == _MOSTR:
        return _from_mostr(uri, actor)
    if not _is_bridgy(uri):
        return None
    did = _did(actor)
    found = (_original(address, did) for address in (uri, url) if address)
    return next((original for original in found if original is not None), None)


def canonical(uri: str | None) -> str | None:
    """A reference to a post as its original's uri; others unchanged."""
    if uri is None:
        return None
    if _host(uri) == _MOSTR:
        found = _MOSTR_POST.search(uri)
        return f"nostr:event:{found[1]}" if found else uri
    original = original_of(uri)
    return original.uri if original else uri


def unbridged(post: Post, uri: str, url: str | None = None) -> Post:
    """A post that was met under a bridge's uri, as the copy of its original; others as
    they are. uri: as the server that was asked tells it."""
    original = original_of(uri, url, post.author.uri)
    if original is None:
        return post
    author = replace(
        post.author,
        platform=original.platform,
        uri=original.author,
        url=original.profile,
        followers=None,
        proven=(),
    )
    return replace(
        post,
        platform=original.platform,
        uri=original.uri,
        url=original.url or post.url,
        author=author,
        copies=(*post.copies, Copy("bridge", uri)),
    )


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _is_bridgy(uri: str) -> bool:
    host = _host(uri)
    return host == "brid.gy" or host.endswith(".brid.gy")


def _from_mostr(uri: str, actor: str | None) -> Original | None:
    """Mostr names posts and people by Nostr's own hexadecimal ids."""
    event = _MOSTR_POST.search(uri)
    who = _MOSTR_ACTOR.search(actor) if actor and _host(actor) == _MOSTR else None
    if event is None or who is None:
        return None
    return Original("nostr", f"nostr:event:{event[1]}", f"nostr:{who[1]}")


def _did(actor: str | None) -> str | None:
    found = _ACTOR.search(unquote(actor)) if actor and _is_bridgy(actor) else None
    return found[1] if found else None


def _original(address: str, did: str | None) -> Original | None:
    plain = unquote(address)
    at_uri = _AT_URI.search(plain)
    if at_uri is not None:
        return _record(at_uri[1], at_uri[2], at_uri[3])
    page = _WEB_PAGE.search(plain)
    if page is None:
        return None
    # A handle can change hands, so a page named by one needs the author's own DID.
    owner = page[1] if page[1].startswith("did:") else did
    return _record(owner, _POST, page[2]) if owner else None


def _record(did: str, collection: str, key: str) -> Original:
    page = f"https://bsky.app/profile/{did}/post/{key}" if collection == _POST else None
    profile = f"https://bsky.app/profile/{did}"
    return Original("bluesky", f"at://{did}/{collection}/{key}", did, page, profile)
