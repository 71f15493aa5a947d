"""After signing in, back to where somebody came from: the plugin that checks passwords
leads everybody to the front page."""

from __future__ import annotations

from urllib.parse import parse_qs

from groundswell.web.filters import safe_path
from groundswell.web.headers import App, Message, Receive, Send


def returning(app: App, login: str) -> App:
    """The app, whose log-in leads to the page on this host that its address names in
    `next`."""

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        place = _wanted(scope, login)
        if place is None:
            await app(scope, receive, send)
            return

        async def led(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 302:
                kept = [h for h in message["headers"] if h[0].lower() != b"location"]
                message = {**message, "headers": [*kept, (b"location", place)]}
            await send(message)

        await app(scope, receive, led)

    return wrapped


def _wanted(scope: Message, login: str) -> bytes | None:
    if scope["type"] != "http" or scope["path"] != login or scope["method"] != "POST":
        return None
    given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("next", [""])
    path = safe_path(given[0])
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path.encode() if plain and path != "/" else None
