"""Which time a report is about, in any zone, and when it is due: once a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.reports import periods
from groundswell.reports.periods import NoPeriod, Period

NOW = datetime(2025, 5, 11, 12, 30, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
ZONES = ["UTC", "Europe/London", "Asia/Kolkata", "Pacific/Auckland", "America/New_York",
         "Pacific/Kiritimati", "Asia/Kathmandu", "America/Sao_Paulo",
         "Pacific/Guadalcanal"]  # fmt: skip


def test_six_windows_end_with_the_day_and_lie_side_by_side() -> None:
    found = Period("day", date(2025, 5, 10), ZoneInfo("UTC")).windows
    assert [one.days for one in found] == [1, 1, 7, 7, 30, 30]
    assert {one.last for one in found[::2]} == {date(2025, 5, 10)}
    for later, earlier in zip(found[::2], found[1::2], strict=True):
        assert earlier.to_at == later.from_at
    assert found[0].from_at == datetime(2025, 5, 10, tzinfo=UTC)
    assert found[0].in_utc_days


@given(
    st.dates(date(2020, 1, 1), date(2027, 12, 31)), st.sampled_from(ZONES),
    st.sampled_from(["day", "week"]),
)  # fmt: skip
def test_days_follow_each_other_without_a_gap_in_every_zone(
    day: date, zone: str, every: periods.Every
) -> None:
    one = Period(every, day, ZoneInfo(zone)).window
    other = Period(every, day - timedelta(days=one.days), ZoneInfo(zone)).window
    assert one.from_at == other.to_at
    assert one.from_at.minute == 0
    hours = (one.to_at - one.from_at) / timedelta(hours=1)
    assert abs(hours - 24 * one.days) <= 1
    now = one.to_at + timedelta(hours=8)
    start, end = one.utc_days(now)
    assert end <= now
    assert end - start == timedelta(days=one.days)
    assert abs(start - one.from_at) <= timedelta(hours=24)


def test_a_day_of_summer_begins_an_hour_early_and_one_day_has_25() -> None:
    window = Period("day", date(2025, 5, 10), LONDON).window
    assert window.from_at == datetime(2025, 5, 9, 23, tzinfo=UTC)
    assert window.utc_days(NOW)[0] == datetime(2025, 5, 10, tzinfo=UTC)
    assert not window.in_utc_days
    back = Period("day", date(2025, 10, 26), LONDON).window
    assert back.to_at - back.from_at == timedelta(hours=25)


@pytest.mark.parametrize(
    ("text", "every", "last"),
    [
        ("yesterday", "day", date(2025, 5, 10)),
        ("week", "week", date(2025, 5, 10)),
        ("2025-05-01", "day", date(2025, 5, 1)),
    ],
)
def test_what_a_person_asks_for(text: str, every: str, last: date) -> None:
    found = periods.asked(text, NOW, ZoneInfo("UTC"))
    assert (found.every, found.last) == (every, last)
    assert found.is_latest(NOW) == (last == date(2025, 5, 10))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2025-05-11", "not over yet"),
        ("2025-05-32", "write yesterday, week, or a date"),
        ("yestreday", "write yesterday, week, or a date"),
        ("1066-10-14", "too long ago"),
    ],
)
def test_what_no_report_can_be_about(text: str, sentence: str) -> None:
    with pytest.raises(NoPeriod, match=sentence):
        periods.asked(text, NOW, ZoneInfo("UTC"))


def test_yesterday_is_the_zones_own() -> None:
    late = datetime(2025, 5, 11, 20, tzinfo=UTC)  # the 12th in Auckland
    found = periods.asked("yesterday", late, ZoneInfo("Pacific/Auckland"))
    assert found.last == date(2025, 5, 11)


def _moments(
    at: str, zone: str, first: datetime, days: int, every: str = "day"
) -> list:
    """When a report became due, looked at each quarter of an hour."""
    found, hour = {}, time.fromisoformat(at)
    for step in range(days * 96):
        now = first + timedelta(minutes=15 * step)
        period, since = periods.due(every, hour, 0, ZoneInfo(zone), now)  # type: ignore[arg-type]
        assert since <= now
        found.setdefault(period.last, now)
    return list(found.items())


@pytest.mark.parametrize("at", ["08:00", "01:30", "00:00", "23:45"])
@pytest.mark.parametrize("start", ["2025-03-28", "2025-10-24"])
def test_each_day_is_due_once_where_clocks_change(at: str, start: str) -> None:
    found = _moments(at, "Europe/London", datetime.fromisoformat(f"{start}T00:00Z"), 5)
    days = [day for day, _ in found]
    assert days == sorted(set(days))
    assert len(days) in {5, 6}
    local = [moment.astimezone(LONDON) for _, moment in found[1:]]
    right = {time.fromisoformat(at), time(2, 30) if at == "01:30" else time(8)}
    assert {one.time() for one in local} <= right
    assert [one.date() - timedelta(days=1) for one in local] == days[1:]


def test_a_week_is_due_on_its_day_alone() -> None:
    found = _moments("08:00", "UTC", datetime(2025, 5, 1, tzinfo=UTC), 21, "week")
    assert [moment for _, moment in found[1:]] == [
        datetime(2025, 5, day, 8, tzinfo=UTC) for day in (5, 12, 19)
    ]
    assert [day.strftime("%A") for day, _ in found] == ["Sunday"] * 4
