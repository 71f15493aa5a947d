"""Mastodon's hashtag timelines, and those of the software that speaks its API.

Requests are in `_mastodon_ask`, walks in `_mastodon_walk` and `_mastodon_recheck`, the
mapping of a status in `_mastodon_status`, the probe in `_mastodon_probe`. The traps are
those of platforms.md section 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import httpx

from collectors import _mastodon_probe, _mastodon_recheck, _mastodon_walk
from collectors._json import is_html
from collectors._mastodon_ask import (
    TOKEN,
    base_url,
    facts,
    host_of,
    is_token,
    token_of,
    variable,
)
from collectors.base import (
    NOTHING,
    Card,
    Denied,
    Duties,
    Pace,
    Page,
    Probe,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
)


class Mastodon:
    """See `collectors.base.RequestCollector`, `Explains` and `Probes`."""

    slug: ClassVar[str] = "mastodon"
    docs: ClassVar[str] = "https://docs.joinmastodon.org/methods/timelines/#tag"
    card: ClassVar[Card] = Card(
        name="Mastodon",
        access="open",
        gives="hashtag timelines of Mastodon and of servers that speak its API",
        needs="nothing; a token where a server wants a log-in",
    )
    duties: ClassVar[Duties] = Duties(
        why="each server has rules of its own; keep to them (platforms.md section 4)"
    )
    # 300 in 15 minutes is what an address without a log-in gets for pages by id.
    pace: ClassVar[Pace] = Pace(20, 60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = (TOKEN,)
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        found = []
        address = _address_fault(settings)
        if address is not None:
            found.append(address)
        token = token_of(settings)
        if token is not None and not is_token(token):
            found.append(
                f"{variable(settings)} holds spaces or characters that no token has."
            )
        return found

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        """All four, but none where the server has switched its hashtag feeds off."""
        if facts(settings).get("hashtag_feeds") == "disabled":
            return ()
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request. Raises ValueError for what Mastodon cannot be asked.

        One to four hashtags make a timeline; terms of other kinds are left out. A recheck
        needs a known post with an id on this server.
        """
        if query.walk == "recheck":
            return _mastodon_recheck.first(query)
        return _mastodon_walk.first(query)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        if query.walk == "recheck":
            return _mastodon_recheck.page(response, query)
        return _mastodon_walk.page(response, query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """A post that is gone, or a log-in that is wanted; None for the usual rules.

        Goes by the status code: the words are translated (platforms.md section 2).
        Raises Denied.
        """
        status = response.status_code
        if query.walk == "recheck" and status in {404, 405, 410}:
            return _mastodon_recheck.missing(response, query)
        if status in {401, 403, 422}:
            raise Denied(_refusal(response, query.settings))
        return None

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """The first question to the server's own description."""
        return _mastodon_probe.ask(settings)

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],
        so_far: Probe | None,
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""
        return _mastodon_probe.learn(response, settings, so_far)


def _address_fault(settings: Mapping[str, Any]) -> str | None:
    address = base_url(settings)
    example = "write the server's address, like https://mastodon.example"
    if not address:
        return f"base_url is missing: {example}."
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return f"base_url is not an address: {example}."
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"base_url is not a web address: {example}."
    if parts.username is not None or parts.query or parts.fragment or parts.path:
        return f"base_url has more than the server's name: {example}."
    if parts.scheme == "http" and settings.get("allow_private") is not True:
        return (
            "base_url must begin with https:// (http only with allow_private = true)."
        )
    return None


def _refusal(response: httpx.Response, settings: Mapping[str, Any]) -> str:
    host, name = host_of(settings), variable(settings)
    said = f"{host} answered {response.status_code}"
    if token_of(settings) is not None:
        return f"{said}: it refuses the token in {name}; set a new one"
    if is_html(response):
        return (
            f"{said} with a web page, perhaps a firewall's; "
            f"if the server wants a log-in, set {name}"
        )
    return f"{said}: it wants a log-in; set {name}"


COLLECTOR: RequestCollector = Mastodon()
