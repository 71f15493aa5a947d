"""Requests that cost something, through the real driver: collectors/_metering.py."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from collectors._driver import Batch, Limits
from collectors._metering import Ledger
from collectors.base import Budget, Charge, OverBudget, Query, RateLimited, Term
from db import ledger
from db.connection import open_database
from groundswell.runtime import Store
from groundswell.spending import LedgerFile, StoreLedger
from tests.paper import BASE, NOW, THREE, FakeTime, Handler, Paper, driver_for, serving

CENTS = Budget("cents", 100, "month")


class Paid(Paper):
    """Up to 40 cents a page; ten for each post that came."""

    def budgets(self, settings: Mapping[str, Any]) -> Sequence[Budget]:
        return (CENTS,)

    def price(
        self, request: httpx.Request, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        return () if request.url.path == "/free" else (Charge("cents", 40),)

    def bill(
        self, response: httpx.Response, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        if not response.is_success:
            return ()
        return (Charge("cents", 10 * len(response.json()["posts"])),)


def paid_walk(handler: Handler, purse: Ledger | None) -> Batch:
    async def scene() -> Batch:
        driver = driver_for(handler, FakeTime(), Limits())
        driver.ledger = purse
        query = Query("forward", (Term("hashtag", "x"),), {"base_url": BASE})
        async with driver.client:
            return await driver.collect(Paid(), query)

    return asyncio.run(scene())


def purse_in(folder: Path) -> LedgerFile:
    return LedgerFile(folder / "campaigns.db", lambda: NOW)


def spent_in(folder: Path) -> int:
    db = open_database(folder / "campaigns.db")
    try:
        return ledger.spent(db, "paper", CENTS, NOW)
    finally:
        db.close()


def test_each_page_is_paid_for_and_settled(tmp_path: Path) -> None:
    purse = purse_in(tmp_path)
    batch = paid_walk(serving(*THREE), purse)
    purse.close()
    assert batch.outcome == "complete"
    assert spent_in(tmp_path) == 40, "two posts, one, one"


def test_what_would_overrun_the_budget_is_never_sent(tmp_path: Path) -> None:
    """The handler fails the test at a third question."""
    four = {"posts": ["a", "b", "c", "d"], "next": "2"}
    six = {"posts": ["e", "f", "g", "h"], "next": "3"}
    purse = purse_in(tmp_path)
    batch = paid_walk(serving(four, six), purse)
    purse.close()
    assert isinstance(batch.error, OverBudget)
    assert len(batch.posts) == 8, "what was paid for is kept"
    assert spent_in(tmp_path) == 80


def test_an_answer_that_is_lost_counts_in_full(tmp_path: Path) -> None:
    purse = purse_in(tmp_path)
    lost = httpx.ReadTimeout("no answer")
    batch = paid_walk(serving(lost, {"posts": ["a"]}), purse)
    purse.close()
    assert batch.outcome == "complete"
    assert spent_in(tmp_path) == 50


def test_an_error_that_is_not_billed_costs_nothing(tmp_path: Path) -> None:
    purse = purse_in(tmp_path)
    batch = paid_walk(serving(httpx.Response(429)), purse)
    purse.close()
    assert isinstance(batch.error, RateLimited)
    assert spent_in(tmp_path) == 0


def test_without_a_ledger_nothing_that_costs_is_asked() -> None:
    batch = paid_walk(serving(), None)
    assert isinstance(batch.error, OverBudget)
    assert batch.requests == 0


def test_the_daemons_ledger_is_its_own_database(tmp_path: Path) -> None:
    async def scene() -> None:
        store = Store(open_database(tmp_path / "campaigns.db"))
        purse = StoreLedger(store, lambda: NOW)
        tickets = await purse.reserve("paper", [CENTS], (Charge("cents", 90),))
        await purse.settle(tickets, [70])
        store.close()

    asyncio.run(scene())
    assert spent_in(tmp_path) == 70


def test_a_ledger_file_is_made_only_when_something_is_paid_for(tmp_path: Path) -> None:
    purse = purse_in(tmp_path)
    paid_walk(serving({"posts": []}), None)
    purse.close()
    assert not (tmp_path / "campaigns.db").exists()
