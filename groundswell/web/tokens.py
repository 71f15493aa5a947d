"""Tokens of scripts: `Authorization: Bearer gsw_…`, looked at anew with each request.

A header that is wrong is answered, not overlooked: a script whose token has ended is to
hear so, and not that it may not read. What is right goes on without the header, so that
no page, log or error behind us ever holds a token.

Our own, because to datasette-auth-tokens for this Datasette (0.3, of 2021) a wrong token
is nobody, and a token in its configuration has no end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Literal

from datasette.utils.asgi import Response

from db.times import to_text
from groundswell.web import frame
from groundswell.web.headers import App, Message, Receive, Send

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

# Secret scanners know a token by how it begins.
PREFIX = "gsw_"
_TOKEN = re.compile(rb"gsw_[0-9a-f]{64}")
_BEARER = re.compile(rb"bearer[ \t]+(\S+)", re.IGNORECASE)
_SCOPE_KEY = "groundswell_token"


@dataclass(frozen=True, slots=True)
class Token:
    """A script that may read until `ends` (aware UTC, exclusive). hashed: as `hashed`
    makes it."""

    name: str
    scope: Literal["read", "staff"]
    ends: datetime
    hashed: str = field(repr=False)

    @property
    def actor(self) -> dict[str, str]:
        """Who asks, for Datasette. Made anew at each request, so it needs no mark that
        ends with the token, as a cookie does; a colon is in no person's name."""
        return {"id": f"token:{self.name}", "scope": self.scope}


class Refused(Exception):
    """A token that is not good; the message says why and holds nothing of it."""


def hashed(token: bytes) -> str:
    """What is kept of a token. A fast hash will do: 256 random bits cannot be guessed."""
    return f"sha256:{hashlib.sha256(token).hexdigest()}"


def allowed(tokens: Sequence[Token], *scopes: str) -> dict[str, list[str]]:
    """The part of Datasette's `allow` block for tokens of these scopes."""
    return {"scope": list(scopes)} if tokens else {}


def find(
    headers: Iterable[tuple[bytes, bytes]], tokens: Sequence[Token], now: datetime
) -> Token | None:
    """The token that a request brings; None where it brings none.

    Raises Refused where it is not known, has ended, or is not written as it must be.
    """
    given = [value.strip() for name, value in headers if name.lower() == _NAME]
    ours = [value for value in given if _is_meant(value)]
    if not ours:
        return None
    written = _BEARER.fullmatch(ours[0])
    if written is None or len(ours) > 1:
        raise Refused(f"Write the header once, as: Authorization: Bearer {PREFIX}...")
    if not _TOKEN.fullmatch(written[1]):
        raise Refused(
            f"This is no token: one is {PREFIX} and 64 digits 0-9 and a-f. Was it cut?"
        )
    token = _known(written[1], tokens)
    if token is None:
        raise Refused("This token is unknown: it is wrong, or was taken away.")
    if now >= token.ends:
        raise Refused(f"The token {token.name} ended at {to_text(token.ends)}.")
    return token


_NAME = b"authorization"


def _is_meant(value: bytes) -> bool:
    """Whether it is a token, however it is written; other schemes are not ours."""
    scheme = value.split(None, 1)[0].lower() if value else b""
    return scheme == b"bearer" or PREFIX.encode() in value


def _known(token: bytes, tokens: Sequence[Token]) -> Token | None:
    """Compares with every hash, each in constant time: how long it takes tells nothing."""
    made = hashed(token)
    same = [one for one in tokens if compare_digest(made, one.hashed)]
    return same[0] if same else None


def checked(app: App, datasette: Datasette) -> App:
    """The app for requests with a good token or none; any other token is answered 401."""

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        known: Sequence[Token] = getattr(datasette, "groundswell_tokens", ())
        try:
            token = find(scope["headers"], known, frame.now(datasette))
        except Refused as why:
            await _refuse(str(why), datasette, send)
            return
        await app(scope if token is None else _with(scope, token), receive, send)

    return wrapped


def _with(scope: Message, token: Token) -> Message:
    kept = [pair for pair in scope["headers"] if pair[0].lower() != _NAME]
    return {**scope, "headers": kept, _SCOPE_KEY: token}


def actor(request: Request) -> dict[str, Any] | None:
    """Who a good token is, for Datasette; None without one."""
    token: Token | None = request.scope.get(_SCOPE_KEY)
    return token.actor if token else None


async def _refuse(why: str, datasette: Datasette, send: Send) -> None:
    """RFC 6750 section 3: the sentence in the header too, so it has no quotation mark."""
    told = (
        f'Bearer realm="groundswell", error="invalid_token", error_description="{why}"'
    )
    answer = Response.json(
        {"ok": False, "error": why, "status": 401, "title": None},
        status=401,
        headers={
            "www-authenticate": told,
            "cache-control": "private, no-store",
            **frame.cors(datasette),
        },
    )
    await answer.asgi_send(send)
