"""Requests that cost something: paid for before they are sent, settled by the answer.

What cannot be known to have been free counts in full: a request whose answer was lost
may have been charged all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from collectors.base import Budget, Charge, Collector, Metered, OverBudget


class Ledger(Protocol):
    """Where spending is written down, so that it outlasts the process."""

    async def reserve(
        self, platform: str, budgets: Sequence[Budget], charges: Sequence[Charge]
    ) -> Sequence[int]:
        """Tickets for the charges, in order. Raises OverBudget; then nothing is kept."""

    async def settle(self, tickets: Sequence[int], amounts: Sequence[int]) -> None:
        """Write down what was really spent."""


@dataclass(slots=True)
class Receipt:
    """Holds the answer that a charge was paid for."""

    response: httpx.Response | None = None

    def answered(self, response: httpx.Response) -> None:
        """The answer came."""
        self.response = response


@dataclass(frozen=True, slots=True)
class Meter:
    """One source's purse. ledger None: a metered platform is refused."""

    ledger: Ledger | None
    collector: Collector
    settings: Mapping[str, Any] = field(repr=False)

    @asynccontextmanager
    async def paid(self, request: httpx.Request) -> AsyncIterator[Receipt]:
        """Reserve a request's price, and settle it once the answer is there.

        Raises OverBudget before anything is sent.
        """
        receipt = Receipt()
        collector = self.collector
        if not isinstance(collector, Metered):
            yield receipt
            return
        charges = collector.price(request, self.settings)
        tickets = await self._reserve(collector.budgets(self.settings), charges)
        yield receipt
        if receipt.response is not None and self.ledger is not None:
            bill = collector.bill(receipt.response, self.settings)
            await self.ledger.settle(tickets, _in_order(charges, bill))

    async def _reserve(
        self, budgets: Sequence[Budget], charges: Sequence[Charge]
    ) -> Sequence[int]:
        if not charges:
            return ()
        if self.ledger is None:
            raise OverBudget(
                f"{self.collector.slug} costs something, and there is no ledger to "
                "write it in: nothing was asked"
            )
        return await self.ledger.reserve(self.collector.slug, budgets, charges)


def _in_order(charges: Sequence[Charge], bill: Sequence[Charge]) -> list[int]:
    """What each charge came to: as billed by its meter, 0 where it was not."""
    came = {charge.meter: charge.amount for charge in bill}
    return [min(came.get(one.meter, 0), one.amount) for one in charges]
