"""What a finished walk means: the coverage that it proves, and when to come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors._batch import Batch
from collectors.base import (
    BadPayload,
    CollectorError,
    Denied,
    Gap,
    Gone,
    Query,
    RateLimited,
    Unavailable,
)
from db.records import Span
from groundswell import assess
from groundswell.assess import Bounds
from tests.conftest import NOW

fuzz = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
SEEN = {"complete", "overlapping"}


def at(hour: float) -> datetime:
    return NOW + timedelta(hours=hour)


def make_batch(**changes: Any) -> Batch:  # noqa: ANN401
    fields: dict[str, Any] = {
        "posts": (),
        "rejected": (),
        "deletions": (),
        "accounts": (),
        "skipped": {},
        "requests": 1,
        "outcome": "complete",
        "error": None,
        "checkpoint": None,
        "reached": None,
        "ascending": False,
        "gaps": (),
        "vouches": "complete",
        "session": None,
        "started_at": at(10),
        "finished_at": at(10),
        **changes,
    }
    if fields["outcome"] == "broken" and fields["error"] is None:
        fields["error"] = Unavailable("down")
    return Batch(**fields)


def make_query(**changes: Any) -> Query:  # noqa: ANN401
    fields: dict[str, Any] = {
        "walk": "forward",
        "terms": (),
        "settings": {"base_url": "https://social.example"},
        "checkpoint": "7",
        **changes,
    }
    return Query(**fields)


hours = st.integers(-3, 14).map(at)
moments = st.none() | hours


def gap_between(one: datetime, other: datetime, *, open_ends: str) -> Gap:
    """A gap; without its begin, it reaches back to the last walk."""
    start, end = sorted([one, other])
    return Gap(
        "blind",
        "the platform says so",
        None if "from" in open_ends else start,
        None if "to" in open_ends else end,
    )


gaps = st.builds(
    gap_between, hours, hours, open_ends=st.sampled_from(["", "", "from", "to"])
)
batches = st.builds(
    make_batch,
    outcome=st.sampled_from(["complete", "capped", "broken"]),
    reached=moments,
    ascending=st.booleans(),
    gaps=st.lists(gaps, max_size=3).map(tuple),
    vouches=st.sampled_from(sorted(SEEN)),
)
queries = st.builds(
    make_query,
    walk=st.sampled_from(["forward", "back", "settle"]),
    checkpoint=st.none() | st.just("7"),
    since=moments,
    until=moments,
    settings=st.sampled_from(
        [{"base_url": "https://social.example"}, {"base_url": "wss://stream.example"}]
    ),
)


def asked(query: Query, batch: Batch) -> tuple[datetime, datetime]:
    """What the walk set out to read, by the words of the design."""
    if query.base_url.startswith("ws"):
        quiet = query.since if batch.outcome != "broken" else None
        end = batch.reached or quiet or batch.started_at
        end = min(end, batch.finished_at) if batch.reached else end
    else:
        end = query.until or batch.started_at
    return min(query.since or end, end), end


def seen(spans: list[Span]) -> list[Span]:
    return [span for span in spans if span.state in SEEN]


def at_half_past(spans: list[Span], hour: int) -> list[Span]:
    moment = at(hour + 0.5)
    return [span for span in spans if span.from_at <= moment < span.to_at]


@given(queries, batches)
@fuzz
def test_nothing_is_claimed_inside_a_gap(query: Query, batch: Batch) -> None:
    claimed = seen(assess.spans(query, batch))
    start, end = asked(query, batch)
    for gap in batch.gaps:
        for span in claimed:
            gap_from, gap_to = gap.from_at or start, gap.to_at or end
            assert gap_to <= gap_from or (
                span.to_at <= gap_from or gap_to <= span.from_at
            )


@given(queries, batches)
@fuzz
def test_nothing_is_claimed_beyond_what_was_asked(query: Query, batch: Batch) -> None:
    start, end = asked(query, batch)
    first_look = (
        query.walk == "forward" and query.checkpoint is None and not batch.ascending
    )
    for span in seen(assess.spans(query, batch)):
        assert span.from_at < span.to_at <= end
        # A first look reads one window, however far back that goes.
        assert span.from_at >= start or (
            first_look and batch.reached is not None and span.from_at >= batch.reached
        )
    for one, other in pairwise(
        sorted(seen(assess.spans(query, batch)), key=lambda s: s.from_at)
    ):
        assert one.to_at <= other.from_at


@given(queries, batches.filter(lambda batch: batch.outcome != "complete"))
@fuzz
def test_a_walk_that_ended_early_never_claims_what_it_did_not_read(
    query: Query, batch: Batch
) -> None:
    spans = assess.spans(query, batch)
    if batch.reached is None:
        assert seen(spans) == []
    for span in seen(spans):
        assert batch.reached is not None
        if batch.ascending:
            assert span.to_at <= batch.reached
        else:
            assert span.from_at >= batch.reached


@given(
    queries.filter(lambda q: q.checkpoint is not None),
    batches.filter(lambda batch: not batch.gaps),
)
@fuzz
def test_the_spans_of_a_walk_cover_all_that_was_asked_once(
    query: Query, batch: Batch
) -> None:
    start, end = asked(query, batch)
    spans = assess.spans(query, batch)
    for hour in range(-3, 14):
        inside = start <= at(hour) and at(hour + 1) <= end
        assert len(at_half_past(spans, hour)) == int(inside)
    if batch.outcome == "complete":
        assert {span.state for span in spans} <= {batch.vouches}


@given(queries, batches)
@fuzz
def test_what_was_not_seen_says_why(query: Query, batch: Batch) -> None:
    for span in assess.spans(query, batch):
        assert (span.state in SEEN) != bool(span.evidence)


def test_a_silent_stream_proves_nothing() -> None:
    query = make_query(
        walk="forward", checkpoint="7", since=at(0),
        settings={"base_url": "wss://stream.example"},
    )  # fmt: skip
    assert assess.spans(query, make_batch(reached=None)) == []


def test_a_recheck_that_is_refused_parks_nothing() -> None:
    refused = make_batch(outcome="broken", error=Denied("no"))
    assert assess.source_state("recheck", refused, 9) == "failing"


def test_a_recheck_tells_nothing_of_coverage() -> None:
    query = make_query(walk="recheck", since=at(0))
    assert assess.spans(query, make_batch()) == []


def test_a_broken_walk_leaves_the_rest_blind_and_a_capped_one_capped() -> None:
    query = make_query(since=at(0))
    broken = make_batch(outcome="broken", reached=at(8))
    assert assess.spans(query, broken) == [
        Span(at(8), at(10), "complete"),
        Span(at(0), at(8), "blind", "down"),
    ]
    capped = make_batch(outcome="capped", reached=at(8))
    assert assess.spans(query, capped)[1].state == "capped"


# The next time


@given(
    st.integers(1, 100_000),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(1, 3600),
    st.integers(0, 36_000),
)
@fuzz
def test_the_interval_follows_the_rate(
    seconds: int, few: int, more: int, floor: int, room: int
) -> None:
    """The more a walk brings the sooner the next, within bounds, by two at most."""
    bounds = Bounds(timedelta(seconds=floor), timedelta(seconds=floor + room))
    interval = min(max(timedelta(seconds=seconds), bounds.floor), bounds.ceiling)
    few, more = sorted([few, more])
    after_few = assess.next_interval(interval, few, bounds)
    after_more = assess.next_interval(interval, more, bounds)
    assert bounds.floor <= after_more <= after_few <= bounds.ceiling
    for moved in (after_few, after_more):
        assert interval / 2 <= moved <= interval * 2


def test_the_interval_stays_where_a_walk_brings_half_a_page() -> None:
    bounds = Bounds(timedelta(minutes=1), timedelta(hours=1))
    assert assess.next_interval(timedelta(minutes=7), 20, bounds) == timedelta(
        minutes=7
    )
    assert assess.next_interval(timedelta(minutes=8), 0, bounds) == timedelta(
        minutes=16
    )
    assert assess.next_interval(timedelta(minutes=8), 400, bounds) == timedelta(
        minutes=4
    )


@given(st.integers(1, 1000), st.integers(0, 1000))
@fuzz
def test_a_broken_walk_is_tried_again_within_a_quarter_of_an_hour(
    failures: int, seed: int
) -> None:
    batch = make_batch(outcome="broken")
    again = assess.retry_at(batch, failures, NOW, Random(seed))
    ceiling = min(timedelta(seconds=5) * 2 ** min(failures - 1, 20), at(0.25) - NOW)
    assert NOW <= again <= NOW + ceiling


@pytest.mark.parametrize(
    ("told", "again"),
    [
        (timedelta(seconds=90), timedelta(seconds=90)),
        (timedelta(hours=5), timedelta(minutes=15)),
        (-timedelta(hours=1), timedelta(0)),
    ],
)
def test_a_platform_that_says_when_is_believed_within_reason(
    told: timedelta, again: timedelta
) -> None:
    batch = make_batch(outcome="broken", error=RateLimited("slow down", NOW + told))
    assert assess.retry_at(batch, 1, NOW, Random(1)) == NOW + again


@pytest.mark.parametrize(
    ("error", "failures", "state"),
    [
        (None, 0, "ok"),
        (RateLimited("slow down", None), 9, "limited"),
        (Denied("who are you"), 1, "parked"),
        (Unavailable("down"), 100, "failing"),
        (BadPayload("html"), 100, "failing"),
        (Gone("no such tag"), 1, "failing"),
        (Gone("no such tag"), 3, "parked"),
    ],
)
def test_how_a_source_is_doing(
    error: CollectorError | None, failures: int, state: str
) -> None:
    batch = make_batch(outcome="broken" if error else "complete", error=error)
    assert assess.source_state("forward", batch, failures) == state
    assert state in get_args(assess.SourceState)
