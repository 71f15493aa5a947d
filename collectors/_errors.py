"""How a collector may fail.

CollectorError
├── Unavailable    network, time-out, 5xx             try again later
├── RateLimited    429, or the platform's own words   not before `retry_at`
├── Denied         401, 403, 422 "needs a user"       parked until the settings change
├── Gone           404, 410, 451                      parked until the settings change
└── BadPayload     an answer that cannot be read      try again later, sample kept
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


class CollectorError(Exception):
    """A walk that could not go on. permanent: trying again will not help."""

    permanent: ClassVar[bool] = False


class Unavailable(CollectorError):
    """The network, a time-out or a server's own fault (5xx)."""


class RateLimited(CollectorError):
    """The platform asked for a pause. retry_at: aware UTC, None where it did not say."""

    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class OverBudget(RateLimited):
    """Asking would overrun a budget of ours; nothing was sent. retry_at: when it may go
    on, however far away that is."""


class Denied(CollectorError):
    """The platform wants a log-in, or refused ours. The message names the key to set."""

    permanent = True


class Gone(CollectorError):
    """Nothing is at this address."""

    permanent = True


class BadPayload(CollectorError):
    """An answer that cannot be read. sample: its first bytes, as text."""

    def __init__(self, message: str, sample: str = "") -> None:
        super().__init__(message)
        self.sample = sample[:500]
