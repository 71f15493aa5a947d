"""How passwords may be tried: by the form alone, and so seldom that guessing takes years.
Each try costs the server a good part of a second.

Failures count, by where they come from, and together; who is let in is not held up by their
own earlier slips. Other addresses' failures only stop everybody where they are many more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from datasette.utils.asgi import Response

from groundswell.web.headers import App, Message, Receive, Send

_TRIES, _ALL_TRIES, _WITHIN_S = 10, 100, 60.0
_REMEMBERED = 1_000  # addresses
_LOGIN = "/-/login"
_LET_IN = 302


class _Failures:
    """When passwords were tried in vain."""

    def __init__(self) -> None:
        self._all: deque[float] = deque(maxlen=_ALL_TRIES)
        self._by_place: OrderedDict[str, deque[float]] = OrderedDict()

    def are_many(self, place: str, now: float) -> bool:
        """Whether one from there has to wait."""
        own = self._by_place.get(place, deque())
        return _full(own, _TRIES, now) or _full(self._all, _ALL_TRIES, now)

    def note(self, place: str, now: float) -> None:
        """One more."""
        self._all.append(now)
        own = self._by_place.setdefault(place, deque(maxlen=_TRIES))
        own.append(now)
        self._by_place.move_to_end(place)
        if len(self._by_place) > _REMEMBERED:
            self._by_place.popitem(last=False)


def _full(tries: deque[float], most: int, now: float) -> bool:
    return len(tries) == most and now - tries[0] < _WITHIN_S


def limited(app: App, path: str = _LOGIN) -> App:
    """The app with ten failed log-ins a minute from one address; more are told to wait.
    Passwords in a header, which would be checked with every request, are not looked at."""
    failures = _Failures()

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if not _is_try(scope, path):
            await app(_without_password(scope), receive, send)
            return
        place = (scope.get("client") or ("",))[0]
        now = asyncio.get_running_loop().time()
        if failures.are_many(place, now):
            await _refuse(send)
            return

        async def watched(message: Message) -> None:
            if (
                message["type"] == "http.response.start"
                and message["status"] != _LET_IN
            ):
                failures.note(place, now)
            await send(message)

        await app(_without_password(scope), receive, watched)

    return wrapped


def _is_try(scope: Message, path: str) -> bool:
    if scope["type"] != "http":
        return False
    return bool(scope["method"] == "POST" and scope["path"] == path)


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
