"""The ledger of metered platforms, kept in the database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from collectors.base import Budget, Charge
from db import ledger
from db.connection import open_database
from groundswell.clock import Clock
from groundswell.store_thread import Store


class StoreLedger:
    """See collectors._metering.Ledger."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def reserve(
        self, platform: str, budgets: Sequence[Budget], charges: Sequence[Charge]
    ) -> Sequence[int]:
        """Tickets for the charges. Raises OverBudget, and StoreError."""
        now = self._clock()
        return await self._store.run(ledger.reserve, platform, budgets, charges, now)

    async def settle(self, tickets: Sequence[int], amounts: Sequence[int]) -> None:
        """Write down what was really spent. Raises StoreError."""
        await self._store.run(ledger.settle, tickets, amounts)


class LedgerFile:
    """The same for a command that has no database open: it is opened, and made if there
    is none, when something is first to be paid for."""

    def __init__(self, database: Path, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._store: Store | None = None

    async def reserve(
        self, platform: str, budgets: Sequence[Budget], charges: Sequence[Charge]
    ) -> Sequence[int]:
        """Tickets for the charges. Raises OverBudget, and StoreError."""
        return await self._ledger().reserve(platform, budgets, charges)

    async def settle(self, tickets: Sequence[int], amounts: Sequence[int]) -> None:
        """Write down what was really spent. Raises StoreError."""
        await self._ledger().settle(tickets, amounts)

    def close(self) -> None:
        """Close the database, if it was opened."""
        if self._store is not None:
            self._store.close()

    def _ledger(self) -> StoreLedger:
        if self._store is None:
            self._store = Store(open_database(self._database))
        return StoreLedger(self._store, self._clock)
