"""Statuses, reset headers, back-off and pace: collectors/_limits.py."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors._limits import (
    MAX_PAUSE,
    Pacer,
    backoff,
    error_for,
    pause_until,
    retry_at,
)
from collectors.base import (
    BadPayload,
    CollectorError,
    Denied,
    Gone,
    Pace,
    RateLimited,
    Unavailable,
)
from tests.paper import FakeTime

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
IN_A_MINUTE = NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "60"}, IN_A_MINUTE),
        ({"Retry-After": "Sun, 22 Nov 2026 12:01:00 GMT"}, IN_A_MINUTE),
        ({"Retry-After": "Sun, 22 Nov 2026 12:01:00 -0000"}, IN_A_MINUTE),
        ({"X-RateLimit-Reset": "2026-11-22T12:01:00.000000Z"}, IN_A_MINUTE),
        ({"X-RateLimit-Reset": "2026-11-22T13:01:00+01:00"}, IN_A_MINUTE),
        ({"X-RateLimit-Reset": "2026-11-22T12:01:00"}, IN_A_MINUTE),
        ({"RateLimit-Reset": str(int(IN_A_MINUTE.timestamp()))}, IN_A_MINUTE),
        ({"x-rate-limit-reset": f"{IN_A_MINUTE.timestamp():.1f}"}, IN_A_MINUTE),
        ({"x-rate-limit-reset": f"{IN_A_MINUTE.timestamp() * 1000:.0f}"}, IN_A_MINUTE),
        ({"X-RateLimit-Reset": "60.0"}, IN_A_MINUTE),
        (
            {"Retry-After": "30", "X-RateLimit-Reset": "600"},
            NOW + timedelta(seconds=30),
        ),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "60"}, IN_A_MINUTE),
    ],
)
def test_every_form_of_reset_is_read(
    headers: dict[str, str], expected: datetime
) -> None:
    assert retry_at(headers, NOW) == expected


def test_a_time_without_zone_is_not_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        moment = retry_at({"X-RateLimit-Reset": "2026-11-22T12:01:00"}, NOW)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert moment == IN_A_MINUTE


@pytest.mark.parametrize(
    "text", ["", "soon", "nan", "inf", "2026-13-45", "Sun, 99 Nov 2026 99:99:99 GMT"]
)
def test_what_cannot_be_read_is_no_time(text: str) -> None:
    assert retry_at({"Retry-After": text}, NOW) is None


@pytest.mark.parametrize(
    "text", ["86400", "9e300", "9999-12-31T23:59:59Z", "4102444800"]
)
def test_a_date_far_off_is_capped(text: str) -> None:
    assert retry_at({"Retry-After": text}, NOW) == NOW + MAX_PAUSE


@pytest.mark.parametrize(
    "text", ["-5", "0", "1000000000", "0001-01-01T00:00:00+23:59", "1999-01-01"]
)
def test_a_date_gone_by_is_now(text: str) -> None:
    assert retry_at({"Retry-After": text}, NOW) == NOW


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="0123456789-+:.,TZeE GMTSunNovinfa_", max_size=30))
def test_any_header_gives_a_moment_in_range_or_none(text: str) -> None:
    moment = retry_at({"X-RateLimit-Reset": text}, NOW)

    assert moment is None or NOW <= moment <= NOW + MAX_PAUSE


def answer(status: int, headers: dict[str, str] | None = None) -> httpx.Response:
    request = httpx.Request(
        "GET",
        "https://social.example/api?key=hush",
        headers={"Authorization": "Bearer hush"},
    )
    return httpx.Response(status, headers=headers, content=b"hush", request=request)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"}, IN_A_MINUTE),
        (200, {"RateLimit-Remaining": "0.0", "RateLimit-Reset": "60"}, IN_A_MINUTE),
        (200, {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "60"}, None),
        (200, {"X-RateLimit-Reset": "60"}, None),
        (429, {"X-RateLimit-Reset": "60"}, IN_A_MINUTE),
        (429, {}, None),
        (503, {"Retry-After": "60"}, IN_A_MINUTE),
        (500, {"Retry-After": "60"}, None),
    ],
)
def test_a_reset_counts_only_when_nothing_is_left(
    status: int, headers: dict[str, str], expected: datetime | None
) -> None:
    assert pause_until(answer(status, headers), NOW) == expected


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ((401, 403), Denied),
        ((404, 410, 451), Gone),
        ((429,), RateLimited),
        ((408, 425, 500, 502, 503, 504, 520, 521, 524, 599), Unavailable),
        ((304, 301, 307, 400, 405, 406, 418, 422), BadPayload),
    ],
)
def test_each_status_has_its_error(
    statuses: tuple[int, ...], kind: type[CollectorError]
) -> None:
    for status in statuses:
        error = error_for(answer(status, {"Location": "/hush"}), NOW)

        assert type(error) is kind, status
        assert "social.example" in str(error)
        assert str(status) in str(error)
        assert "hush" not in f"{error!s}{error!r}"


def test_success_is_no_error() -> None:
    assert error_for(answer(200), NOW) is None
    assert error_for(answer(204), NOW) is None


def test_a_pause_carries_its_time() -> None:
    for status in (429, 503):
        error = error_for(answer(status, {"Retry-After": "60"}), NOW)

        assert isinstance(error, RateLimited)
        assert error.retry_at == IN_A_MINUTE


def test_an_answer_without_its_request_still_has_words() -> None:
    assert "the server" in str(error_for(httpx.Response(500), NOW))


def test_backoff_doubles_and_is_capped() -> None:
    class Highest(Random):
        def random(self) -> float:
            return 1.0

    pauses = [backoff(n, Highest()).total_seconds() for n in (0, 1, 2, 3, 8, 9, 10**6)]

    assert pauses == [0, 5, 10, 20, 640, 900, 900]


def test_backoff_has_full_jitter() -> None:
    rng = Random(7)
    pauses = [backoff(3, rng).total_seconds() for _ in range(200)]

    assert min(pauses) < 2
    assert 18 < max(pauses) <= 20


def in_turn(fake: FakeTime, pacer: Pacer, hosts: list[str], pace: Pace) -> list[float]:
    """When each request went, in seconds from the start, all asked for at once."""
    went: list[float] = []

    async def one(host: str) -> None:
        await pacer.wait(host, pace, clock=fake.clock, sleep=fake.sleep)
        went.append((fake.now - NOW).total_seconds())

    async def all_of_them() -> None:
        await asyncio.gather(*(one(host) for host in hosts))

    asyncio.run(all_of_them())
    return went


def test_sources_on_one_host_share_its_budget() -> None:
    went = in_turn(FakeTime(), Pacer(), ["a.example"] * 6, Pace(2, 10.0))

    assert went == [0, 0, 10, 10, 20, 20]


def test_hosts_do_not_wait_for_each_other() -> None:
    hosts = ["a.example", "b.example", "a.example:8080"]

    assert in_turn(FakeTime(), Pacer(), hosts, Pace(1, 10.0)) == [0, 0, 0]


def test_a_short_hold_is_waited_out() -> None:
    pacer = Pacer()
    pacer.hold("a.example", NOW + timedelta(seconds=40))
    pacer.hold("a.example", NOW + timedelta(seconds=20))

    assert in_turn(FakeTime(), pacer, ["a.example"], Pace(9, 1.0)) == [40]


def test_a_long_hold_is_not_sat_through() -> None:
    pacer, fake = Pacer(), FakeTime()
    pacer.hold("a.example", NOW + timedelta(minutes=5))

    with pytest.raises(RateLimited) as caught:
        in_turn(fake, pacer, ["a.example"], Pace(9, 1.0))

    assert caught.value.retry_at == NOW + timedelta(minutes=5)
    assert fake.naps == []


def test_a_clock_set_back_does_not_stop_the_host() -> None:
    pacer, fake = Pacer(), FakeTime()
    in_turn(fake, pacer, ["a.example"], Pace(1, 10.0))
    pacer.hold("a.example", NOW + timedelta(minutes=1))
    fake.now -= timedelta(hours=5)

    in_turn(fake, pacer, ["a.example"], Pace(1, 10.0))

    assert fake.naps == []


def test_a_cancelled_wait_leaves_the_host_free() -> None:
    pacer, fake = Pacer(), FakeTime()

    async def never(seconds: float) -> None:
        await asyncio.Event().wait()

    async def scene() -> None:
        pace = Pace(1, 10.0)
        await pacer.wait("a.example", pace, clock=fake.clock, sleep=never)
        stuck = asyncio.create_task(
            pacer.wait("a.example", pace, clock=fake.clock, sleep=never)
        )
        await asyncio.sleep(0)
        stuck.cancel()
        await asyncio.gather(stuck, return_exceptions=True)
        await pacer.wait("a.example", pace, clock=fake.clock, sleep=fake.sleep)

    asyncio.run(scene())

    assert fake.naps == [10.0]
