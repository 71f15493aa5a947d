"""Security headers: what a browser may do with our answers.

Our own pages carry no inline script or style and load nothing from another host.
Datasette's own templates have inline scripts, so theirs is the looser rule.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_COMMON = (
    "default-src 'none'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
)
OURS = _COMMON + "script-src 'self'; style-src 'self'"
DATASETTES = (
    _COMMON + "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
)
# An answer's own value wins.
DEFAULTS = {
    "content-security-policy": DATASETTES,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


def secured(app: App) -> App:
    """The app with DEFAULTS on every HTTP answer that does not say otherwise."""

    async def wrapped(
        scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _completed(message.get("headers", []))}
            await send(message)

        await app(scope, receive, with_headers if scope["type"] == "http" else send)

    return wrapped


def _completed(present: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    names = {bytes(name).lower() for name, _ in present}
    added = [(k.encode(), v.encode()) for k, v in DEFAULTS.items()]
    return [*present, *(pair for pair in added if pair[0] not in names)]
