"""What metered platforms have cost, so that no budget is overrun, whoever asks: the
collector, `try` or `check --online`."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from collectors.base import Budget, Charge, OverBudget
from db.connection import transaction
from db.times import to_text

_WEEK = timedelta(days=7)
_KEPT = timedelta(days=62)  # longer than any period
# Of a day that is spread, the share that may be spent at once.
_AT_ONCE = timedelta(hours=1)


def reserve(
    db: Database,
    platform: str,
    budgets: Sequence[Budget],
    charges: Sequence[Charge],
    now: datetime,
) -> list[int]:
    """Write charges down before they are made; their ids, in order.

    Raises OverBudget, and keeps nothing, where one would overrun its budget, or where a
    meter has no budget.
    """
    limits = {budget.meter: budget for budget in budgets}
    with transaction(db) as conn:
        conn.execute("delete from ledger where at < ?", (to_text(now - _KEPT),))
        return [
            _reserve_one(conn, platform, limits.get(charge.meter), charge, now)
            for charge in charges
        ]


def _reserve_one(
    conn: sqlite3.Connection,
    platform: str,
    budget: Budget | None,
    charge: Charge,
    now: datetime,
) -> int:
    if budget is None:
        raise OverBudget(f"{platform}: no budget is set for {charge.meter}")
    begin, end = period(budget, now)
    spent = _spent(conn, platform, budget, begin)
    again = charge.item is not None and _has(conn, platform, charge, begin)
    if not again:
        _refuse(platform, budget, charge, (spent, now, begin, end))
    cursor = conn.execute(
        "insert into ledger (platform, meter, item, at, amount) values (?, ?, ?, ?, ?)",
        (
            platform,
            charge.meter,
            charge.item,
            to_text(now),
            0 if again else charge.amount,
        ),
    )
    return int(cursor.lastrowid or 0)


def _refuse(
    platform: str,
    budget: Budget,
    charge: Charge,
    at: tuple[int, datetime, datetime, datetime],
) -> None:
    spent, now, begin, end = at
    wanted = spent + charge.amount
    if wanted > budget.limit:
        raise OverBudget(
            f"{platform}: the {budget.per}'s budget is spent ({budget.shown(spent)} of "
            f"{budget.limit_shown}); it goes on at {to_text(end)}",
            end,
        )
    if budget.spread and wanted > _share(budget, now, begin, end):
        free = begin + max(
            wanted / budget.limit * (end - begin) - _AT_ONCE, now - begin
        )
        raise OverBudget(
            f"{platform}: {budget.shown(spent)} of the {budget.per}'s "
            f"{budget.limit_shown} are spent, which is what the time allows; it goes on at "
            f"{to_text(free)}",
            max(free, now + timedelta(seconds=1)),
        )


def _share(budget: Budget, now: datetime, begin: datetime, end: datetime) -> int:
    """What may have been spent by now: the share of the period that has passed, and an
    hour's more."""
    passed = (now - begin + _AT_ONCE) / (end - begin)
    return math.floor(budget.limit * min(passed, 1.0) + 1e-9)


def period(budget: Budget, now: datetime) -> tuple[datetime, datetime]:
    """The period of a budget that `now` lies in, aware UTC, its end exclusive.

    A week is rolling: it ends when the oldest spending of a full one may be forgotten,
    a day from now at the latest.
    """
    if budget.per == "week":
        return now - _WEEK, now + timedelta(days=1)
    zone = ZoneInfo(budget.zone)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if budget.per == "month":
        midnight = midnight.replace(day=1)
        end = (midnight + timedelta(days=32)).replace(day=1)
    else:
        # The clock's day, 23 or 25 hours long when it is put forward or back.
        end = midnight + timedelta(days=1)
    utc = ZoneInfo("UTC")
    return midnight.astimezone(utc), end.astimezone(utc)


def _spent(
    conn: sqlite3.Connection, platform: str, budget: Budget, begin: datetime
) -> int:
    (spent,) = conn.execute(
        "select coalesce(sum(amount), 0) from ledger "
        "where platform = ? and meter = ? and at >= ?",
        (platform, budget.meter, to_text(begin)),
    ).fetchone()
    return int(spent)


def _has(
    conn: sqlite3.Connection, platform: str, charge: Charge, begin: datetime
) -> bool:
    row = conn.execute(
        "select 1 from ledger where platform = ? and meter = ? and at >= ? "
        "and item = ? and amount > 0",
        (platform, charge.meter, to_text(begin), charge.item),
    ).fetchone()
    return row is not None


def settle(db: Database, tickets: Sequence[int], amounts: Sequence[int]) -> None:
    """What reserved charges came to in the end; never more than was reserved."""
    with transaction(db) as conn:
        conn.executemany(
            "update ledger set amount = min(amount, ?) where id = ?",
            list(zip(amounts, tickets, strict=True)),
        )


def spent(db: Database, platform: str, budget: Budget, now: datetime) -> int:
    """What has been spent of a budget in its present period."""
    begin, _ = period(budget, now)
    return _spent(db.conn, platform, budget, begin)
