"""Times in a campaign's zone: how an address is read, and what is counted of it. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.times import from_text, to_text
from groundswell.web import axes, compare, ranges, words, zones

HOUR = timedelta(hours=1)
LONDON, KOLKATA = ZoneInfo("Europe/London"), ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")
# Hours that are UTC's and not; clocks that change at night, at midnight, by half an hour;
# dates ahead of and behind UTC's.
ZONES = [
    *("UTC", "Europe/London", "Asia/Kolkata", "America/New_York", "Pacific/Auckland"),
    *("Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Asia/Beirut"),
    *("America/Havana", "Africa/Casablanca", "Pacific/Kiritimati"),
]
zone_of = st.sampled_from(ZONES).map(ZoneInfo)
# From 2000 to 2037.
moments = st.integers(946_684_800, 2_114_380_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
NOW = datetime(2025, 5, 11, 12, 30, tzinfo=UTC)


def changes() -> list[tuple[ZoneInfo, datetime]]:
    """The hours of UTC in 2024 and 2025 within or before which a zone's clocks change."""
    first = datetime(2024, 1, 1, tzinfo=UTC)
    hours = [first + number * HOUR for number in range(2 * 366 * 24)]
    return [
        (zone, hour)
        for zone in map(ZoneInfo, ZONES)
        for hour in hours
        if hour.astimezone(zone).utcoffset()
        != (hour - HOUR).astimezone(zone).utcoffset()
    ]


# Half of all near a change of clocks, which chance would hardly ever find.
placed = st.one_of(
    st.tuples(zone_of, moments),
    st.tuples(st.sampled_from(changes()), st.integers(-50 * 60, 50 * 60)).map(
        lambda drawn: (drawn[0][0], drawn[0][1] + timedelta(minutes=drawn[1]))
    ),
)


def read(
    zone: ZoneInfo,
    now: datetime = NOW,
    first_at: datetime | None = None,
    *,
    exact: bool = False,
    shown: int = 1,
    **args: str,
) -> ranges.View:
    args = {name.rstrip("_"): value for name, value in args.items()}
    platforms = [f"p{number}" for number in range(shown)]
    return ranges.read(
        args, now=now, platforms=platforms, first_at=first_at, zone=zone, exact=exact
    )


# An address, read and written back


@given(zone_of, st.dates(date(2000, 1, 1), date(2037, 1, 1)))
def test_a_day_is_the_zones_and_days_meet(zone: ZoneInfo, day: date) -> None:
    now = datetime(2040, 1, 1, tzinfo=UTC)
    one = read(zone, now, from_=f"{day}", to=f"{day}")
    next_day = day + timedelta(days=1)
    other = read(zone, now, from_=f"{next_day}", to=f"{next_day}")
    assert one.problems == ()
    assert one.to_at == other.from_at
    assert timedelta(hours=22) < one.to_at - one.from_at < timedelta(hours=26)
    side = compare.Side("a", {"campaign": "x"}, one)
    assert (side.given["from"], side.given["to"]) == (f"{day}", f"{day}")
    again = read(zone, now, from_=one.params["from_at"], to=one.params["to_at"])
    assert (again.from_at, again.to_at) == (one.from_at, one.to_at)


@given(placed)
def test_a_time_of_the_zone_is_that_moment(place: tuple[ZoneInfo, datetime]) -> None:
    """Or, where clocks are set back and it is the second of two, the note says how to
    write it."""
    zone, moment = place
    now = moment + timedelta(hours=5)
    local = f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}"
    view = read(zone, now, from_=local, exact=True)
    assert view.problems == ()
    if view.from_at != moment:
        assert view.from_at < moment
        (note,) = view.notes
        told = re.search(r"The second is (\S+Z)\.$", note)
        assert told
        assert from_text(told[1]) == moment.replace(second=0)
    again = read(zone, now, exact=True, **{
        name + "_" * (name == "from"): value for name, value in parse_qsl(view.query())
    })  # fmt: skip
    assert (again.from_at, again.to_at) == (view.from_at, view.to_at)


@given(zone_of, moments, st.sampled_from(["Z", "+00:00", "+05:30", "-08:00"]))
def test_an_offset_means_what_it_says(
    zone: ZoneInfo, moment: datetime, offset: str
) -> None:
    shift = datetime.fromisoformat(f"2000-01-01T00:00{offset}").utcoffset()
    written = f"{moment + (shift or timedelta(0)):%Y-%m-%dT%H:%M:%S}{offset}"
    view = read(zone, moment + timedelta(days=1), from_=written, exact=True)
    assert (view.from_at, view.notes, view.problems) == (moment, (), ())


def test_a_time_that_clocks_leave_out_is_as_much_later_and_said() -> None:
    view = read(LONDON, from_="2025-03-30T01:30", exact=True)
    assert view.from_at == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    (note,) = view.notes
    assert note == (
        "from: 01:30 on 30 March 2025 is not there in Europe/London, where clocks are "
        "set forward; 02:30 BST is meant."
    )


