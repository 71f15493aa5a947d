"""Budgets that are never overrun: db/ledger.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.base import Budget, Charge, OverBudget
from db import ledger
from db.connection import Database, open_database

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = Budget("searches", 100, "day")
ONE = (Charge("searches", 1),)


@pytest.fixture
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_database(tmp_path_factory.mktemp("ledger") / "ledger.db")
    yield opened
    opened.close()


def test_a_budget_is_spent_to_its_limit_and_no_further(db: Database) -> None:
    for _ in range(100):
        ledger.reserve(db, "youtube", [DAY], ONE, NOON)
    with pytest.raises(OverBudget, match="100 of 100 searches") as caught:
        ledger.reserve(db, "youtube", [DAY], ONE, NOON)
    assert caught.value.retry_at == datetime(2026, 11, 26, tzinfo=UTC)
    assert ledger.spent(db, "youtube", DAY, NOON) == 100
    tomorrow = NOON + timedelta(days=1)
    assert ledger.spent(db, "youtube", DAY, tomorrow) == 0
    ledger.reserve(db, "youtube", [DAY], ONE, tomorrow)


def test_other_platforms_and_meters_have_purses_of_their_own(db: Database) -> None:
    small = Budget("searches", 1, "day")
    ledger.reserve(db, "youtube", [small], ONE, NOON)
    ledger.reserve(db, "threads", [small], ONE, NOON)
    ledger.reserve(
        db, "youtube", [Budget("units", 1, "day")], (Charge("units", 1),), NOON
    )


def test_of_several_charges_all_are_kept_or_none(db: Database) -> None:
    budgets = [DAY, Budget("units", 1, "day")]
    with pytest.raises(OverBudget, match="units"):
        ledger.reserve(
            db, "youtube", budgets, (Charge("searches", 1), Charge("units", 2)), NOON
        )
    assert ledger.spent(db, "youtube", DAY, NOON) == 0


def test_a_meter_without_a_budget_is_refused(db: Database) -> None:
    with pytest.raises(OverBudget, match="no budget"):
        ledger.reserve(db, "x", [], ONE, NOON)


def test_settling_gives_back_what_was_not_used_and_never_takes_more(
    db: Database,
) -> None:
    month = Budget("cents", 1000, "month")
    (ticket,) = ledger.reserve(db, "x", [month], (Charge("cents", 50),), NOON)
    ledger.settle(db, [ticket], [5])
    assert ledger.spent(db, "x", month, NOON) == 5
    ledger.settle(db, [ticket], [500])
    assert ledger.spent(db, "x", month, NOON) == 5


def test_an_item_is_paid_for_once_in_seven_days(db: Database) -> None:
    week = Budget("hashtags", 2, "week")
    rail, wages, bread = (
        (Charge("hashtags", 1, item),) for item in ("rail", "wages", "bread")
    )
    for charges in (rail, rail, wages, rail):
        ledger.reserve(db, "instagram", [week], charges, NOON)
    with pytest.raises(OverBudget):
        ledger.reserve(db, "instagram", [week], bread, NOON + timedelta(days=6))
    ledger.reserve(db, "instagram", [week], bread, NOON + timedelta(days=7, seconds=1))


def test_a_month_ends_with_the_month(db: Database) -> None:
    month = Budget("cents", 10, "month")
    last = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    with pytest.raises(OverBudget) as caught:
        ledger.reserve(db, "x", [month], (Charge("cents", 11),), last)
    assert caught.value.retry_at == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begin", "hours"),
    [
        ("2026-11-25T07:30:00+00:00", "2026-11-24T08:00:00+00:00", 24),
        ("2026-03-08T12:00:00+00:00", "2026-03-08T08:00:00+00:00", 23),
        ("2026-11-01T12:00:00+00:00", "2026-11-01T07:00:00+00:00", 25),
    ],
)
def test_a_day_is_that_of_the_budgets_own_zone(
    now: str, begin: str, hours: int
) -> None:
    pacific = Budget("searches", 100, "day", zone="America/Los_Angeles")
    began, ends = ledger.period(pacific, datetime.fromisoformat(now))
    assert began == datetime.fromisoformat(begin)
    assert ends - began == timedelta(hours=hours)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    limit=st.integers(1, 60),
    gaps=st.lists(st.integers(0, 3 * 3600), max_size=60),
    amount=st.integers(1, 5),
)
def test_a_spread_budget_is_never_ahead_of_the_clock(
    db: Database, limit: int, gaps: list[int], amount: int
) -> None:
    """Whatever is asked for and when: within the limit, and no more than the share of
    the day that has passed and one hour's; and when told to wait, waiting helps."""
    budget = Budget("searches", limit, "day", spread=True)
    db.conn.execute("delete from ledger")
    now = datetime(2026, 11, 25, tzinfo=UTC)
    for gap in gaps:
        now += timedelta(seconds=gap)
        begin, end = ledger.period(budget, now)
        refused = refusal(db, budget, amount, now)
        if refused is not None and refused < end and amount <= limit:
            assert refused > now
            now = refused + timedelta(seconds=1)
            assert refusal(db, budget, amount, now) is None, "waiting helps"
        spent = ledger.spent(db, "p", budget, now)
        passed = (now - begin + timedelta(hours=1)) / timedelta(days=1)
        assert spent <= min(limit, limit * passed + 1e-6)


def refusal(
    db: Database, budget: Budget, amount: int, now: datetime
) -> datetime | None:
    """When the ledger says to come back; None where it took the charge."""
    try:
        ledger.reserve(db, "p", [budget], (Charge("searches", amount),), now)
    except OverBudget as refused:
        return refused.retry_at
    return None
