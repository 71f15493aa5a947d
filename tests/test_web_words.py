"""The pure parts of the pages: words, times, links, charts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from groundswell.web import buckets, charts, filters, pages, ranges, words
from tests import web_fixture as fixture


def test_an_estimate_has_no_more_digits_than_are_known() -> None:
    assert words.about(1234, 0) == "1,234"
    assert words.about(123_456, 789) == "about 123,500"
    assert words.about(123_456, 9) == "about 123,456"


def test_rounding_hides_no_blind_minute() -> None:
    assert words.covered(None).startswith("No source watches")
    assert words.covered(1.0).startswith("All of this time")
    assert words.covered(0.0).startswith("Nothing of this time")
    assert words.covered(0.9999).startswith("99.9 %")
    assert words.covered(0.0001).startswith("0.1 %")
    assert words.covered(0.825).startswith("82.5 %")


def test_change_in_words() -> None:
    assert words.change(166, 120) == "+38 %"
    assert words.change(95, 100) == "−5 %"
    assert words.change(1000, 999) == "+1 %"
    assert words.change(0, 4) == "−100 %"
    assert words.change(7, 0) == "none in"
    assert words.change(50, 5) == "10 times"


def test_shares_never_round_to_nothing_or_all() -> None:
    assert words.percent(1, 1000) == "under 1 %"
    assert words.percent(999, 1000) == "over 99 %"
    assert words.percent(0, 1000) == "0 %"
    assert words.percent(5, 0) == "–"


def test_seen_never_rounds_a_hole_away() -> None:
    assert words.seen(24, 24) == "all 24 hours"
    assert words.seen(23.97, 24) == "23.9 of 24 hours"
    assert words.seen(0, 24) == "nothing of 24 hours"


def test_times_in_words() -> None:
    now = datetime(2025, 5, 11, 12, tzinfo=UTC)
    assert words.ago("2025-05-11T11:56:00Z", now) == "4 minutes ago"
    assert words.ago("2025-05-11T18:00:00Z", now) == "in 6 hours"
    assert words.ago("2025-05-01T12:00:00Z", now) == "10 days ago"
    assert words.ago(None, now) == "never"
    moment = words.span("2025-05-11T03:00:00Z", "2025-05-11T03:00:01Z")
    assert moment == "03:00 on 11 May"
    assert words.span("2025-05-11T03:00:00Z", "2025-05-11T05:00:00Z") == (
        "03:00 to 05:00 on 11 May"
    )


def test_links_in_texts_are_links_and_nothing_else_is() -> None:
    made = filters.linkify('see https://a.example/x_(y), <b> & javascript:alert(1) "q"')
    assert made == (
        'see <a href="https://a.example/x_(y)" rel="nofollow noopener noreferrer ugc">'
        "https://a.example/x_(y)</a>, &lt;b&gt; &amp; javascript:alert(1) &#34;q&#34;"
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["https://a.example/x ", "<b>", "&amp;", '"', ")", " ", "\u202e"]
        ),
        max_size=8,
    ).map("".join)
)
def test_linkify_loses_and_opens_nothing(raw: str) -> None:
    made = filters.linkify(raw)
    tree = LexborHTMLParser(f"<div id=x>{made}</div>")
    box = tree.css_first("#x")
    assert {node.tag for node in box.css("*")} <= {"div", "a"}
    assert box.text() == raw


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["from", "to", "range", "platform"]),
        st.text(alphabet="0123456789-T:Z+ahdlx", max_size=20)
        | st.dates(max_value=date(2030, 1, 1)).map(str),
    )
)
def test_any_address_gives_a_sound_view(args: dict[str, str]) -> None:
    view = ranges.read(args, now=fixture.NOW, platforms=["mastodon", "feed"])
    assert view.from_at < view.to_at <= fixture.NOW
    step = charts.STEPS[view.bucket]
    shown = 1 if view.platform else 2
    assert ((view.to_at - view.from_at) / step + 2) * shown <= buckets.MAX_ROWS + 4


def test_all_begins_with_the_first_post() -> None:
    first = fixture.NOW - timedelta(days=90)
    view = ranges.read(
        {"range": "all"}, now=fixture.NOW, platforms=["feed"], first_at=first
    )
    assert view.from_at == first.replace(hour=0, minute=0)
    assert view.bucket == "day"


def test_charts_hatch_what_was_not_seen() -> None:
    rows: list[dict[str, Any]] = [
        {
            "bucket": "2025-05-11T03:00:00Z",
            "platform": "x",
            "posts": None,
            "covered": 0.0,
        },
        {"bucket": "2025-05-11T04:00:00Z", "platform": "x", "posts": 3, "covered": 1.0},
    ]
    (series,) = charts.by_platform(
        rows,
        bucket="hour",
        from_at="2025-05-11T03:00:00Z",
        to_at="2025-05-11T05:00:00Z",
    )
    assert (series.posts, series.seen_h, series.total_h) == (3, 1.0, 2.0)
    blind, bars = charts.volume_spec(series, top=3)["layer"]
    assert blind["encoding"]["fill"]["value"] == "url(#gs-blind)"
    assert bars["encoding"]["y"]["scale"]["domain"] == [0, 3]
    assert pages.seen_sentence([series]) == "Seen: x: 1 of 2 hours."


def test_the_split_leaves_nothing_out() -> None:
    split = pages.split({"negative": 1, "neutral": 0, "positive": None, "unscored": 3})
    assert split.total == 4
    assert [part[0] for part in split.parts] == list(charts.SENTIMENTS)
    assert sum(bar.width for bar in split.bars) == pytest.approx(100)


def test_polarity_weighs_by_scored_posts() -> None:
    rows = [
        {"scored": 1, "polarity": 1.0},
        {"scored": 3, "polarity": 0.0},
        {"scored": None, "polarity": None},
    ]
    assert pages.polarity(rows) == 0.25
    assert pages.polarity(rows[2:]) is None


def test_what_is_said_of_evidence_is_known_or_called_unknown() -> None:
    rows = [
        {"neutral": 4, "without_evidence": 1},
        {"neutral": None, "without_evidence": None},  # a blind hour
    ]
    assert pages.without_evidence(rows) == 1
    assert (
        pages.without_evidence([*rows, {"neutral": 1, "without_evidence": None}])
        is None
    )
    assert "Of the 4 neutral ones, 1 hold no word" in str(words.evidence(4, 1))
    assert "is not known" in str(words.evidence(4, None))
    assert words.evidence(0, 0) is None


def test_a_label_that_may_well_be_wrong_is_called_unsure() -> None:
    assert words.sentiment("negative", None, 0.64) == "negative, unsure"
    assert words.sentiment("negative", None, 0.65) == "negative"
    assert words.sentiment("negative", None, None) == "negative"
    assert words.sentiment(None, "empty", None).startswith("not scored: ")
