"""Two times or two campaigns side by side, and what keeps the comparison fair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from groundswell.web import compare, pages, ranges
from groundswell.web.compare import Side
from groundswell.web.data import Result
from tests import web_fixture as fixture
from tests.test_web import build, close, get, text

KNOWN = {
    "a": {"campaign": "a", "title": "A", "timezone": "UTC"},
    "b": {"campaign": "b", "title": "B", "timezone": "UTC"},
}

TERMS = {
    "a": [
        {"kind": "hashtag", "value": "reform", "display": "Reform", "removed_at": None},
        {
            "kind": "phrase",
            "value": "the plan",
            "display": "The Plan",
            "removed_at": None,
        },
    ],
    "b": [],
}


def sides(**args: str) -> list[Side]:
    return compare.read_sides(args, KNOWN, ["bluesky", "mastodon"], fixture.NOW, TERMS)


def test_a_week_is_held_against_the_week_before() -> None:
    first, second = sides()
    assert first.view.to_at == fixture.NOW
    assert second.view.to_at == first.view.from_at
    assert second.view.hours == first.view.hours + 0.5  # whole hours
    assert second.about["campaign"] == "a"


def test_two_weeks_that_meet_count_no_day_twice() -> None:
    for many in (1, 18):
        platforms = [f"p{n}" for n in range(many)]
        first, second = compare.read_sides({}, KNOWN, platforms, fixture.NOW, TERMS)
        for asked in (Side.daily, Side.asked):
            later, earlier = (asked.fget(side) for side in (first, second))  # type: ignore[attr-defined]
            assert earlier["to_at"] == later["from_at"]
            assert later["from_at"].endswith("T00:00:00Z")


def test_another_campaign_is_held_against_it_over_the_same_time() -> None:
    first, second = sides(b_campaign="b", a_from="2025-05-02", a_to="2025-05-04")
    assert (first.view.from_at, first.view.to_at) == (
        second.view.from_at,
        second.view.to_at,
    )
    assert second.about["campaign"] == "b"


def test_the_form_gives_back_what_it_was_given() -> None:
    (first, _) = sides(a_from="2025-05-02", a_to="2025-05-04", a_platform="bluesky")
    assert first.given == {
        "campaign": "a", "term": "", "from": "2025-05-02", "to": "2025-05-04",
        "platform": "bluesky",
    }  # fmt: skip


def test_what_is_odd_is_named() -> None:
    found = sides(a_campaign="nothing", a_from="tomorrow")
    assert found[0].problems[0] == "There is no campaign called “nothing”."
    assert "is not a date" in found[0].problems[1]


def one(covered: float | None, hours: float = 24.0) -> dict[str, Any]:
    now = fixture.NOW
    view = ranges.View(
        from_at=now - timedelta(hours=hours), to_at=now, preset=None, platform="",
        bucket="hour", given={},
    )  # fmt: skip
    return {"covered": covered, "view": view}


def test_what_was_not_seen_alike_is_compared_with_care() -> None:
    assert compare.care(one(1.0), one(1.0)) is None
    assert "50 % of the second" in str(compare.care(one(1.0), one(0.5)))
    assert "not known" in str(compare.care(one(1.0), one(None)))
    assert "1 day and 2 days" in str(compare.care(one(1.0), one(1.0, 48.0))) or (
        "24 hours and 2 days" in str(compare.care(one(1.0), one(1.0, 48.0)))
    )


def test_what_cannot_be_compared_is_not_judged_in_any_line() -> None:
    """The reason is said once, above the table."""
    parts = {"negative": 30, "neutral": 50, "positive": 20, "unscored": 100}
    side = {"totals": {"posts": 200, "messages": 3, "voices": 3}, "sums": parts}
    whole, dark = ({**side, **one(seen)} for seen in (1.0, 0.004))
    same = compare.seen_alike([day("x", 200)], [day("x", 200)])
    lines = compare.figures(whole, dark, same)
    assert {line["change"] for line in lines} == {"not comparable"}
    assert [line["what"] for line in lines][-3:] == [
        "negative, of the scored", "neutral, of the scored", "positive, of the scored",
    ]  # fmt: skip
    assert compare.care(whole, dark) == (
        "Not comparable: 100 % of the first time was seen, and under 1 % of the second."
    )
    assert "not comparable" not in {
        line["change"] for line in compare.figures(whole, whole, same)
    }
    nothing = {**side, **one(0.0)}
    assert not compare.comparable(nothing, nothing)
    assert compare.care(nothing, nothing) == (
        "Not comparable: nothing was seen of either time."
    )


def day(platform: str, posts: int | None, covered: float = 1.0) -> dict[str, Any]:
    return {"platform": platform, "posts": posts, "covered": covered}


def test_posts_are_compared_on_the_platforms_that_were_seen_alike() -> None:
    """x was blind in the second time: its posts are no rise."""
    first = [day("mastodon", 110), day("x", 300), day("x", 300)]
    second = [day("mastodon", 100), day("x", 50), day("x", None, 0.0)]
    same = compare.seen_alike(first, second)
    assert (same.now, same.before, same.names) == (110, 100, ("mastodon",))
    counts = {"negative": 1, "neutral": 1, "positive": 1, "unscored": 0}
    a = {"totals": {"posts": 710}, "sums": counts, **one(1.0)}
    b = {"totals": {"posts": 150}, "sums": counts, **one(0.9)}
    whole, alone, *rest = compare.figures(a, b, same)
    assert whole["change"] == "not comparable"
    assert alone == {
        "what": "posts on mastodon, alone seen alike",
        "a": "110",
        "b": "100",
        "change": "+10 %",
    }
    assert len(rest) == 5
    every = compare.seen_alike(first, first)
    lines = compare.figures(a, a, every)
    assert (len(lines), lines[0]["change"]) == (6, "the same")


def test_both_sentiments_of_a_page_have_one_base() -> None:
    sums = {"negative": 30, "neutral": 50, "positive": 20, "unscored": 100}
    assert pages.split_scored(sums).parts == [
        ("negative", 30, "30 %"), ("neutral", 50, "50 %"), ("positive", 20, "20 %"),
        ("unscored", 100, ""),
    ]  # fmt: skip
    side = {"totals": {}, "sums": sums, **one(1.0)}
    shares = [
        line["a"] for line in compare.figures(side, side, compare.seen_alike([], []))
    ][-3:]
    assert shares == [share for _, _, share in pages.split_scored(sums).parts[:3]]
    assert sum(bar.width for bar in pages.split_scored(sums).bars) == 100


def volume(*cells: tuple[str, str, int | None, float]) -> dict[str, Result]:
    rows = tuple(
        {"bucket": bucket, "platform": platform, "posts": posts, "covered": covered}
        for bucket, platform, posts, covered in cells
    )
    return {"volume": Result("volume", "", rows, "/", "/")}


def test_share_of_voice_counts_only_what_both_were_watched_for() -> None:
    pair = sides(b_campaign="b")
    results = {
        "a": volume(("1", "x", 30, 1.0), ("2", "x", 50, 1.0), ("1", "y", 9, 1.0)),
        "b": volume(("1", "x", 10, 1.0), ("2", "x", 70, 0.4), ("3", "x", None, 0.0)),
    }
    found = compare.share_of_voice(pair, results)
    assert found is not None
    assert found["parts"] == [("A", 30, "75 %"), ("B", 10, "25 %")]
    assert found["seen"] == "25 %"
    assert compare.meeting(*sides()) is None


def test_two_terms_are_held_against_each_other_over_the_same_time() -> None:
    first, second = sides(a_term="#Reform", b_term="THE plan")
    assert (first.value, second.value) == ("reform", "the plan")
    assert first.view.params == second.view.params
    assert second.about["campaign"] == "a"
    assert (first.title, second.title) == ("A: #Reform", "A: The Plan")
    assert second.given["from"] == second.given["to"] == ""


def test_one_term_is_held_against_itself_before_or_all_posts() -> None:
    first, second = sides(a_term="reform")
    assert second.value == "reform"
    assert second.view.to_at == first.view.from_at
    first, second = sides(a_term="reform", b_term="")
    assert second.term is None
    assert second.view.params == first.view.params
    elsewhere = sides(a_term="reform", b_campaign="b")[1]
    assert elsewhere.term is None
    assert elsewhere.view.params == first.view.params


def test_a_term_that_there_is_not_is_named() -> None:
    (first, second) = sides(a_term="reform", b_term="nope")
    assert second.term is None
    assert second.problems == (
        "a has no term “nope”; there are #Reform, The Plan. Showing all posts.",
    )
    assert first.problems == ()


def test_hours_are_not_held_against_days() -> None:
    pair = sides(a_from="2025-05-09", b_from="2025-04-01", b_to="2025-05-10")
    assert [side.view.bucket for side in pair] == ["day", "day"]


def test_a_query_that_takes_a_term_is_asked_for_it() -> None:
    (first, _) = sides(a_term="reform", b_term="the plan")
    assert first.ask("volume").params["term"] == "reform"
    assert "term" not in first.ask("top_voices").params
    assert first.heeds("volume")
    assert not first.heeds("top_voices")
    assert sides()[0].heeds("top_voices")


def test_there_is_no_share_of_voice_of_a_part_and_the_whole() -> None:
    assert compare.meeting(*sides(a_term="reform", b_term="")) is None
    assert compare.meeting(*sides(a_term="reform")) is None
    other = {"a_platform": "mastodon", "b_platform": "bluesky"}
    assert compare.meeting(*sides(b_campaign="b", **other)) is None
    early = {"b_from": "2025-01-01", "b_to": "2025-01-02"}
    assert compare.meeting(*sides(b_campaign="b", **early)) is None
    asked = compare.meeting(*sides(a_term="reform", b_term="the plan"))
    assert asked is not None
    assert (asked.params["term"], asked.params["other_term"]) == ("the plan", "reform")


CELLS = st.dictionaries(
    st.tuples(st.sampled_from("123456"), st.sampled_from("xy")),
    st.tuples(
        st.integers(0, 90), st.integers(0, 90), st.sampled_from([0.0, 0.5, 1.0]),
        st.sampled_from([0.0, 1.0]), st.floats(0, 1),
    ),
)  # fmt: skip


@given(CELLS)
def test_only_posts_of_what_both_saw_are_in_a_share(
    cells: dict[tuple[str, str], tuple[int, int, float, float, float]],
) -> None:
    """Posts of both are counted for each, and named once."""
    pair = sides(a_term="reform", b_term="the plan")
    results = {
        "a": volume(*((*at, c[0], c[2]) for at, c in cells.items())),
        "b": volume(*((*at, c[1], c[3]) for at, c in cells.items())),
    }
    both = {at: int(c[4] * min(c[0], c[1])) for at, c in cells.items()}
    rows = tuple(
        {"bucket": at[0], "platform": at[1], "shared": count, "looked_to": None}
        for at, count in both.items()
    )
    shared = Result("shared_posts", "", rows, "/", "/")
    found = compare.share_of_voice(pair, results, shared)
    seen = {at: c for at, c in cells.items() if c[2] == c[3] == 1.0}
    if not seen:
        assert found is None
        return
    assert found is not None
    (_, one, _), (_, two, _) = found["parts"]
    assert one == sum(c[0] for c in seen.values())
    assert two == sum(c[1] for c in seen.values())
    twice = sum(both[at] for at in seen)
    assert found["twice"].startswith(f"{twice} post")
    assert twice <= min(one, two)


def test_posts_of_both_are_told_with_how_far_back_was_looked() -> None:
    pair = sides(a_term="reform", b_term="the plan")
    results = {name: volume(("1", "x", 5, 1.0)) for name in "ab"}
    row = {
        "bucket": "1",
        "platform": "x",
        "shared": 1,
        "looked_to": "2025-05-10T09:00:00Z",
    }
    shared = Result("shared_posts", "", (row,), "/", "/")
    found = compare.share_of_voice(pair, results, shared)
    assert found is not None
    assert found["twice"] == (
        "1 post carries both, and counts for each, of the newest, since 10 May 2025, 09:00."
    )


def test_of_a_term_the_time_before_it_was_searched_for_was_not_seen() -> None:
    side = sides(a_from="2025-05-02", a_to="2025-05-03", a_term="reform")[0]
    hours = [
        f"2025-05-{day:02}T{hour:02}:00:00Z" for day in (2, 3) for hour in range(24)
    ]
    rows = [
        {
            "bucket": hour,
            "platform": "x",
            "covered": float(n >= 24),
            "sources": int(n >= 24),
        }
        for n, hour in enumerate(hours)
    ]
    unwatched = [{**row, "platform": "y", "covered": 0.0, "sources": 0} for row in rows]
    assert compare.seen([*rows, *unwatched], side) == 0.5
    assert compare.seen(unwatched, side) is None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path: Path = fixture.make(tmp_path_factory.mktemp("compare") / "x.db")
    datasette = build(path)
    yield datasette
    close(datasette)


def test_the_page_shows_both(site: Datasette) -> None:
    page = get(site, "/-/compare?a_campaign=labourleaks&b_campaign=harbour")
    assert page.status_code == 200
    told = text(LexborHTMLParser(page.text))
    assert "Share of voice" in told
    assert "Harbour <em>for</em> all" in told
    assert "<em>for</em>" not in page.text
    assert "only here" in told


def test_two_terms_stand_side_by_side(site: Datasette) -> None:
    """Of the second one nothing was found, and what is not kept by term is said."""
    query = "a_campaign=labourleaks&a_term=%23LabourLeaks&b_term=labourleadership"
    tree = LexborHTMLParser(get(site, f"/-/compare?{query}").text)
    told = text(tree)
    assert "#LabourLeaks: #LabourLeadership" in told
    assert "0 posts carry both" in told
    assert "not counted by term" in told
    assert "Not counted by term." in told
    chosen = [node.attributes["value"] for node in tree.css("option[selected]")]
    assert chosen.count("labourleaks") == 3  # two campaigns and a term
    assert chosen.count("labourleadership") == 1
    links = [str(node.attributes["href"]) for node in tree.css("main a")]
    for term in ("labourleaks", "labourleadership"):
        for query in ("volume", "sentiment", "languages"):
            assert any(
                link.startswith(f"/campaigns/{query}?")
                and link.find(f"term={term}") > 0
                for link in links
            )


def test_two_terms_are_offered(site: Datasette) -> None:
    tree = LexborHTMLParser(get(site, "/-/compare?a_campaign=labourleaks").text)
    (link,) = (a for a in tree.css("form a") if "Two terms" in a.text())
    address = str(link.attributes["href"])
    assert "a_term=labourleaks&b_term=labourleadership" in address
    told = text(LexborHTMLParser(get(site, f"/-/compare{address}").text))
    assert "Share of voice" in told


def test_the_page_stands_without_an_address_of_ones_own(site: Datasette) -> None:
    told = text(LexborHTMLParser(get(site, "/-/compare").text))
    assert "Share of voice" not in told
    assert "first against second" in told


@pytest.mark.parametrize(
    "query", ["a_from=x", "b_to=2025-13-01", "a_campaign=%3Cb%3E", "b_platform=tv"]
)
def test_nonsense_is_answered_in_words(site: Datasette, query: str) -> None:
    page = get(site, f"/-/compare?{query}")
    assert page.status_code == 200
    assert 'role="alert"' in page.text
