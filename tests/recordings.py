"""Recordings in tests/platforms/SLUG/, and their replay as the driver would do it.

label, about   "synthetic", and one sentence
query          walk, terms, settings, checkpoint, since, until, known
exchanges      request {method, url} and response {status, headers, body}; lookup: true
               where the answer is a list of something else than items
messages       for streams: what the websocket sends, text or JSON
expected       posts (only the fields worth pinning), rejected, skipped, deletions,
               checkpoint, error (a class of the tree in collectors/base.py)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

import collectors
from collectors.base import (
    Answers,
    BadPayload,
    CollectorError,
    Denied,
    Explains,
    Gone,
    Known,
    Page,
    Query,
    RateLimited,
    RequestCollector,
    StreamCollector,
    Term,
    Unavailable,
)
from collectors.text import parse_time

PLATFORMS = Path(__file__).parent / "platforms"
RECORDINGS = sorted(
    path
    for slug in collectors.available()
    for path in (PLATFORMS / slug).glob("*.json")
)


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def query_of(recording: Mapping[str, Any]) -> Query:
    asked = recording["query"]
    return Query(
        asked["walk"],
        tuple(t if isinstance(t, str) else Term(**t) for t in asked["terms"]),
        asked.get("settings", {}),
        checkpoint=asked.get("checkpoint"),
        since=parse_time(asked.get("since")),
        until=parse_time(asked.get("until")),
        known=tuple(Known(**known) for known in asked.get("known", [])),
    )


def as_bytes(body: object) -> bytes:
    """A body or message: text as it stands, anything else as JSON."""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def response_of(
    exchange: Mapping[str, Any],
    *,
    body: bytes | None = None,
    request: httpx.Request | None = None,
) -> httpx.Response:
    recorded = exchange["response"]
    if body is None:
        body = as_bytes(recorded["body"]) if "body" in recorded else b""
    if request is None:
        request = httpx.Request(
            exchange["request"].get("method", "GET"), exchange["request"]["url"]
        )
    return httpx.Response(
        recorded["status"],
        headers=recorded.get("headers", {}),
        content=body,
        request=request,
    )


# --- replaying it, as the driver would, without clock or network


@dataclass
class Replayed:
    pages: list[Page] = field(default_factory=list)
    error: CollectorError | None = None


def replay(slug: str, recording: Mapping[str, Any]) -> Replayed:
    collector, query = collectors.load(slug), query_of(recording)
    told = Replayed()
    steps = _messages if "messages" in recorded_by(recording) else _exchanges
    try:
        for page in steps(collector, recording, query):
            told.pages.append(page)
    except CollectorError as error:
        told.error = error
    return told


def recorded_by(recording: Mapping[str, Any]) -> set[str]:
    return {name for name in ("messages", "exchanges") if recording.get(name)}


def _messages(
    collector: StreamCollector, recording: Mapping[str, Any], query: Query
) -> Iterator[Page]:
    assert collector.connect(query).url.startswith(("ws://", "wss://"))
    for message in recording["messages"]:
        page = collector.receive(as_bytes(message).decode(), query)
        yield page
        if page.refusal is not None:
            raise page.refusal
        if isinstance(collector, Answers) and page.checkpoint is not None:
            query = replace(query, checkpoint=page.checkpoint)


def _exchanges(
    collector: RequestCollector, recording: Mapping[str, Any], query: Query
) -> Iterator[Page]:
    left = list(recording["exchanges"])
    request: httpx.Request | None = collector.first(query)
    while request is not None:
        response = response_of(_taken(request, left), request=request)
        page = _answer(collector, response, query)
        yield page
        if page.session is not None:
            known = {**query.settings, "session": page.session}
            query = replace(query, settings=known)
        request = page.next
    assert not left, f"recorded, but never asked: {[e['request']['url'] for e in left]}"


def _taken(request: httpx.Request, left: list[Any]) -> Mapping[str, Any]:
    for place, exchange in enumerate(left):
        recorded = exchange["request"]
        same = httpx.URL(recorded["url"]) == request.url
        if same and recorded.get("method", "GET") == request.method:
            return left.pop(place)
    pytest.fail(f"not recorded: {request.method} {request.url}")


def _answer(
    collector: RequestCollector, response: httpx.Response, query: Query
) -> Page:
    """The driver's rule for each status, in short."""
    if response.is_success:
        try:
            return collector.parse(response, query)
        except BadPayload:
            page = _explained(collector, response, query)
            if page is None:
                raise
            return page
    page = _explained(collector, response, query)
    if page is not None:
        return page
    kinds = {
        401: Denied,
        403: Denied,
        404: Gone,
        410: Gone,
        451: Gone,
        429: RateLimited,
    }
    raise kinds.get(response.status_code, Unavailable)(f"{response.status_code}")


def _explained(
    collector: RequestCollector, response: httpx.Response, query: Query
) -> Page | None:
    if not isinstance(collector, Explains):
        return None
    return collector.explain(response, query)


def plain(value: object) -> object:
    """A record as the JSON that `expected` is written in."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    return value


def differences(expected: object, found: object, where: str) -> list[str]:
    """Where a record differs from the fields that are pinned."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for name, value in expected.items()
            for line in differences(
                value, found.get(name, "no such field"), f"{where}.{name}"
            )
        ]
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{where}: {len(found)} instead of {len(expected)}: {found}"]
        pairs = zip(expected, found, strict=True)
        return [
            line
            for place, (one, other) in enumerate(pairs)
            for line in differences(one, other, f"{where}[{place}]")
        ]
    if isinstance(expected, str) and isinstance(found, str) and expected != found:
        moments = parse_time(expected), parse_time(found)
        if None not in moments and moments[0] == moments[1]:
            return []
    return [] if expected == found else [f"{where}: {found!r} instead of {expected!r}"]
