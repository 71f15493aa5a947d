"""Small columns of posts, and how what was not seen is hatched: the pictures and words."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from groundswell.web import sparks
from groundswell.web.data import Row

OF = {"bucket": "hour", "to_at": "2025-05-11T00:00:00Z"}


def row(
    hour: int, platform: str, posts: int | None, covered: float = 1.0, sources: int = 1
) -> dict[str, Any]:
    return {
        "bucket": f"2025-05-10T{hour:02}:00:00Z", "platform": platform, "posts": posts,
        "covered": covered, "sources": sources,
    }  # fmt: skip


def kinds(rows: list[Row]) -> list[tuple[str, float, float]]:
    return [
        (bar.kind, bar.y, bar.height)
        for bar in sparks.sparkline(rows, later_from="", **OF)
    ]


def test_what_was_not_seen_weighs_as_much_as_it_usually_posts() -> None:
    rows = [row(0, "big", 89), row(0, "small", 9),
            row(1, "big", 89), row(1, "small", None, 0.0),
            row(2, "big", None, 0.0), row(2, "small", 9),
            row(3, "big", None, 0.0), row(3, "small", None, 0.0)]  # fmt: skip
    parts = [round(part, 2) for part in sparks.unseen(rows, **OF).values()]
    assert parts == [0.0, 0.1, 0.9, 1.0]
    assert kinds(rows) == [
        ("later", 0.0, 100.0),
        ("later", 9.18, 90.82), ("partly", 0, 9.6),
        ("later", 90.82, 9.18), ("partly", 0, 90.4),
        ("blind", 0, 100),
    ]  # fmt: skip
    assert sparks.unseen_text(rows, **OF) == (
        "Nothing was seen in 1 hour. In 2 hours a part was not seen, 90 % at most, each "
        "platform counted by its usual posts."
    )


def test_a_platform_that_is_blind_all_the_time_does_not_hide_the_others() -> None:
    rows = [one for hour in range(6) for one in (
        row(hour, "a", 9), row(hour, "b", 9), row(hour, "c", 9), row(hour, "d", None, 0.0)
    )]  # fmt: skip
    assert {round(part, 2) for part in sparks.unseen(rows, **OF).values()} == {0.25}
    assert "blind" not in {kind for kind, _, _ in kinds(rows)}


def test_all_seen_and_unwatched_time_are_not_hatched() -> None:
    seen = [row(0, "a", 3), row(1, "a", 0)]
    archive = [row(hour, "old", 2, 0.0, sources=0) for hour in (0, 1)]
    for rows in (seen, archive, [*seen, *archive], []):
        assert {kind for kind, _, _ in kinds(rows)} <= {"later"}
        assert sparks.unseen_text(rows, **OF) == ""


def test_time_to_come_is_not_unseen() -> None:
    """Of the hour that has just begun a quarter is over, of which half was seen."""
    rows = [row(0, "a", 3), row(1, "a", 0, 0.5)]
    parts = sparks.unseen(rows, "hour", "2025-05-10T01:15:00Z")
    assert list(parts.values()) == [0.0, 0.125]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from("abc"),
            st.integers(0, 99),
            st.sampled_from([0.0, 0.3, 1.0]),
        ),
        max_size=15,
        unique_by=lambda each: each[:2],
    )
)
def test_blind_is_nothing_seen_and_no_hatching_is_all_seen(
    cells: list[tuple[int, str, int, float]],
) -> None:
    rows = [row(*cell) for cell in cells]
    for bucket, part in sparks.unseen(rows, **OF).items():
        covered = [one["covered"] for one in rows if one["bucket"] == bucket]
        assert 0 <= part <= 1
        assert (part == 1) is (max(covered) == 0)
        assert (part == 0) is (min(covered) == 1)
