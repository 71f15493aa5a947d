"""Whether a fall is real or we were blind, and what was not seen, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from db.times import to_text
from groundswell.web import falls, gaps, pages, zones
from groundswell.web.ranges import View

START = datetime(2025, 5, 5, tzinfo=UTC)  # a Monday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def days(**platforms: list[Any]) -> list[dict[str, Any]]:
    """Rows of `volume`, a day each: posts, or (posts, covered), or None: not watched."""
    found = []
    for name, cells in platforms.items():
        for number, cell in enumerate(cells):
            posts, covered = cell if isinstance(cell, tuple) else (cell, 1.0)
            found.append(
                {"bucket": to_text(START + number * DAY), "platform": name,
                 "posts": posts, "covered": 0.0 if posts is None else covered,
                 "sources": 1}
            )  # fmt: skip
    return found


def told(rows: list[dict[str, Any]], bucket: str = "day", n: int = 7) -> list[str]:
    said = plain(falls.told(rows, shown(START + n * DAY, bucket)))
    return [one for one in said if not one.startswith("No day fell")]


def plain(sentences: list[str]) -> list[str]:
    return [Markup(sentence).striptags() for sentence in sentences]  # noqa: S704 - ours


def shown(to_at: datetime, bucket: Any = "day", zone: ZoneInfo = zones.UTC) -> View:  # noqa: ANN401
    """What a page shows, from START on."""
    return View(from_at=START, to_at=to_at, preset=None, platform="", bucket=bucket,
                given={}, zone=zone)  # fmt: skip


def test_a_fall_that_was_seen_is_real() -> None:
    (sentence,) = told(days(mastodon=[100, 30, 100, 90, 110, 100, 95]))
    assert sentence == (
        "Tuesday, 6 May 2025: 30 posts, where a usual day of this time has 100. It was "
        "seen the whole time: the fall is real."
    )


def test_a_fall_on_a_platform_that_is_always_half_seen_is_real() -> None:
    rows = days(x=[(n, 0.5) for n in (100, 30, 100, 90, 110, 100, 95)])
    assert told(rows)[0].endswith("It was seen as well as the rest: the fall is real.")


def test_blind_time_that_explains_a_fall_is_named() -> None:
    rows = days(mastodon=[50] * 7, bluesky=[100, (10, 0.1), 100, 100, 100, 100, 100])
    (sentence,) = told(rows)
    assert sentence.startswith("Tuesday, 6 May 2025: 60 posts, where a usual day")
    assert sentence.endswith(
        "Less of it was seen than of the rest on bluesky (10 % of it); at the usual rate "
        "that hides about 90 posts, which is all that is missing: we were blind, no fall "
        "is shown."
    )


def test_blind_time_that_explains_little_does_not_excuse_a_fall() -> None:
    rows = days(
        mastodon=[100, 10, 100, 100, 100, 100, 100], feed=[4, None, 4, 4, 4, 4, 4]
    )
    (sentence,) = told(rows)
    assert sentence.endswith(
        "hides about 4 posts, less than half of what is missing: most of the fall is "
        "real."
    )


def test_a_platform_that_nobody_watched_then_was_not_seen() -> None:
    rows = days(mastodon=[10] * 7, bluesky=[0, 100, 100, 100, 100, 100, 100])
    rows[7] |= {"sources": 0, "covered": 0.0, "posts": None}
    (sentence,) = told(rows)
    assert "Monday, 5 May 2025: 10 posts" in sentence
    assert sentence.endswith("we were blind, no fall is shown.")


@pytest.mark.parametrize(
    "cells",
    [
        [100] * 7,
        [9, 4, 9, 9, 9, 9, 9],
        [100, 70, 100, 100, 90, 100, 100],
        [5, 1, 5, 5, 5, 5, 5],
        [100, 10, 100],
    ],
)
def test_no_fall_no_word(cells: list[int]) -> None:
    assert told(days(mastodon=cells)) == []


def test_a_day_that_is_not_over_is_no_fall() -> None:
    rows = days(mastodon=[100, 100, 100, 100, 100, 3])
    assert falls.told(rows, shown(START + 5 * DAY + HOUR)) == []


def hours(*counts: int | None, first: datetime = START) -> list[dict[str, Any]]:
    return [
        {"bucket": to_text(first + n * HOUR), "platform": "a", "posts": posts,
         "covered": 0.0 if posts is None else 1.0, "sources": 1}
        for n, posts in enumerate(counts)
    ]  # fmt: skip


DAYTIME = [9 if 7 <= hour < 22 else 1 for hour in range(24)]


def compared(today: list[int | None], before: int = 3) -> list[str]:
    """Of one day's hours, with so many usual days before it."""
    past = hours(*DAYTIME * before, first=START - before * DAY)
    return plain(falls.told(hours(*today), shown(START + DAY, "hour"), (), past))


