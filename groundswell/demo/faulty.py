"""The layer between the server and the simulated platforms that makes things go wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from groundswell.demo.faults import Fault, Faults, retry_headers
from groundswell.demo.stage import Stage

Abort = Callable[[Any], None]

_ERROR_PAGE = (
    b"<!DOCTYPE html><html><head><title>Unavailable</title></head>"
    b"<body><h1>We are working on it</h1></body></html>"
)
_SLOW_BYTES = 512


class FaultLayer:
    """Counts what comes to each source, and lets the plan's faults happen.

    source_of: the slug that a request is for, None where no faults apply. abort: ends the
    connection of a client's address at once, without a goodbye.
    """

    def __init__(
        self,
        app: ASGIApp,
        stage: Stage,
        faults: Faults,
        *,
        source_of: Callable[[Scope], str | None],
        abort: Abort,
    ) -> None:
        self._app, self._stage, self._faults = app, stage, faults
        self._source_of, self._abort = source_of, abort

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        known = scope["type"] in {"http", "websocket"}
        source = self._source_of(scope) if known else None
        if source is None:
            await self._app(scope, receive, send)
            return
        requests = self._stage.requests
        requests[source] = requests.get(source, 0) + 1
        fault = self._faults.draw(source, self._stage.clock())
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send, source=source, fault=fault)
        elif fault is None:
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send, fault=fault)

    async def _http(
        self, scope: Scope, receive: Receive, send: Send, *, fault: Fault
    ) -> None:
        match fault.kind:
            case "reset" | "outage" | "drop":
                self._abort(scope.get("client"))
                await _until_gone(receive)
            case "hang":
                await _until_gone(receive)
            case "rate_limited" | "server_error" | "html":
                status, headers, body = self._refusal(fault)
                await _answer(send, "http.response", status, headers, body)
            case "endless":
                scope.setdefault("state", {})["endless"] = True
                await self._app(scope, receive, send)
            case "truncated" | "slow":
                await self._changed_body(scope, receive, send, fault=fault)

    def _refusal(self, fault: Fault) -> tuple[int, Mapping[str, str], bytes]:
        page = {"Content-Type": "text/html; charset=utf-8"}
        if fault.kind == "html":
            return 200, page, _ERROR_PAGE
        if fault.kind != "rate_limited":
            return fault.status, page, _ERROR_PAGE
        waits = retry_headers(fault.form, self._stage.clock(), fault.wait_s)
        body = json.dumps({"error": "Too many requests"}).encode()
        return 429, {"Content-Type": "application/json", **waits}, body

    async def _changed_body(
        self, scope: Scope, receive: Receive, send: Send, *, fault: Fault
    ) -> None:
        """The real answer, cut in half or in small pieces with pauses between."""
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self._app(scope, receive, keep)
        body = b"".join(parts)
        if fault.kind == "truncated":
            body = body[: len(body) // 2]
        length = str(len(body)).encode()
        headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        await send(start | {"headers": [*headers, (b"content-length", length)]})
        pieces = [body] if fault.kind == "truncated" else _pieces(body)
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if fault.kind == "slow":
                await self._stage.pause(0.2)
        await send({"type": "http.response.body", "body": b""})

    async def _websocket(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        source: str,
        fault: Fault | None,
    ) -> None:
        kind = fault.kind if fault else None
        if kind in {"reset", "outage"}:
            self._abort(scope.get("client"))
            await _until_gone(receive)
        elif kind == "hang":
            await _until_gone(receive)
        elif fault is not None and kind in {"rate_limited", "server_error", "html"}:
            status, headers, body = self._refusal(fault)
            refused = 502 if status == 200 else status
            await receive()
            await _answer(send, "websocket.http.response", refused, headers, body)
        else:
            faulty = self._faulty_send(scope, send, source=source, fault=fault)
            await self._app(scope, receive, faulty)

    def _faulty_send(
        self, scope: Scope, send: Send, *, source: str, fault: Fault | None
    ) -> Send:
        """A `send` that cuts a message, drops the line, or is cut off by an outage."""
        sent = 0

        async def pass_on(message: Message) -> None:
            nonlocal sent
            if message["type"] == "websocket.send":
                sent += 1
                due = fault is not None and sent > fault.after
                if self._faults.is_out(source, self._stage.clock()) or (
                    due and fault is not None and fault.kind == "drop"
                ):
                    self._abort(scope.get("client"))
                    raise ConnectionResetError("dropped on demand")
                if fault and fault.kind == "truncated" and sent == fault.after + 1:
                    text = message["text"]
                    message = {**message, "text": text[: len(text) // 2]}
                if fault and fault.kind == "slow":
                    await self._stage.pause(0.2)
            await send(message)

        return pass_on


def _pieces(body: bytes) -> list[bytes]:
    return [body[at : at + _SLOW_BYTES] for at in range(0, len(body), _SLOW_BYTES)]


async def _answer(
    send: Send, kind: str, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    told = {**headers, "Content-Length": str(len(body))}
    raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": f"{kind}.start", "status": status, "headers": raw})
    await send({"type": f"{kind}.body", "body": body})


async def _until_gone(receive: Receive) -> None:
    """Wait, without answering, until the client has gone."""
    while (await receive())["type"] not in {"http.disconnect", "websocket.disconnect"}:
        pass
