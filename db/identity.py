"""Under which names a post may be known: its own, those of its copies, a bridge's."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from collectors.base import Copy, Post

_NAMES = ("uri", "url", "bridge")


def aliases(post: Post) -> list[str]:
    """The names under which a post may be stored: its uri and those of its copies."""
    named = [c.value for c in own_copies(post) if c.scheme in _NAMES]
    return [post.uri, *named]


def own_copies(post: Post) -> list[Copy]:
    """The copies that a post may speak for: a page's address only on its own host.

    Anybody can link to somebody else's post, and claim its address for their own.
    """
    return [c for c in post.copies if c.scheme != "url" or _is_own(c.value, post.uri)]


def _is_own(url: str, uri: str) -> bool:
    host = host_of(url)
    if uri.startswith("at://"):
        return host == "bsky.app"
    return bool(host) and host == (host_of(uri) or _tag_host(uri))


def host_of(uri: str) -> str:
    """The host that a uri names; empty where it names none, or is no address at all."""
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _tag_host(uri: str) -> str:
    """The host in a tag: uri, as Mastodon of 2017 wrote them (RFC 4151)."""
    return uri.removeprefix("tag:").split(",")[0] if uri.startswith("tag:") else ""


def is_bridged(post: Post) -> bool:
    """Whether this is a bridge's copy of a post and not the original."""
    return any(copy.scheme == "bridge" for copy in post.copies)


@lru_cache(4096)
def plain_address(url: str) -> str:
    """An address in the form in which two are compared: https, the host in lower case
    without "www.", no slash at the end; empty for what is no address."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    while host.startswith("www."):
        host = host.removeprefix("www.")
    # Nobody proves a bare number.
    if parts.scheme not in {"http", "https"} or not host or ":" in host:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{host}{port}{parts.path.rstrip('/') or '/'}{query}"


def spellings(address: str) -> list[str]:
    """The ways in which a platform may write what `plain_address` gave."""
    rest = address.removeprefix("https://")
    ends = (rest,) if "?" in rest else (rest, rest.removesuffix("/"), f"{rest}/")
    return [
        f"{scheme}://{www}{end}"
        for scheme in ("https", "http")
        for www in ("", "www.")
        for end in ends
    ]
