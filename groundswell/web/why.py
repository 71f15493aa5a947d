"""What the difference between the last 24 hours and the 24 before is made of, in words from
the figures alone. Pure.

It names platforms, links, hashtags and messages, never a person; and it says what accounts
for a difference, not what brought it about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from groundswell import alike
from groundswell.alike import Alike
from groundswell.web import words
from groundswell.web.data import Result, Row

RISE, FALL = 1.5, 2 / 3
ENOUGH = 60  # posts of the larger day
MOST = 0.5  # of the difference
LARGE = 1 / 3
_QUOTED = 90  # characters


def clear(now: int, before: int) -> bool:
    """Whether two days differ clearly: one has at least 1.5 times the posts of the other,
    and the larger at least 60. With fewer than these a difference of that size lies within
    two standard deviations of chance (Poisson: 60 against 40 is 2.0 of them)."""
    if max(now, before) < ENOUGH:
        return False
    return not before or not RISE > now / before > FALL


def parts(
    overview: Row, platforms: Result, differences: Result | None
) -> Iterator[tuple[str, str]]:
    """Sentences, each with the query behind it; none where the days do not differ clearly.

    platforms: rows of `by_platform`; differences: rows of `differences` on the platforms
    that were seen alike; both of the last 24 hours; None: not asked for, as those do not
    differ clearly. A platform is named that has half of the difference or more; of links,
    hashtags and messages the one with the largest share, from a third on, where it stands
    out: its share of all posts is 1.5 times that of the other day. What only grew as all
    did accounts for nothing. None of them is said to be the cause. Where all posts differ
    clearly, and mostly on platforms that were not seen alike, that is told as coverage.
    """
    found = alike.of_rows(platforms.rows)
    covered = _coverage(overview, found)
    if covered:
        yield covered, platforms.url
    now, before = found.now, found.before
    if not clear(now, before) or differences is None or differences.error:
        return
    whole = now - before
    told = _platform([row for row in platforms.rows if row["comparable"]], whole)
    if told:
        yield told, platforms.url
    standing = [row for row in differences.rows if _stands_out(row, now, before)]
    yield _thing(standing, whole), differences.url


def _coverage(overview: Row, found: Alike) -> str | None:
    """That what all posts differ by comes from what was seen; None: it does not."""
    now, before = overview["posts"], overview["posts_before"]
    if not found.names or not clear(now, before):
        return None
    elsewhere = (now - before) - (found.now - found.before)
    if elsewhere / (now - before) < MOST:
        return None
    return (
        f"On all platforms together {words.plural(now, 'post')} were found, and "
        f"{words.number(before)} the day before, but most of that difference is on "
        "platforms that were not seen alike: it tells of what was seen, not of what was "
        "posted."
    )


def _platform(rows: Sequence[Row], whole: int) -> str | None:
    """rows: those of the platforms seen alike."""
    if len(rows) < 2:
        return None
    first = max(rows, key=lambda row: _share(row, whole))
    if _share(first, whole) < MOST:
        return None
    return (
        f"Most of the difference is on {first['platform']}: "
        f"{words.plural(first['posts'], 'post')}, against "
        f"{words.number(first['posts_before'])} the day before."
    )


def _share(row: Row, whole: int) -> float:
    """Which share of the difference a row is; below 0 where it went the other way."""
    return float((row["posts"] - row["posts_before"]) / whole)


def _stands_out(row: Row, now: int, before: int) -> bool:
    """Whether it rose, or fell, by more than all posts did."""
    later, earlier = row["posts"] / max(now, 1), row["posts_before"] / max(before, 1)
    more, less = (later, earlier) if now > before else (earlier, later)
    return bool(more >= RISE * less)


# What was done with it, so often; where shares are equal the first kind is told.
_DONE: Mapping[str, str] = {
    "link": "was shared {} times",
    "message": "was said {} times",
    "hashtag": "stood in {} posts",
}


def _thing(rows: Sequence[Row], whole: int) -> str:
    order = list(_DONE)
    ranked = sorted(
        rows, key=lambda row: (-_share(row, whole), order.index(row["kind"]))
    )
    if not ranked or _share(ranked[0], whole) < LARGE:
        return "No single link, tag or message accounts for it."
    first = ranked[0]
    about = "about " if first["one_in"] > 1 else ""
    done = _DONE[first["kind"]].format(about + words.number(first["posts"]))
    if first["posts"] == 1:
        done = done.replace("times", "time").replace("posts", "post")
    part = "most" if _share(first, whole) >= MOST else "a large part"
    return (
        f"{_name(first)} {done}, against {words.number(first['posts_before'])} the day "
        f"before: {part} of the difference."
    )


def _name(row: Row) -> str:
    """What it is called: in its own words where these may be shown."""
    if row["kind"] == "hashtag":
        return f"#{_cut(row['what'])}"
    if row["kind"] == "link":
        title = _cut(row["title"] or "")
        address = _cut(words.address(row["what"]))
        return f"“{title}” ({address})" if title else address
    if row["content_warning"]:
        return "One message (behind a content warning)"
    text = _cut(row["title"] or row["text"] or "")
    return f"“{text}”" if text else "One message"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else line[: _QUOTED - 1].rstrip() + "…"
