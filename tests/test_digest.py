"""What a report says: figures in words, compared only where both times were seen alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.times import from_text
from groundswell.reports import words
from groundswell.reports.digest import short_change
from groundswell.reports.unseen import merged
from groundswell.reports.words import plain
from tests.report_rows import DAY, WEEK, answer, made, reading, windows


def said(period: Any = DAY, **changed: Any) -> str:  # noqa: ANN401
    found = made(reading(period, windows=windows(period, **changed)), period=period)
    return plain(found.campaigns[0].headline)


def test_the_headline_of_a_day() -> None:
    assert said() == (
        "214 posts by 160 voices yesterday, three times the day before; the most on "
        "bluesky. Negative 23 % of scored posts."
    )


def test_the_headline_of_a_week() -> None:
    assert said(WEEK).startswith(
        "900 posts by 500 voices in the last 7 days, 50 % more than the 7 days before;"
    )


def test_a_day_long_ago_is_named() -> None:
    later = datetime(2025, 7, 1, tzinfo=UTC)
    found = made(reading(), now=later)
    assert " on 10 May 2025, three times" in plain(found.campaigns[0].headline)
    assert found.campaigns[0].lines[0].name == "The day"
    assert found.title == "Report for Saturday, 10 May 2025"


def test_every_figure_of_the_headline_names_its_query() -> None:
    (one,) = made(reading()).campaigns
    figures = [piece for piece in one.headline if not isinstance(piece, str)]
    paths = [figure.path.partition("?")[0].rpartition("/")[2] for figure in figures]  # type: ignore[union-attr]
    assert paths == ["totals", "totals", "totals", "by_platform", "sentiment"]
    assert all("from_at=2025-05" in (figure.path or "") for figure in figures)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"counts": (0, 0, 0)},
         "Nothing happened: no post yesterday, and all of the time was seen."),
        ({"counts": (0, 0, 0), "seen": 0.4},
         "No post was found yesterday, of which 40 % was seen."),
        ({"counts": (0, 0, 0), "seen": 0.0},
         "Nothing was seen yesterday: whether there were posts is not known."),
        ({"counts": (0, 0, 0), "seen": None},
         "No source watches for this campaign, so nothing is known of it."),
    ],
)  # fmt: skip
def test_nothing_is_said_in_four_ways(changed: dict[str, Any], sentence: str) -> None:
    assert said(w0=changed) == sentence


def test_what_was_not_seen_is_no_zero() -> None:
    (one,) = made(reading(windows=windows(w1={"counts": (0, 0, 0), "seen": 0.0})))\
        .campaigns  # fmt: skip
    assert plain(one.headline).startswith(
        "214 posts by 160 voices yesterday; the most on bluesky. Yesterday and the day "
        "before cannot be compared: no platform was seen alike in both. Of bluesky and "
        "mastodon, 0 % of the day before was seen. Negative 23 %"
    )
    assert one.lines[1].posts is None
    assert one.lines[1].voices is None
    assert one.lines[0].change == ""


def test_times_that_were_not_seen_alike_are_not_compared() -> None:
    (one,) = made(reading(windows=windows(w1={"seen": 0.5}))).campaigns
    assert "71" not in plain(one.headline)
    assert one.lines[0].change == ""
    (sentence,) = one.careful
    assert sentence == (
        "Yesterday and the day before cannot be compared: no platform was seen alike in "
        "both. Of bluesky and mastodon, 50 % of the day before was seen."
    )
    assert one.lines[2].change == "+50 %"


def uneven(now: tuple[int, int], before: tuple[int, int], seen: float) -> Any:  # noqa: ANN401
    """Six windows; posts of yesterday and the day before on bluesky and mastodon, and how
    much was seen of bluesky the day before."""
    found = list(windows())
    for place, counts in enumerate((now, before)):
        rows = [
            {**row, "posts": count}
            for row, count in zip(found[place].platforms.rows, counts, strict=True)
        ]
        if place:
            rows[0]["covered"] = seen
        platforms = answer("by_platform", *rows, bucket="day")
        found[place] = replace(found[place], platforms=platforms)
    return tuple(found)


def test_one_blind_platform_is_left_out_and_the_others_compared() -> None:
    """All posts together rise; where both days were seen alike they fall."""
    (one,) = made(reading(windows=uneven((78, 136), (6, 143), 0.16))).campaigns
    assert plain(one.headline).startswith(
        "214 posts by 160 voices yesterday; the most on mastodon. On mastodon, the only "
        "platform seen alike both times: 5 % fewer than the day before (136 against 143). "
        "Left out is bluesky: 16 % of the day before was seen. Negative"
    )
    assert "at least" not in plain(one.headline)
    assert one.lines[0].change == "−5 % *"
    (sentence,) = one.careful
    assert sentence == (
        "* Yesterday and the day before: on mastodon, alone seen alike, 136 against 143. "
        "Left out is bluesky: 16 % of the day before was seen."
    )


@given(
    st.tuples(st.integers(0, 500), st.integers(0, 500)),
    st.tuples(st.integers(0, 500), st.integers(1, 500)),
    st.sampled_from([0.0, 0.16, 0.97, 0.99, 1.0]),
)
def test_the_sign_is_that_of_the_platforms_seen_alike(
    now: tuple[int, int], before: tuple[int, int], seen: float
) -> None:
    (one,) = made(reading(windows=uneven(now, before, seen))).campaigns
    first = 0 if seen > 0.98 else 1
    later, earlier = sum(now[first:]), sum(before[first:])
    change = one.lines[0].change
    assert change.startswith("−") is (later < earlier)
    assert change.startswith(("+", "×")) is (later > earlier)
    assert change.endswith("*") is (first == 1)
    assert ("fewer than the day before" in plain(one.headline)) is (later < earlier)


def test_a_part_that_was_seen_makes_a_floor_of_the_day_it_is_of() -> None:
    assert said(w0={"seen": 0.9}).endswith(
        " Only 90 % of yesterday was seen: it had at least that many."
    )
    assert said(w0={"seen": 0.9}, w1={"seen": 0.91}).endswith(
        " Only 90 % of yesterday and 91 % of the day before was seen: each had at least "
        "the posts counted."
    )
    assert "at least" not in said(w1={"seen": 0.9})


def test_posts_of_archives_alone() -> None:
    assert said(w0={"seen": None}).endswith(
        "No source watches for this: the posts came from archives."
    )


@pytest.mark.parametrize(
    ("now", "before", "sentence", "short"),
    [
        (3, 3, "as many as then", "="),
        (3, 0, "none then", ""),
        (138, 100, "38 % more than then", "+38 %"),
        (45, 100, "55 % fewer than then", "−55 %"),
        (200, 100, "twice then", "×2"),
        (250, 100, "more than twice then", "×2.5"),
        (214, 71, "three times then", "×3"),
        (1999, 100, "20 times then", "×20"),
    ],
)
def test_changes_in_words(now: int, before: int, sentence: str, short: str) -> None:
    assert words.change(now, before, "then") == sentence
    assert short_change(now, before) == short


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_changes_never_say_too_much(now: int, before: int) -> None:
    """`more than n times` holds, and a number of times is within a tenth."""
    text = words.change(now, before, "then").removesuffix(" then")
    names = ["twice", *(words._TIMES[3:])]
    more, bare = text.startswith("more than "), text.removeprefix("more than ")
    if bare in names:
        times = names.index(bare) + 2
        ratio = now / before
        assert times < ratio < times + 1 if more else abs(ratio - times) <= 0.11


@given(st.text(max_size=400), st.integers(5, 80))
def test_other_peoples_words_stay_on_their_line(text: str, most: int) -> None:
    line = words.one_line(text, most)
    assert len(line) <= most
    assert not set(line) & {"\n", "\r", "\t", "\x1b", "\u202e", "\u2066", "\u200f"}


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/b?c=d", True), ("http://a.example", True),
        ("javascript:alert(1)", False), ("data:text/html,x", False), ("//a.example", False),
        ("https://", False), ("https://a.example/\u202ecod", False), (None, False),
        ("https://[broken", False), ("HTTPS://A.example/ b", False),
    ],
)  # fmt: skip
def test_only_the_webs_addresses_become_links(url: str | None, kept: bool) -> None:
    assert words.web_address(url) == (url if kept else None)


def span(term: str, start: str, end: str, **more: str) -> dict[str, Any]:
    """A row of `coverage_of`, on 10 May, for times such as 04:00."""
    bounds = [f"2025-05-10T{each}:00Z" for each in (start, end)]
    length = from_text(bounds[1]) - from_text(bounds[0])
    return {"source": "jet", "platform": "bluesky", "state": "blind", "evidence": "lost",
            "term": term, "from_at": bounds[0], "to_at": bounds[1],
            "hours": length.total_seconds() / 3600, **more}  # fmt: skip


def unseen_of(*rows: dict[str, Any]) -> list[str]:
    one = reading(coverage=answer("coverage_of", *rows))
    return [plain(sentence) for sentence in made(one).campaigns[0].unseen]


def test_what_could_not_be_seen() -> None:
    hole = {"source": "new", "platform": "mastodon", "state": "untracked"}
    assert unseen_of(
        span("a", "00:00", "02:00", evidence="lost\x1b[31m <b>"),
        {**hole, "term": "a", "hours": 2.0},
        {**hole, "term": "a", "hours": 1.0},
        {**hole, "term": "b", "hours": 0.5},
        {**hole, "state": "imported", "term": "b", "hours": 0.5},
    ) == [
        "jet (bluesky): 2 hours not read, 00:00 to 02:00 on 10 May, for a: lost[31m <b>",
        "new (mastodon): nobody looked for 3 hours",
        "Archives brought posts of part of this time; whether all of them, nobody knows.",
    ]


def test_a_gap_of_several_terms_is_told_once() -> None:
    assert unseen_of(
        *(span(term, "00:00", "02:00") for term in "bac"),
        span("a", "05:00", "06:00"),
        span("a", "05:00", "05:30", source="other"),
    ) == [
        "jet (bluesky): 2 hours not read, 00:00 to 02:00 on 10 May, for a, b and c: lost",
        "jet (bluesky): 1 hour not read, 05:00 to 06:00 on 10 May, for a: lost",
        "other (bluesky): 30 minutes not read, 05:00 to 05:30 on 10 May, for a: lost",
    ]


def test_terms_that_were_hidden_unlike_are_not_said_to_be_hidden_for_all_of_it() -> (
    None
):
    rows = [span(term, "00:00", f"0{n}:00") for n, term in enumerate("abcdef", 2)]
    (told,) = unseen_of(*rows)
    assert told.startswith(
        "jet (bluesky): up to 7 hours not read, within 00:00 to 07:00"
    )
    assert told.endswith("for a, b, c, d and 2 more terms: lost")


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 20),
            st.integers(1, 3),
        ),
        max_size=30,
    )
)  # fmt: skip
def test_no_gap_is_lost_or_made_longer(spans: list[tuple[str, str, int, int]]) -> None:
    rows = [
        span(term, f"{start:02}:00", f"{start + length:02}:00", evidence=why)
        for term, why, start, length in spans
    ]
    found = merged(rows)
    assert sum(sum(gap.terms.values()) for gap in found) == sum(
        row["hours"] for row in rows
    )
    hours = {(why, start + n) for _, why, start, length in spans for n in range(length)}
    told = {
        (gap.why, gap.from_at.hour + n)
        for gap in found
        for n in range(int((gap.to_at - gap.from_at) / timedelta(hours=1)))
    }
    assert told == hours


def test_platforms_that_stay_here_are_counted_and_not_quoted() -> None:
    voice = {"handle": "ada", "display_name": None, "platform": "bluesky", "posts": 3,
             "followers": None, "bot": None, "url": None}  # fmt: skip
    post = {"shares": 3, "platform": "bluesky", "text": "secret", "title": None,
            "content_warning": None, "sentiment": None, "handle": "ada", "author": None,
            "published_at": "2025-05-10T01:00:00Z", "url": None}  # fmt: skip
    one = reading(
        voices=answer("top_voices", voice), shared=answer("most_shared", post)
    )
    (open_one,) = made(one).campaigns
    assert (len(open_one.voices), len(open_one.shared)) == (1, 1)
    (closed,) = made(one, confined={"bluesky": "its rules say so"}).campaigns
    assert (closed.voices, closed.shared) == ((), ())
    assert closed.confined == ("bluesky: its rules say so",)
    assert plain(closed.headline) == plain(open_one.headline)


def test_no_campaign_and_no_report_of_nothing() -> None:
    assert made().campaigns == ()
