"""Bluesky's stream and records: facets, gaps, deletions, opt-outs, hostile input."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import load
from collectors._bluesky_records import from_record
from collectors._matching import matches
from collectors.base import (
    AccountChange,
    BadPayload,
    Page,
    Query,
    RateLimited,
    RequestCollector,
    StreamCollector,
    Term,
    Unavailable,
)
from collectors.bluesky import Bluesky

Json: TypeAlias = Any

HERE = Path(__file__).parent / "platforms" / "bluesky"

COLLECTOR = Bluesky()
RUTH = "did:plc:aaaa2222bbbb3333cccc4444"
URI = f"at://{RUTH}/app.bsky.feed.post/3maaaaaaaaa2a"
CID = "bafkreiabcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstu"
NOON = 1_777_888_800_000_000  # 2026-05-04T10:00:00Z in microseconds
AT_NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)

thorough = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def query(*terms: Term | str, **changes: Json) -> Query:
    known = {"settings": {"base_url": "wss://jetstream.example"}, **changes}
    return Query("forward", tuple(terms) or ("labourleaks",), **known)  # type: ignore[arg-type]


def event(at: int = NOON, **fields: Json) -> str:
    return json.dumps(
        {"did": RUTH, "time_us": at, "kind": "commit", **fields}, ensure_ascii=False
    )


def commit(record: object, operation: str = "create", **fields: Json) -> str:
    held = {
        "rev": "3m",
        "operation": operation,
        "collection": "app.bsky.feed.post",
        "rkey": "3maaaaaaaaa2a",
        **({} if record is None else {"record": record, "cid": CID}),
    }
    return event(commit=held, **fields)


def facet(start: object, end: object, **feature: Json) -> dict[str, Any]:
    kind = f"app.bsky.richtext.facet#{feature.pop('kind')}"
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": kind, **feature}],
    }


def test_it_is_both_kinds_of_collector() -> None:
    collector = load("bluesky")
    assert isinstance(collector, RequestCollector)
    assert isinstance(collector, StreamCollector)
    assert collector.slug == "bluesky"
    assert collector.scope == "source"


# The stream


@pytest.mark.parametrize(
    "base", ["wss://jetstream.example", "wss://jetstream.example/subscribe"]
)
def test_connect_resumes_five_seconds_before(base: str) -> None:
    asked = query(settings={"base_url": base}, checkpoint=str(NOON))
    url = httpx.URL(COLLECTOR.connect(asked).url)
    assert url.path == "/subscribe"
    assert url.params["cursor"] == str(NOON - 5_000_000)
    assert url.params["wantedCollections"] == "app.bsky.feed.post"
    live = COLLECTOR.connect(query(settings={"base_url": base})).url
    assert "cursor" not in live


def test_a_wanted_post_and_its_edit() -> None:
    record = {"text": "Read #LabourLeaks", "createdAt": "2026-05-04T09:59:59Z"}
    page = COLLECTOR.receive(commit(record), query())
    assert [post.uri for post in page.posts] == [URI]
    assert page.posts[0].edited_at is None
    assert (page.checkpoint, page.reached, page.ascending) == (str(NOON), AT_NOON, True)
    edit = COLLECTOR.receive(commit(record, "update"), query())
    assert edit.posts[0].edited_at == AT_NOON


def test_what_is_not_wanted_is_counted() -> None:
    assert COLLECTOR.receive(commit({"text": "x"}), query()).skipped == {
        "no term matched": 1
    }
    like = event(
        commit={"operation": "create", "collection": "app.bsky.feed.like", "rkey": "3"}
    )
    assert COLLECTOR.receive(like, query()).skipped == {"not a post": 1}
    feed_term = query(Term("feed", "https://news.example/rss"))
    assert not COLLECTOR.receive(commit({"text": "x"}), feed_term).posts


def test_deletions_and_broken_addresses() -> None:
    assert COLLECTOR.receive(commit(None, "delete"), query()).deletions == (URI,)
    page = COLLECTOR.receive(commit({"text": "#labourleaks"}, did="nobody"), query())
    assert len(page.rejected) == 1
    assert page.checkpoint == str(NOON)
    assert len(COLLECTOR.receive(commit("#labourleaks"), query()).rejected) == 1


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ({"active": False, "status": "deleted"}, "deleted"),
        ({"active": False, "status": "takendown"}, "withheld"),
        ({"active": False, "status": "suspended"}, "withheld"),
        ({"active": False, "status": "deactivated"}, "withheld"),
        ({"active": False}, "withheld"),
        ({"active": True}, "active"),
        ({"active": False, "status": "desynchronized"}, None),
    ],
)
def test_account_events(account: dict[str, Any], expected: Json) -> None:
    page = COLLECTOR.receive(event(kind="account", account=account), query())
    assert page.accounts == ((AccountChange(RUTH, expected),) if expected else ())


def test_identity_events() -> None:
    def change(handle: str | None) -> tuple[AccountChange, ...]:
        identity = {"did": RUTH, "handle": handle}
        return COLLECTOR.receive(
            event(kind="identity", identity=identity), query()
        ).accounts

    assert change("new.example") == (AccountChange(RUTH, handle="new.example"),)
    assert change(None) == change("handle.invalid") == ()


@pytest.mark.parametrize("quiet_s", [None, 600])
def test_a_jump_over_silence_is_a_gap(quiet_s: int | None) -> None:
    base = {"base_url": "wss://jetstream.example"}
    held = base if quiet_s is None else {**base, "quiet_max_s": quiet_s}
    limit = timedelta(seconds=quiet_s or 120)
    asked = query(settings=held, checkpoint=str(NOON))

    def gap_after(pause: timedelta) -> Json:
        at = NOON + pause // timedelta(microseconds=1)
        return COLLECTOR.receive(event(at, kind="account"), asked).gap

    assert gap_after(limit) is None
    gap = gap_after(limit + timedelta(seconds=1))
    assert (gap.state, gap.from_at) == ("blind", AT_NOON)
    assert gap.to_at == AT_NOON + limit + timedelta(seconds=1)


def test_overlap_and_future_cursors_never_move_back() -> None:
    page = COLLECTOR.receive(event(NOON), query(checkpoint=str(NOON + 9)))
    assert page.checkpoint == str(NOON + 9)
    assert page.reached == AT_NOON + timedelta(microseconds=9)
    assert page.gap is None


def test_frames_of_the_second_version() -> None:
    inner = json.loads(commit({"text": "#labourleaks"}))
    framed = json.dumps({"$type": "message", "payload": inner})
    assert len(COLLECTOR.receive(framed, query()).posts) == 1
    assert (
        len(COLLECTOR.receive(json.dumps({**inner, "cursor": 7}), query()).posts) == 1
    )


def test_error_frames() -> None:
    with pytest.raises(Unavailable, match="ConsumerTooSlow"):
        COLLECTOR.receive('{"$type":"error","error":"ConsumerTooSlow"}', query())
    with pytest.raises(RateLimited):
        COLLECTOR.receive('{"error":"RateLimitExceeded","message":"x"}', query())


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        b"\xff\xfe",
        "[]",
        "{}",
        "[" * 100_000,
        commit("DEEP").replace('"DEEP"', "[" * 50_000 + "]" * 50_000),
        event(-1),
        event(10**20),
        "7",
    ],
)
def test_what_is_no_event_is_a_bad_payload(message: str | bytes) -> None:
    with pytest.raises(BadPayload):
        COLLECTOR.receive(message, query())


def test_an_odd_event_is_refused_alone() -> None:
    page = COLLECTOR.receive(event(commit=[1], kind=7), query())
    assert len(page.rejected) == 1
    assert page.checkpoint == str(NOON)


PIECES = (
    *(
        "#LabourLeaks",
        "labour",
        "leaks",
        " ",
        "\n",
        "é",
        "漢",
        "＃Ｌａｂｏｕｒ",
        "\u202a",
        "\x7f",
    ),
    *(
        "\b",
        "\f",
        "\x01",
        "\u0301",
        "\\",
        '"',
        "/",
        "&",
        "STRASSE",
        "ß",
        "xn--",
        "İ",
        "#",
    ),
)
texts = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
TERMS = (
    Term("hashtag", "LabourLeaks"),
    Term("phrase", "labour leaks"),
    Term("hashtag", "labourétude"),
    Term("phrase", 'straße "7"'),
    Term("domain", "münchen.example"),
    Term("account", "@Marek.example"),
    Term("account", RUTH),
)


@thorough
@given(texts, st.sets(st.sampled_from(TERMS), min_size=1), st.booleans())
def test_the_quick_look_never_loses_a_wanted_post(
    text: str, terms: set[Term], escaped: bool
) -> None:
    record = {
        "text": text,
        "facets": [
            facet(0, len(text.encode()), kind="mention", did="did:plc:m"),
            facet(0, 3, kind="link", uri="https://xn--mnchen-3ya.example/" + "a"),
        ],
    }
    message = json.dumps(json.loads(commit(record)), ensure_ascii=escaped)
    asked = query(*sorted(terms, key=str))
    wanted = bool(matches(from_record(URI, record), asked.terms))
    assert bool(COLLECTOR.receive(message, asked).posts) is wanted


@pytest.mark.parametrize(
    "hidden",
    [
        ("#Labour\u202aLeaks", None),
        ("#Labour\x7fLeaks", None),
        ("#Labour\x85Leaks", None),
        ("#Labour\bLeaks", None),
        ("#Labour\x01Leaks", None),
        ("＃ＬａｂｏｕｒＬｅａｋｓ", None),
        ("#LABOURLEAKS", None),
        ("The ro[…]", "<p>#Labour&#76;eaks</p>"),
    ],
)
def test_the_quick_look_sees_through_what_hides_a_tag(
    hidden: tuple[str, str | None],
) -> None:
    text, html = hidden
    bridged = {"bridgyOriginalText": html} if html else {}
    assert COLLECTOR.receive(commit({"text": text, **bridged}), query()).posts


def _mutants(value: Json) -> Iterator[Json]:
    """The value with each of its fields left out or of another type."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(pairs):
            for odd in (None, 7, "\u0000", [None], {"uri": 3}):
                yield _replaced(value, key, odd)
            for mutant in _mutants(inner):
                yield _replaced(value, key, mutant)


