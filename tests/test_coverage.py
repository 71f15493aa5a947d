"""Coverage: painting in any order gives the same picture, and nothing is ever hidden."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from db import coverage
from db.coverage import RANK, newest_hole, paint
from db.records import Span
from tests.conftest import NOW
from tests.making import watch

STATES = sorted(RANK)


def at(hour: float) -> datetime:
    return NOW + timedelta(hours=hour)


spans = st.builds(
    lambda start, length, state: Span(at(start), at(start + length), state),
    st.integers(0, 20),
    st.integers(1, 8),
    st.sampled_from(STATES),
)


def state_at(painted: list[Span], moment: datetime) -> str | None:
    here = [s.state for s in painted if s.from_at <= moment < s.to_at]
    assert len(here) <= 1, "spans overlap"
    return here[0] if here else None


def painted_in(order: list[Span]) -> list[Span]:
    picture: list[Span] = []
    for span in order:
        picture = paint(picture, span)
    return picture


@given(st.lists(spans, max_size=8), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_painting_does_not_matter(order: list[Span], dice: object) -> None:
    shuffled = list(order)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = painted_in(order), painted_in(shuffled)
    for hour in range(30):
        moment = at(hour + 0.5)
        assert state_at(one, moment) == state_at(other, moment)


@given(st.lists(spans, max_size=8))
@settings(deadline=None)
def test_the_best_state_ever_seen_wins(order: list[Span]) -> None:
    picture = painted_in(order)
    for hour in range(30):
        moment = at(hour + 0.5)
        here = [s.state for s in order if s.from_at <= moment < s.to_at]
        best = max(here, key=lambda state: RANK[state], default=None)
        assert state_at(picture, moment) == best


@given(st.lists(spans, min_size=1, max_size=8))
@settings(deadline=None)
def test_painting_again_changes_nothing_and_neighbours_merge(order: list[Span]) -> None:
    picture = painted_in(order)
    assert painted_in([*picture, *order]) == painted_in([*order, *order])
    for one, other in pairwise(picture):
        assert one.to_at <= other.from_at
        if one.to_at == other.from_at:
            assert (one.state, one.evidence) != (other.state, other.evidence)


@given(st.lists(spans, max_size=8))
@settings(deadline=None, max_examples=50)
def test_the_stored_coverage_is_the_painted_one(order: list[Span]) -> None:
    database = Database(memory=True)
    try:
        _make_schema(database)
        for span in order:
            coverage.lay(database.conn, 1, [1], [span])
        stored = coverage.read(database.conn, 1, 1, since=at(-1), until=at(60))
        assert stored == painted_in(order)
    finally:
        database.close()


def _make_schema(database: Database) -> None:
    from db.migrations import migrations

    migrations.apply(database)
    watch(database)


@given(st.lists(spans, max_size=6))
@settings(deadline=None)
def test_the_newest_hole_is_a_hole_and_the_newest(order: list[Span]) -> None:
    picture = painted_in(order)
    since, until = at(0), at(28)
    hole = newest_hole(picture, since, until)
    seen = {"complete", "overlapping"}
    for hour in range(28):
        inside = state_at(picture, at(hour + 0.5)) not in seen
        if hole and hole[0] <= at(hour + 0.5) < hole[1]:
            assert inside
        elif inside:
            assert hole is not None
            assert at(hour) < hole[1]


def test_an_empty_span_changes_nothing() -> None:
    assert paint([], Span(NOW, NOW, "complete")) == []


def test_a_back_walk_turns_a_blind_span_complete() -> None:
    blind = Span(at(1), at(3), "blind", "server down")
    picture = painted_in(
        [blind, Span(at(0), at(1), "complete"), Span(at(1), at(2), "complete")]
    )
    assert [(s.state, s.from_at, s.to_at) for s in picture] == [
        ("complete", at(0), at(2)),
        ("blind", at(2), at(3)),
    ]


@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_stored(db: Database, state: str) -> None:
    watch(db)
    coverage.lay(db.conn, 1, [1], [Span(at(0), at(1), state)])  # type: ignore[arg-type]
    assert coverage.read(db.conn, 1, 1, since=at(0), until=at(1))[0].state == state
