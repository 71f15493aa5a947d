"""How passwords may be tried: by the form alone, and so seldom that guessing takes years.
Each try costs the server a good part of a second."""

from __future__ import annotations

import asyncio
from collections import deque

from datasette.utils.asgi import Response

from groundswell.web.headers import App, Message, Receive, Send

_TRIES, _WITHIN_S = 10, 60.0
_LOGIN = "/-/login"


def limited(app: App) -> App:
    """The app with ten log-ins a minute, whoever tries; more are told to wait. Passwords
    in a header, which would be checked with every request, are not looked at."""
    tries: deque[float] = deque(maxlen=_TRIES)

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_try(scope):
            now = asyncio.get_running_loop().time()
            if len(tries) == _TRIES and now - tries[0] < _WITHIN_S:
                await _refuse(send)
                return
            tries.append(now)
        await app(_without_password(scope), receive, send)

    return wrapped


def _is_try(scope: Message) -> bool:
    return bool(scope["method"] == "POST" and scope["path"].endswith(_LOGIN))


def _without_password(scope: Message) -> Message:
    headers = scope.get("headers", ())
    kept = [pair for pair in headers if not _is_password(*pair)]
    return scope if len(kept) == len(headers) else {**scope, "headers": kept}


def _is_password(name: bytes, value: bytes) -> bool:
    return name.lower() == b"authorization" and value.lower().startswith(b"basic")


async def _refuse(send: Send) -> None:
    answer = Response.text(
        "Too many tries to sign in. Wait a minute, then try again.\n",
        status=429,
        headers={"retry-after": str(int(_WITHIN_S))},
    )
    await answer.asgi_send(send)