def _replaced(value: Json, key: Json, inner: Json) -> Json:
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = inner
    return copy


def _stored(name: str) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    return held


def test_receive_is_total() -> None:
    read_as = Counter[str]()
    for message in _stored("stream")["messages"]:
        for mutant in _mutants(message):
            try:
                COLLECTOR.receive(json.dumps(mutant), query())
                read_as["page"] += 1
            except (BadPayload, Unavailable):
                read_as["refused"] += 1
    assert read_as["page"] > read_as["refused"] > 0


def test_parse_is_total_and_counts_every_item() -> None:
    body = _stored("search_two_pages")["exchanges"][0]["response"]["body"]
    asked = query(settings={"base_url": "https://bsky.example"})
    for mutant in _mutants(body):
        try:
            page = COLLECTOR.parse(httpx.Response(200, json=mutant), asked)
        except BadPayload:
            continue
        assert _items(page) == len(mutant["posts"])


def _items(page: Page) -> int:
    return len(page.posts) + len(page.rejected) + sum(page.skipped.values())


@thorough
@given(st.binary(max_size=60))
def test_any_bytes_are_a_page_or_a_bad_payload(junk: bytes) -> None:
    for asked in (query(), replace(query(), walk="recheck")):
        with pytest.raises(BadPayload):
            COLLECTOR.parse(httpx.Response(200, content=junk), asked)
    with pytest.raises(BadPayload):
        COLLECTOR.receive(junk, query())
