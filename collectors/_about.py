"""What a platform says of itself before it is asked anything: how to get at it, what it
costs, and what its rules ask of those who keep its posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Access = Literal["open", "free key", "approval", "paid"]
Publish = Literal["anyone", "here"]
Per = Literal["day", "week", "month"]

ACCESS: dict[Access, str] = {
    "open": "no credentials",
    "free key": "a free key",
    "approval": "the platform's approval",
    "paid": "money",
}


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `requests` in `per_s` seconds to one host; at most `pages` in one walk."""

    requests: int
    per_s: float
    pages: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A platform as people are told of it, in tables.

    gives: what comes from it, as half a sentence. needs: what a person must do first, as
    half a sentence ("nothing"). base_url: its one address; None where each source has its
    own. central: what it says is gone was deleted, for it is the one place where its
    posts are, or passes their authors' own word on; elsewhere another server may still
    have it.
    """

    name: str
    access: Access
    gives: str
    needs: str
    base_url: str | None = None
    central: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What a platform's rules ask of those who keep its posts; staff may set otherwise.

    keep: the words of a post that the platform has not confirmed for so long are removed;
        None: no limit.
    ages: the ages at which a post is looked at again; None: the usual ones.
    recheck: when those looks are over, a post is looked at again this often for as long
        as its words are kept; None: never.
    publish: "here": its words may be shown only on pages that this machine alone
        reaches; "anyone": wherever the pages are served.
    why: the rule, with its source; a sentence for the docs and messages.
    """

    keep: timedelta | None = None
    ages: tuple[timedelta, ...] | None = None
    recheck: timedelta | None = None
    publish: Publish = "anyone"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent of one meter in a period, in the meter's whole units.

    per: "day" and "month" begin at midnight of `zone`; "week" is the last seven days.
    unit, scale: how people are told: so many units of the meter are one of `unit`.
    spread: no more than the share of the period that has passed may be spent, so that
    one busy hour does not silence the rest of the day.
    """

    meter: str
    limit: int
    per: Per
    zone: str = "UTC"
    spread: bool = False
    unit: str | None = None
    scale: int = 1

    def shown(self, amount: int) -> str:
        """An amount in people's units: "12", "4.95"."""
        return f"{amount / self.scale:.10g}"

    @property
    def limit_shown(self) -> str:
        """The limit with its unit: "100 searches", "50 dollars"."""
        return f"{self.shown(self.limit)} {self.unit or self.meter}"


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request costs. item: what is paid for once in a period, however often it
    is asked for (Instagram's hashtags); None: each time."""

    meter: str
    amount: int
    item: str | None = None