def test_neighbouring_hours_are_compared_with_the_same_of_other_days() -> None:
    today: list[int | None] = [*DAYTIME]
    today[12:14] = [1, 2]
    today[18] = None
    lower, blind = compared(today)
    assert lower == (
        "12:00 to 14:00 on 5 May: 3 posts, where the same hours of other days have 18, as "
        "a rule. It was seen the whole time: the fall is real."
    )
    assert blind.startswith(
        "18:00 to 19:00 on 5 May: no post, where the same hour of other days has 9"
    )
    assert blind.endswith("is all that is missing: we were blind, no fall is shown.")


def test_a_night_is_no_fall_and_of_too_few_days_nothing_is_said() -> None:
    assert compared([*DAYTIME]) == []
    today = [*DAYTIME[:12], 0, 0, *DAYTIME[14:]]
    assert len(compared(today)) == 1
    assert compared(today, before=2) == []
    view = shown(START + DAY, "hour")
    assert falls.earlier(view) == (START - 4 * DAY, START)
    assert falls.earlier(shown(START + 4 * DAY, "hour")) is None
    assert falls.earlier(shown(START + DAY)) is None


def test_days_before_anything_was_collected_are_no_falls() -> None:
    rows = days(a=[(3, 0.0), None, None, (20, 0.125), 100, 100, 60, 100, 100, 100])
    begun = START + 3 * DAY + 21 * HOUR
    seen = span("one", 0, 24 * 10, "complete", from_at=to_text(begun))
    early = span("one", 0, 2, "complete")
    first, low = plain(falls.told(rows, shown(START + 10 * DAY), [early, seen]))
    assert first == (
        "Nothing was collected before 8 May 2025, 21:00; earlier posts that are counted "
        "were found since."
    )
    assert low.startswith("Sunday, 11 May 2025: 60 posts, where a usual day")
    assert falls.told(rows[:3], shown(START + 3 * DAY)) == []  # nothing was seen at all


def test_a_usual_of_nothing_hides_nothing() -> None:
    assert told(days(a=[0, 0, None, 0, 0, 0, 3])) == []


def test_blind_days_in_a_row_are_one_and_come_last() -> None:
    names = "abcdef"
    cells = [30, 30, None, None, None, 10, 30, 30]
    low, blind = told(days(**dict.fromkeys(names, cells)), n=8)
    assert low.startswith("Saturday, 10 May 2025: 60 posts")
    assert blind == (
        "7 to 9 May, whole days: no post, where 3 usual days of this time have 540. Less "
        "of it was seen than of the rest on all 6 platforms (nothing of it); at the usual "
        "rate that hides about 468 posts, most of what is missing: mostly we were blind."
    )


def test_days_are_those_of_the_campaigns_zone() -> None:
    zone = ZoneInfo("America/New_York")  # 4 hours behind in May
    counts = [9] * 24 * 7
    counts[24 + 4 : 48 + 4] = [1] * 24
    (sentence,) = falls.told(hours(*counts), shown(START + 7 * DAY, "hour", zone))
    assert sentence.startswith(
        "Tuesday, 6 May 2025: 24 posts, where a usual day of this"
    )
    (gap,) = gaps.told([span("one", 3, 5, "blind")], 24, zone)
    assert gap.when.striptags().startswith("4 May 23:00")
    assert "EDT" in gap.when


@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.sampled_from([0.0, 0.5, 1.0])),
        min_size=7, max_size=7,
    ),
    st.lists(st.integers(0, 500), min_size=7, max_size=7),
)  # fmt: skip
def test_what_was_seen_wholly_is_never_called_blind(
    cells: list[tuple[int, float]], others: list[int]
) -> None:
    found = told(days(a=cells, b=list(others)))
    if found and found[0].startswith("Nothing was collected before"):
        assert not cells[0][1]
        found = found[1:]
    assert len(found) <= falls.MOST
    for sentence in found:
        if all(covered == 1.0 for _, covered in cells):
            assert sentence.endswith("seen the whole time: the fall is real.")
        assert ("the fall is real" in sentence) is not ("blind" in sentence)


# Gaps


def span(source: str, start: int, end: int, state: str, **more: str) -> dict[str, Any]:
    """A row of `coverage_of`, in hours of the first day."""
    return {"source": source, "platform": "mastodon", "term": "a", "state": state,
            "from_at": to_text(START + start * HOUR), "to_at": to_text(START + end * HOUR),
            "evidence": None, "hours": float(end - start), **more}  # fmt: skip


