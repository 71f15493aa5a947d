"""When to ask again, and how fast: statuses, reset headers, back-off and pace.

Nothing here reads a clock or sleeps by itself; `now`, `clock` and `sleep` are given.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from random import Random

import httpx

from collectors.base import (
    BadPayload,
    CollectorError,
    Denied,
    Gone,
    Pace,
    RateLimited,
    Unavailable,
)

Clock = Callable[[], datetime]
Sleep = Callable[[float], Awaitable[object]]

MAX_PAUSE = timedelta(minutes=15)
PATIENCE = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=5)

# platforms.md section 2, item 4: every server names its limit in its own way.
_RESET_HEADERS = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
_LEFT_HEADERS = (
    "x-ratelimit-remaining",
    "ratelimit-remaining",
    "x-rate-limit-remaining",
)
_EPOCH_SECONDS = 1e9  # from here on a number is a date, not a duration: 2001
_EPOCH_MS = 1e11  # as seconds this would be the year 5138
_LATEST = 2.5e11

_DENIED = {401, 403}
_GONE = {404, 410, 451}
_TRY_LATER = {408, 425}  # and 5xx, Cloudflare's 520 to 524 among them


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the server says to come back, between `now` and 15 minutes later, or None.

    `Retry-After` first, then the reset headers, each as ISO 8601 (UTC where no zone is
    given), seconds or milliseconds since 1970, seconds from now, or an HTTP date. What
    cannot be read is passed over. Ask only of an answer that limits: `pause_until`.
    """
    known = httpx.Headers(headers)
    for name in ("retry-after", *_RESET_HEADERS):
        moment = _moment(known.get(name, ""), now)
        if moment is not None:
            return clamp(moment, now)
    return None


def clamp(moment: datetime, now: datetime) -> datetime:
    """`moment`, but no earlier than `now` and no later than 15 minutes from it."""
    return min(max(moment, now), now + MAX_PAUSE)


def pause_until(response: httpx.Response, now: datetime) -> datetime | None:
    """Until when this host wants to be left alone, or None where it does not say so.

    A reset header is on every answer; it counts only on a 429 or with nothing remaining.
    """
    status, headers = response.status_code, response.headers
    limited = status == 429 or (status == 503 and "retry-after" in headers)
    if limited or any(_is_zero(headers.get(name)) for name in _LEFT_HEADERS):
        return retry_at(headers, now)
    return None


def _is_zero(text: str | None) -> bool:
    number = _number(text or "")
    return number is not None and number <= 0


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _moment(text: str, now: datetime) -> datetime | None:
    number = _number(text)
    if number is not None:
        return _from_number(number, now)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        # A naive time read as local once made a client sleep six hours.
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return None


def _from_number(number: float, now: datetime) -> datetime:
    if number >= _EPOCH_MS:
        return datetime.fromtimestamp(min(number / 1000, _LATEST), UTC)
    if number >= _EPOCH_SECONDS:
        return datetime.fromtimestamp(number, UTC)
    return now + timedelta(seconds=max(number, 0.0))


def error_for(response: httpx.Response, now: datetime) -> CollectorError | None:
    """What a status means where the platform explains nothing; None for a 2xx.

    The text names the host and the status, never an address, a header or the body.
    """
    status = response.status_code
    if response.is_success:
        return None
    said = f"{_host(response)} answered {_named(status)}"
    if status == 429 or (status == 503 and "retry-after" in response.headers):
        return RateLimited(
            f"{said}: it asks for a pause", retry_at(response.headers, now)
        )
    if status in _DENIED:
        return Denied(f"{said}: it wants a log-in, or refuses the one given")
    if status in _GONE:
        return Gone(f"{said}: nothing is there to read")
    if status in _TRY_LATER or status >= 500:
        return Unavailable(f"{said}: a fault on its side")
    if response.is_redirect:
        return BadPayload(f"{said}: a redirect that is not followed")
    return BadPayload(f"{said}: it does not take this request")


def _host(response: httpx.Response) -> str:
    try:
        return response.request.url.host
    except RuntimeError:  # httpx: the response was built without its request
        return "the server"


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def backoff(failures: int, rng: Random) -> timedelta:
    """How long to wait after the nth failure in a row: exponential, with full jitter.

    At most 5 s after the first, doubling, never more than 15 minutes.
    """
    if failures < 1:
        return timedelta(0)
    ceiling = min(FIRST_PAUSE * (1 << min(failures - 1, 16)), MAX_PAUSE)
    return ceiling * rng.random()


@dataclass
class _Lane:
    """One host: when it was asked, and until when it wants to be left alone."""

    sent: deque[datetime] = field(default_factory=lambda: deque(maxlen=5000))
    held_until: datetime | None = None

    def heal(self, now: datetime) -> None:
        """Forget what lies in the future: the wall clock was set back."""
        while self.sent and self.sent[-1] > now:
            self.sent.pop()
        if self.held_until is not None and self.held_until > now + MAX_PAUSE:
            self.held_until = None

    def free_at(self, pace: Pace, now: datetime) -> datetime:
        """When the next request may go: `now` or later."""
        free = max(now, self.held_until or now)
        if len(self.sent) >= pace.requests:
            free = max(free, self.sent[-pace.requests] + timedelta(seconds=pace.per_s))
        return free


@dataclass
class Pacer:
    """The budget of each host, shared by every source on it.

    A host is a name and a port: several servers on one machine are several hosts.
    """

    _lanes: dict[str, _Lane] = field(default_factory=dict)

    def hold(self, host: str, until: datetime) -> None:
        """Ask nothing more of this host before `until`. Never shortens a hold."""
        lane = self._lane(host)
        lane.held_until = max(until, lane.held_until or until)

    async def wait(self, host: str, pace: Pace, *, clock: Clock, sleep: Sleep) -> None:
        """Return when the next request to this host may go, and count it.

        Raises RateLimited where the host is held for longer than a minute: a walk does
        not sit through that, it is due again later.
        """
        lane = self._lane(host)
        while True:
            now = clock()
            lane.heal(now)
            if lane.held_until is not None and lane.held_until - now > PATIENCE:
                raise RateLimited(f"{host} asked for a pause", lane.held_until)
            free = lane.free_at(pace, now)
            if free <= now:
                break
            # Another walk may have taken the place meanwhile, so it is asked again.
            await sleep((free - now).total_seconds())
        lane.sent.append(now)

    def _lane(self, host: str) -> _Lane:
        return self._lanes.setdefault(host, _Lane())
