"""What every platform owes: its recordings replayed, and answers mutilated at random.

A platform is tested by the files in tests/platforms/SLUG/, without test code of its own;
tests/recordings.py says what is in them.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import collectors
from collectors.base import (
    ACCESS,
    BadPayload,
    Collector,
    Page,
    RequestCollector,
    SecretSpec,
    StreamCollector,
    Walk,
)
from tests.recordings import (
    RECORDINGS,
    as_bytes,
    differences,
    plain,
    query_of,
    read,
    recorded_by,
    replay,
    response_of,
)

SEVERAL = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

every_platform = pytest.mark.parametrize("slug", collectors.available())
every_recording = pytest.mark.parametrize(
    "path", RECORDINGS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)


@every_recording
def test_replay(path: Path) -> None:
    recording = read(path)
    told = replay(path.parent.name, recording)
    expected = dict(recording["expected"])
    error = type(told.error).__name__ if told.error else None
    assert error == expected.pop("error", None), told.error
    pages = told.pages
    proposals = [page.checkpoint for page in pages if page.checkpoint is not None]
    skipped = sum(sum(page.skipped.values()) for page in pages)
    found = {
        "posts": plain([post for page in pages for post in page.posts]),
        "rejected": sum(len(page.rejected) for page in pages),
        "skipped": skipped,
        "deletions": [uri for page in pages for uri in page.deletions],
        "checkpoint": proposals[-1] if proposals else None,
    }
    assert not differences(expected, found, "expected")


@every_recording
def test_recordings_are_invented_and_say_so(path: Path) -> None:
    recording = read(path)
    assert recording["label"] == "synthetic"
    assert recording["about"].strip()
    assert recorded_by(recording)


# --- what every platform has


@every_platform
def test_collector_keeps_the_protocol(slug: str) -> None:
    collector = collectors.load(slug)
    assert isinstance(collector, RequestCollector | StreamCollector)
    assert collector.slug == slug
    assert collector.docs.startswith("https://")
    assert collector.scope in {"term", "source"}
    assert min(collector.pace.requests, collector.pace.per_s, collector.pace.pages) > 0
    assert all(isinstance(spec, SecretSpec) and spec.how for spec in collector.secrets)
    assert all(name and text for name, text in collector.settings.items())
    card = collector.card
    assert card.access in ACCESS
    assert all((card.name, card.gives, card.needs))
    assert not card.gives.endswith(".")
    assert not card.needs.endswith(".")
    assert collector.duties.why


@every_platform
def test_check_returns_sentences(slug: str) -> None:
    collector = collectors.load(slug)
    for given_settings in (
        {},
        {"base_url": ""},
        {"base_url": 7},
        {"base_url": "ftp://x"},
    ):
        found = collector.check(given_settings)
        assert isinstance(found, list)
        assert all(isinstance(line, str) and " " in line for line in found)


@every_platform
def test_walks_are_walks(slug: str) -> None:
    base = {"base_url": "https://server.example"}
    assert set(collectors.load(slug).walks(base)) <= set(get_args(Walk))


@every_platform
def test_recordings_cover_the_cases(slug: str) -> None:
    """At least one page with a next one, one empty, and one that cannot be read."""
    collector = collectors.load(slug)
    told = [replay(slug, read(path)) for path in RECORDINGS if path.parent.name == slug]
    pages = [page for one in told for page in one.pages]
    assert any(not p.posts and not p.rejected and not p.skipped for p in pages)
    assert any(isinstance(one.error, BadPayload) for one in told)
    if isinstance(collector, RequestCollector):
        assert any(page.next is not None for page in pages)


# --- parse and receive are total


ODD_VALUES: list[Any] = [
    None, True, -1, 0, 2**70, 1.5, "", "x", "#", "\ud800", "http://[",
    "1970-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00",
    [], [None], ["x"], [[]], {}, {"": None}, {"url": 1},
]  # fmt: skip


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON value, itself included."""
    yield at
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, part in inner:
        yield from places(part, (*at, key))


