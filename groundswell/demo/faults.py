"""What goes wrong on demand: a seeded plan of faults, by source and time or every nth
request. The plan only says what is to happen; `groundswell.demo.faulty` does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal, get_args

from collectors.text import parse_time
from groundswell.demo.ids import fraction

Kind = Literal[
    "rate_limited", "server_error", "hang", "truncated", "html", "endless", "slow",
    "drop", "reset", "outage",
]  # fmt: skip
RateForm = Literal[
    "retry-after-seconds", "retry-after-date", "x-ratelimit-reset-iso",
    "ratelimit-reset-epoch", "seconds-from-now", "none",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
RATE_FORMS: tuple[str, ...] = get_args(RateForm)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. source: a slug, or "*" for all.

    every: each nth request that falls in the window. share: of those, how many (drawn
    from the plan's seed). from_at, to_at: the window in world time, half open. times:
    at most so many. form and wait_s: how a 429 says for how long. status: of an error.
    after: the websocket messages that pass before a drop or a truncated one.
    """

    source: str
    kind: Kind
    every: int = 1
    share: float = 1.0
    from_at: datetime | None = None
    to_at: datetime | None = None
    times: int | None = None
    form: RateForm = "retry-after-seconds"
    wait_s: float = 30.0
    status: int = 503
    after: int = 5

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(
                f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}"
            )
        if self.form not in RATE_FORMS:
            raise ValueError(f"form must be one of {', '.join(RATE_FORMS)}")
        if self.every < 1 or not 0 <= self.share <= 1:
            raise ValueError("every must be at least 1, share between 0 and 1")

    def applies(self, source: str, now: datetime) -> bool:
        """Whether source and moment fall under this fault."""
        begun = self.from_at is None or now >= self.from_at
        ended = self.to_at is not None and now >= self.to_at
        return self.source in {"*", source} and begun and not ended


def outage(source: str, from_at: datetime, hours: float) -> Fault:
    """A source that cannot be reached for some hours of world time."""
    return Fault(
        source, "outage", from_at=from_at, to_at=from_at + timedelta(hours=hours)
    )


class Faults:
    """A plan of faults; the same seed and the same requests give the same faults."""

    def __init__(self, plan: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self.seed = seed
        self.plan: list[Fault] = []
        self.replace(plan)

    def replace(self, plan: Iterable[Fault]) -> None:
        """Another plan, counted from the start."""
        self.plan = list(plan)
        self._met = [0] * len(self.plan)
        self.done = [0] * len(self.plan)

    def draw(self, source: str, now: datetime) -> Fault | None:
        """The fault that a request meets, None if it goes well."""
        for place, fault in enumerate(self.plan):
            if fault.applies(source, now) and self._strikes(place, fault):
                self.done[place] += 1
                return fault
        return None

    def _strikes(self, place: int, fault: Fault) -> bool:
        if fault.times is not None and self.done[place] >= fault.times:
            return False
        self._met[place] += 1
        met = self._met[place]
        return not met % fault.every and fraction(self.seed, place, met) < fault.share

    def is_out(self, source: str, now: datetime) -> bool:
        """Whether a source cannot be reached at all."""
        return any(
            fault.kind == "outage" and fault.applies(source, now) for fault in self.plan
        )


def fault_from(told: Mapping[str, Any]) -> Fault:
    """A fault from JSON; times are ISO text. Raises ValueError, saying what is wrong."""
    unknown = set(told) - {field.name for field in fields(Fault)}
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
    given = dict(told)
    for name in ("from_at", "to_at"):
        if given.get(name) is not None:
            given[name] = parse_time(given[name])
            if given[name] is None:
                raise ValueError(f"{name} is not a time")
    try:
        return Fault(**given)
    except TypeError as error:
        raise ValueError(str(error)) from error


def retry_headers(form: RateForm, now: datetime, wait_s: float) -> dict[str, str]:
    """How a 429 says when to come again (platforms.md section 2, finding 4)."""
    until = (now + timedelta(seconds=wait_s)).astimezone(UTC)
    forms: dict[str, dict[str, str]] = {
        "retry-after-seconds": {"Retry-After": str(round(wait_s))},
        "retry-after-date": {"Retry-After": format_datetime(until, usegmt=True)},
        "x-ratelimit-reset-iso": {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": until.isoformat(timespec="microseconds")[:-6] + "Z",
        },
        "ratelimit-reset-epoch": {
            "RateLimit-Limit": "3000",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": str(round(until.timestamp())),
        },
        "seconds-from-now": {
            "X-Ratelimit-Used": "100",
            "X-Ratelimit-Remaining": "0.0",
            "X-Ratelimit-Reset": f"{wait_s:.1f}",
        },
        "none": {},
    }
    return forms[form]