def test_a_source_that_missed_what_its_platform_saw_is_no_contradiction() -> None:
    rows = [
        span("one", 0, 24, "complete"),
        span("two", 0, 3, "complete"),
        span("two", 3, 5, "blind", evidence="503"),
        span("two", 5, 24, "complete"),
        span("three", 0, 24, "overlapping"),
    ]
    (gap,) = gaps.told(rows, 24)
    assert (gap.when.striptags(), gap.length, gap.why, gap.open) == (
        "03:00 to 05:00 on 5 May", "2 hours, 8 % of the time shown", "503", False,
    )  # fmt: skip
    assert gap.what == (
        "mastodon was seen all of this time, though one of its 3 sources, two, could not "
        "be read"
    )
    assert gaps.unlike(rows).startswith(
        "A platform counts as seen while its best source"
    )


def test_what_no_source_saw_comes_first() -> None:
    rows = [
        span("one", 0, 10, "complete"),
        span("one", 10, 12, "blind"),
        span("one", 12, 24, "complete"),
        span("two", 0, 11, "complete"),
        span("two", 11, 18, "capped"),
        span("two", 18, 20, "complete"),
        span("two", 20, 24, "blind"),
    ]
    last, capped, first = sorted(gaps.told(rows, 24), key=lambda gap: gap.open)
    assert (last.when.striptags(), last.open) == ("5 May 20:00 to 6 May 00:00", False)
    assert [gap.when for gap in gaps.told(rows, 24)][-1] == last.when
    assert capped.what == (
        "mastodon was seen 86 % of this time by its best other source: one of its 2 "
        "sources, two, was shown only in part"
    )
    assert first.what == (
        "mastodon was seen 50 % of this time by its best other source: one of its 2 "
        "sources, one, could not be read"
    )


def test_what_nobody_looked_at_yet_is_told_where_nothing_of_it_was_seen() -> None:
    rows = [
        span("jet", 0, 20, "untracked"),
        span("jet", 20, 24, "complete"),
        span("jet", 0, 20, "untracked", term="b"),
        span("jet", 20, 24, "complete", term="b"),
    ]
    (gap,) = gaps.told(rows, 24)
    assert (
        gap.what == "mastodon was not looked at; nothing else is read for it than jet"
    )
    # Of a term that came later the others were seen; the last minutes are still to come.
    rows[2:3] = [span("jet", 0, 20, "complete", term="b")]
    assert gaps.told(rows, 24) == []


def test_terms_of_a_source_share_a_gap() -> None:
    rows = [span("one", 3, 5, "blind", term=term) for term in "abc"]
    rows += [span("one", 8, 9, "blind", term="a")]
    assert [gap.when.striptags() for gap in gaps.told(rows, 24)] == [
        "08:00 to 09:00 on 5 May", "03:00 to 05:00 on 5 May",
    ]  # fmt: skip


# Links that are called the same


def link(title: str | None, url: str) -> dict[str, Any]:
    return {"title": title, "url": url, "domain": url.split("/")[2], "posts": 1}


def test_links_with_one_title_are_told_apart() -> None:
    rows = [
        link("Memo", "https://a.example/1"), link(" Memo", "https://b.example/2"),
        link("Other", "https://a.example/3"), link(None, "https://www.c.example/4"),
    ]  # fmt: skip
    assert [(row["shown"], row["where"]) for row in pages.linked(rows)] == [
        ("Memo", "a.example/1"), ("Memo", "b.example/2"), ("Other", "a.example"),
        ("c.example/4", ""),
    ]  # fmt: skip
    alone = pages.linked(rows[:1], beside=rows)
    assert alone[0]["where"] == "a.example/1"


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=12),
    st.integers(0, 80),
    st.integers(1, 30),
)
def test_what_lies_within_is_what_counting_minutes_gives(
    spans: list[tuple[int, int]], begin: int, length: int
) -> None:
    line = gaps._Line((_minute(a), _minute(a + b)) for a, b in spans)
    seen = {m for a, b in spans for m in range(a, a + b)}
    within = line.within(_minute(begin), _minute(begin + length))
    assert within == timedelta(minutes=len(seen & set(range(begin, begin + length))))


def _minute(number: int) -> datetime:
    return datetime(2025, 5, 5, tzinfo=UTC) + timedelta(minutes=number)


def test_where_no_day_fell_the_lowest_is_named() -> None:
    view = shown(START + 5 * DAY)
    (said,) = falls.told(days(mastodon=[100, 90, 80, 110, 100]), view)
    assert said.startswith(
        "No day fell clearly; the lowest had 80 posts, where a usual"
    )
    assert said.endswith("has 100: Wednesday, 7 May 2025.")
    (partly,) = falls.told(days(mastodon=[100, 90, (80, 0.9), 110, 100]), view)
    assert "and not all of it was seen: Wednesday" in partly
    assert falls.told(days(mastodon=[100] * 5), view) == []
