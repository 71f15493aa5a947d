"""Posts that Bridgy Fed carries into the fediverse, traced to where they were written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_DID = r"did:[a-z]+:[A-Za-z0-9._:-]+"
_AT_URI = re.compile(rf"at://({_DID})/([A-Za-z0-9.-]+)/([A-Za-z0-9._~:-]+)")
_WEB_PAGE = re.compile(
    rf"https?://bsky\.app/profile/({_DID}|[a-z0-9.-]+)/post/([A-Za-z0-9._~:-]+)"
)
_ACTOR = re.compile(rf"/ap/({_DID})$")
_POST = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Original:
    """The post that a bridge copied. did: who wrote it. url: None if it has no page."""

    uri: str
    did: str
    url: str | None

    @property
    def profile(self) -> str:
        """The author's page."""
        return f"https://bsky.app/profile/{self.did}"


def original_of(
    uri: str, url: str | None = None, actor: str | None = None
) -> Original | None:
    """The Bluesky post behind a bridged one; None where `uri` is not the bridge's.

    Only the uri says that the bridge wrote it: its host vouches for it, while any server
    may put another's address into `url`. url and actor, the author's uri, then help where
    the uri itself does not hold the at-uri.
    """
    if not _is_bridge(uri):
        return None
    did = _did(actor)
    found = (_original(address, did) for address in (uri, url) if address)
    return next((original for original in found if original is not None), None)


def canonical(uri: str | None) -> str | None:
    """A reference to a post as its original's uri; others unchanged."""
    original = original_of(uri) if uri else None
    return original.uri if original else uri


def _is_bridge(uri: str) -> bool:
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        return False
    return host == "brid.gy" or host.endswith(".brid.gy")


def _did(actor: str | None) -> str | None:
    found = _ACTOR.search(unquote(actor)) if actor and _is_bridge(actor) else None
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
    return Original(f"at://{did}/{collection}/{key}", did, page)