def test_a_time_that_is_there_twice_is_the_first_and_said() -> None:
    now = datetime(2025, 10, 28, tzinfo=UTC)
    view = read(LONDON, now, to="2025-10-26T01:30", exact=True)
    assert view.to_at == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    (note,) = view.notes
    assert note == (
        "to: 01:30 on 26 October 2025 is there twice in Europe/London, where clocks "
        "are set back; the first is meant, BST. The second is 2025-10-26T01:30Z."
    )
    wrong = read(LONDON, now, from_="2025-10-26T01:30", to="nonsense")
    assert wrong.notes == ()  # nothing is said of what was not taken


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "0001-01-01T00:00", "x"])
@pytest.mark.parametrize("zone", [KOLKATA, NEW_YORK])
def test_the_ends_of_the_calendar_are_mistakes_in_words(
    zone: ZoneInfo, text: str
) -> None:
    (problem,) = read(zone, from_=text).problems
    assert problem.startswith("from: “")


# Presets, and what is counted


@pytest.mark.parametrize(
    ("zone", "preset", "start"),
    [
        (LONDON, "24h", "2025-05-10T13:00:00Z"),
        (LONDON, "7d", "2025-05-04T13:00:00Z"),
        (LONDON, "30d", "2025-04-11T23:00:00Z"),
        (LONDON, "all", "2025-04-30T23:00:00Z"),
        (KOLKATA, "30d", "2025-04-11T18:00:00Z"),
        (NEW_YORK, "30d", "2025-04-12T04:00:00Z"),
        (ZoneInfo("UTC"), "30d", "2025-04-12T00:00:00Z"),
    ],
)
def test_presets_begin_with_hours_and_days_of_the_zone(
    zone: ZoneInfo, preset: str, start: str
) -> None:
    first = datetime(2025, 5, 1, 5, tzinfo=UTC)
    view = read(zone, first_at=first, range=preset)
    assert to_text(view.from_at) == start
    assert view.to_at == NOW


@given(zone_of, moments, st.integers(1, 300))
def test_all_leaves_no_post_out(zone: ZoneInfo, first: datetime, hours: int) -> None:
    first = first.replace(minute=0, second=0)
    view = read(zone, first + hours * HOUR, first_at=first, range="all")
    for span in (view.params, view.daily, view.counted):
        assert span["from_at"] <= to_text(first)
        assert span["to_at"] == to_text(first + hours * HOUR)


def test_days_are_those_of_utc_with_the_same_dates() -> None:
    view = read(NEW_YORK, from_="2025-04-01", to="2025-04-20")
    assert view.bucket == "day"
    assert view.params["from_at"] == "2025-04-01T04:00:00Z"
    assert view.counted["from_at"] == "2025-04-01T00:00:00Z"
    assert view.counted["to_at"] == "2025-04-21T00:00:00Z"
    assert view.counting == "Days are those of UTC: 1 April 2025 to 20 April 2025."
    assert view.letters == "UTC"


def test_hours_are_the_zones_and_days_for_what_has_days_alone() -> None:
    view = read(LONDON, from_="2025-05-02", to="2025-05-03")
    assert view.bucket == "hour"
    assert view.counted == view.params
    assert view.params["from_at"] == "2025-05-01T23:00:00Z"
    assert view.daily["from_at"] == "2025-05-02T00:00:00Z"
    assert view.days_told == "2 May 2025 to 3 May 2025"
    assert (view.letters, view.counting) == ("BST", "")


def test_hours_of_utc_that_are_not_the_zones_are_said() -> None:
    told = read(KOLKATA, range="24h").counting
    assert told == "Hours are those of UTC: they begin 30 minutes past those of IST."
    now = datetime(2025, 10, 27, tzinfo=UTC)
    assert read(LONDON, now, range="24h").letters == "GMT"
    assert read(LONDON, now, range="7d").letters == "BST, then GMT"


@given(zone_of, moments, st.sampled_from(["24h", "7d", "30d"]))
def test_days_counted_never_lie_ahead(
    zone: ZoneInfo, now: datetime, preset: str
) -> None:
    view = read(zone, now, range=preset)
    assert view.daily["from_at"] < view.daily["to_at"] <= to_text(now)


def test_of_utc_nothing_is_otherwise() -> None:
    view = read(ZoneInfo("UTC"), from_="2025-04-01", to="2025-04-20")
    assert view.counted == view.daily == view.params
    assert (view.counting, view.days_told, view.letters) == ("", "", "UTC")


MIXED = st.sampled_from(
    [{"range": name} for name in ("24h", "7d", "14d", "30d", "all")]
    + [{"from": "2025-05-01"}, {"from": "2025-05-01T10:20", "to": "2025-05-02T11:40"}]
)


