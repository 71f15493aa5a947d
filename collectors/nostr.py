"""Nostr, one relay a source: a dialogue over a websocket.

A question (`REQ`) is answered newest first up to the relay's limit, then `EOSE` says that
all is told; the next question goes on below. Where a walk stands travels in the checkpoint
from message to message. Traps and field map: platforms.md section 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import httpx

from collectors import _nostr_walk
from collectors._asking import facts_of
from collectors._json import decode, mapping
from collectors.base import (
    NOTHING,
    Answers,
    BadPayload,
    Card,
    Connection,
    Duties,
    Pace,
    Page,
    Probe,
    Query,
    SecretSpec,
    TermKind,
    Walk,
    has_websocket,
)
from collectors.text import words

_EXAMPLE = "wss://relay.damus.io"


class Nostr:
    """See `collectors.base.Answers` and `Probes`."""

    slug: ClassVar[str] = "nostr"
    docs: ClassVar[str] = "https://github.com/nostr-protocol/nips/blob/master/01.md"
    answers: ClassVar[bool] = True
    card: ClassVar[Card] = Card(
        name="Nostr",
        access="open",
        gives="signed posts and articles by hashtag, from one relay a source",
        needs="nothing",
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        recheck=None,
        why="requests to delete are honoured where their author signed them (NIP-09, 62)",
    )
    pace: ClassVar[Pace] = Pace(requests=20, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "source"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        base = settings.get("base_url")
        try:
            host = urlsplit(base).hostname if isinstance(base, str) else None
        except ValueError:
            host = None
        if not host or not has_websocket(str(base)):
            return [f"base_url must be a relay's address: {_EXAMPLE}."]
        if str(base).startswith("ws://") and settings.get("allow_private") is not True:
            return [
                "base_url must begin with wss:// (ws only with allow_private = true)."
            ]
        return []

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four: a relay is asked for the past like a server."""
        return ("forward", "back", "settle", "recheck")

    def connect(self, query: Query) -> Connection:
        """Where to connect, and the first question."""
        return Connection(query.base_url, (_nostr_walk.opening(query),))

    def receive(self, message: str | bytes, query: Query) -> Page:
        """What one message gave; `query.checkpoint` is that of the message before."""
        return _nostr_walk.receive(message, query)

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """The relay's description (NIP-11), over HTTP at the same address."""
        base = str(settings.get("base_url", ""))
        address = "http" + base.removeprefix("ws")
        return httpx.Request(
            "GET", address, headers={"Accept": "application/nostr+json"}
        )

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],
        so_far: Probe | None,  # noqa: ARG002
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""
        host = response.request.url.host
        try:
            told = mapping(decode(response)) if response.is_success else NOTHING
        except BadPayload:
            told = NOTHING
        limits = mapping(told.get("limitation"))
        if (
            limits.get("auth_required") is True
            or limits.get("payment_required") is True
        ):
            return Probe("login", f"{host} serves members only")
        facts = dict(facts_of(settings))
        most = limits.get("max_limit")
        if isinstance(most, int) and not isinstance(most, bool) and most > 0:
            facts["limit"] = str(most)
        software = words(told.get("software")) or "a relay"
        if not told:
            return Probe("limited", f"{host} does not describe itself", facts)
        return Probe("open", software.rpartition("/")[2][:80], facts)


COLLECTOR: Answers = Nostr()
