"""`kill -9` of the real daemon at random moments: nothing lost, nothing doubled."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks import kill
from tests.conftest import NOW


@pytest.mark.slow
def test_eight_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    only = ("social", "jetstream", "gazette")
    report = kill.kill_test(tmp_path, kills=8, days=1, only=only)
    assert report.died_by_itself == 0
    assert report.kills == 8
    assert report.expected > 50
    assert (report.missing, report.doubled) == ([], [])
    assert (report.strangers, report.problems) == ([], [])


def test_the_moments_reach_the_beginning_the_work_and_the_writing() -> None:
    moments = [kill._moment(number, random.Random(1)) for number in range(3)]
    assert [(m.stored, m.writing) for m in moments] == [
        (False, False), (True, False), (True, True),
    ]  # fmt: skip


def test_what_must_be_there_was_served_in_time_to_be_seen() -> None:
    def post(uri: str, shown: timedelta, claimed: timedelta, **changes: object) -> dict:  # type: ignore[type-arg]
        return {
            "uri": uri,
            "tags": ["labourleaks"],
            "opted_out": False,
            "published_at": (NOW + claimed).isoformat(),
            "served": ["wire"],
            "visible_at": {"wire": (NOW + shown).isoformat()},
            **changes,
        }

    old, soon, zero = timedelta(days=-1), timedelta(seconds=5), timedelta(0)
    truth = [
        post("old", old, old),
        post("live", soon, soon),
        post("late", soon, old),
        post("other-tag", old, old, tags=["parody"]),
        post("shy", old, old, opted_out=True),
        post("gone", old, old, served=[]),
        post("just-now", timedelta(seconds=100), timedelta(seconds=100)),
    ]
    now = NOW + timedelta(seconds=110)
    found = set(kill._due(truth, {"wire"}, begin=NOW + zero, now=now))
    assert found == {"old", "live"}