@given(zone_of, st.integers(0, 20 * 1440), st.sampled_from([1, 5, 18, 90]), MIXED)
def test_what_is_shown_are_whole_buckets_and_what_is_counted(
    zone: ZoneInfo, minutes: int, shown: int, given_: dict[str, str]
) -> None:
    now = NOW + timedelta(minutes=minutes)
    args = {name + "_" * (name == "from"): value for name, value in given_.items()}
    view = read(zone, now, datetime(2025, 4, 2, 3, 4, tzinfo=UTC), shown=shown, **args)
    if view.bucket == "hour":
        assert view.counted == view.params
        assert view.from_at.minute == 0
        assert view.to_at == now or view.to_at.minute == 0
        return
    for moment in (view.from_at, view.to_at):
        day = zones.midnight(zones.day_of(moment, zone), zone)
        assert moment in (day, now)
    first, last = (view.counted[name] for name in ("from_at", "to_at"))
    assert first.endswith("T00:00:00Z")
    assert last.endswith("T00:00:00Z") or last == to_text(now)
    assert view.more_days == ""


def test_a_week_that_is_counted_by_the_day_has_seven_days() -> None:
    view = read(ZoneInfo("UTC"), shown=18, range="7d")
    assert (view.bucket, to_text(view.from_at)) == ("day", "2025-05-05T00:00:00Z")
    assert read(ZoneInfo("UTC"), range="14d").hours == 13 * 24 + 12.5
    assert read(KOLKATA, shown=18, range="7d").counted["from_at"] == (
        "2025-05-05T00:00:00Z"
    )


def test_days_that_are_longer_than_the_time_shown_are_named() -> None:
    assert read(ZoneInfo("UTC"), range="24h").more_days == "10 and 11 May"
    assert read(NEW_YORK, range="7d").more_days == "4 to 11 May"
    assert read(LONDON, from_="2025-05-02", to="2025-05-03").more_days == ""
    hour = {"from_": "2025-05-02T10:00", "to": "2025-05-02T11:00"}
    assert read(LONDON, **hour).more_days == "2 May"


# Words


def test_a_time_says_whose_it_is() -> None:
    at = "2025-05-11T12:05:00Z"
    assert words.time(at) == "11 May 2025, 12:05"
    assert words.time(at, LONDON) == "11 May 2025, 13:05 BST"
    assert words.time(at, KOLKATA) == "11 May 2025, 17:35 IST"
    assert words.time(at, ZoneInfo("Europe/Istanbul")) == "11 May 2025, 15:05 UTC+03"
    assert words.time(None, LONDON) == "never"


def test_a_span_over_a_change_of_clocks_has_both_names() -> None:
    told = words.span("2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", LONDON)
    assert told == "01:30 BST to 01:30 GMT on 26 Oct"
    told = words.span("2025-05-11T22:00:00Z", "2025-05-11T23:30:00Z", LONDON)
    assert told == "11 May 23:00 to 12 May 00:30 BST"
    told = words.span("2025-05-11T02:00:00Z", "2025-05-11T02:00:01Z", LONDON)
    assert told == "03:00 BST on 11 May"


def test_a_zone_that_this_machine_does_not_know_is_utc() -> None:
    assert zones.named("Mars/Olympus_Mons") is zones.UTC
    assert zones.named("../../etc/passwd") is zones.UTC
    assert zones.named("Europe/London") is LONDON


# The axis


def evaluated(expression: str, value: int) -> int:
    """What Vega makes of `shifted`: sums, comparisons and conditions alone."""
    told = re.sub(r"\((V < \d+) \? (-?\d+) : ", r"(\2 if \1 else ", expression)
    assert re.fullmatch(r"[V\d<+\-() ifels]+", told), told
    return int(eval(told, {"V": value}))  # noqa: S307 - our own, and looked at


@given(placed, st.integers(1, 24 * 8))
def test_an_axis_reads_like_the_zone_at_every_hour(
    place: tuple[ZoneInfo, datetime], hours: int
) -> None:
    zone, start = place
    start = start.replace(minute=0, second=0)
    end = start + hours * HOUR
    told = axes.shifted("V", start, end, zone)
    for number in range(hours):
        hour = start + number * HOUR
        shown = evaluated(told, int(hour.timestamp()) * 1000)
        local = hour.astimezone(zone).replace(tzinfo=UTC)
        assert shown == local.timestamp() * 1000


@given(placed, st.integers(1, 24 * 8))
def test_marks_of_an_axis_are_whole_hours_of_the_zone(
    place: tuple[ZoneInfo, datetime], hours: int
) -> None:
    zone, start = place
    end = start + hours * HOUR
    found = list(axes.ticks(start, end, zone))
    assert found == sorted(set(found))
    assert len(found) <= 11
    assert all(start <= one < end for one in found)
    assert all(one.astimezone(zone).minute == 0 for one in found)


def test_the_marks_of_a_day_with_25_hours_do_not_repeat() -> None:
    start = datetime(2025, 10, 25, 23, tzinfo=UTC)
    found = axes.ticks(start, start + 25 * HOUR, LONDON)
    shown = [f"{one.astimezone(LONDON):%H:%M}" for one in found]
    assert shown == [f"{hour:02}:00" for hour in range(0, 24, 3)]


def test_a_chart_of_utc_is_left_as_it_is() -> None:
    spec: dict[str, Any] = {"layer": [], "transform": []}
    assert axes.zoned(spec, ["2025-05-11T00:00:00Z"], zones.UTC) is spec
    assert axes.zoned(spec, [], LONDON) is spec