def mutilated(data: st.DataObject, body: object) -> object:
    """A JSON body with one to three of its values deleted or replaced."""
    hurt = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(1, 3), label="how many")):
        at = data.draw(st.sampled_from(list(places(hurt))), label="place")
        value = data.draw(st.sampled_from([*ODD_VALUES, "DELETE"]), label="value")
        if not at:
            return None if value == "DELETE" else value
        holder: Any = hurt
        for key in at[:-1]:
            holder = holder[key]
        if value == "DELETE":
            del holder[at[-1]]
        else:
            holder[at[-1]] = copy.deepcopy(value)
    return hurt


def cut(data: st.DataObject, body: str) -> bytes:
    """A text body with a part cut out and some bytes put in."""
    raw = body.encode()
    start = data.draw(st.integers(0, len(raw)), label="from")
    end = data.draw(st.integers(start, min(len(raw), start + 200)), label="to")
    return raw[:start] + data.draw(st.binary(max_size=8), label="instead") + raw[end:]


def damaged(data: st.DataObject, body: object) -> tuple[object, bytes]:
    if isinstance(body, str):
        return None, cut(data, body)
    hurt = mutilated(data, body)
    return hurt, json.dumps(hurt).encode()


def read_page(
    collector: Collector,
    recording: Mapping[str, Any],
    exchange: Mapping[str, Any] | None,
    raw: bytes,
) -> Page | None:
    """What a body gives; None for BadPayload. Whatever else is raised fails the test."""
    query = query_of(recording)
    try:
        if exchange is None:
            return collector.receive(raw, query)
        return collector.parse(response_of(exchange, body=raw), query)
    except BadPayload:
        return None


def parts_of(recording: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Each successful answer, with its exchange, and each message, with None."""
    answers = [
        (exchange, exchange["response"]["body"])
        for exchange in recording.get("exchanges", [])
        if exchange["response"]["status"] == 200 and "body" in exchange["response"]
    ]
    return [*answers, *((None, message) for message in recording.get("messages", []))]


@every_recording
@SEVERAL
@given(data=st.data())
def test_a_damaged_answer_gives_a_page_or_bad_payload(
    path: Path, data: st.DataObject
) -> None:
    recording = read(path)
    parts = parts_of(recording)
    if not parts:
        return
    exchange, body = data.draw(st.sampled_from(parts), label="part")
    hurt, raw = damaged(data, body)
    page = read_page(collectors.load(path.parent.name), recording, exchange, raw)
    walk = recording["query"]["walk"]
    # A recheck also counts the known posts that it could not ask for; a look-up (of a
    # tag's number, say) holds no items.
    if (
        page is not None
        and exchange is not None
        and not exchange.get("lookup")
        and isinstance(hurt, list)
        and walk != "recheck"
    ):
        told = len(page.posts) + len(page.rejected) + sum(page.skipped.values())
        assert told == len(hurt)


@every_platform
@SEVERAL
@given(raw=st.binary(max_size=60))
@example(raw=b"")
@example(raw=b"[" * 100_000)
@example(raw=b'{"a":' * 50_000)
@example(raw=b"1" * 10_000)
@example(raw=b'"\xff"')
def test_any_bytes_give_a_page_or_bad_payload(slug: str, raw: bytes) -> None:
    collector = collectors.load(slug)
    for path in RECORDINGS:
        recording = read(path) if path.parent.name == slug else {}
        for exchange, _ in parts_of(recording)[:1]:
            read_page(collector, recording, exchange, raw)
            assert read_page(collector, recording, exchange, b"\x00\xff" + raw) is None


@every_recording
def test_a_response_without_its_request_is_read(path: Path) -> None:
    recording, collector = read(path), collectors.load(path.parent.name)
    for exchange, body in parts_of(recording):
        if exchange is not None:
            response = httpx.Response(200, content=as_bytes(body))
            try:
                collector.parse(response, query_of(recording))
            except BadPayload:
                continue
