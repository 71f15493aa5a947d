"""Which platform drives it: the ranking by platform, and those that are quiet. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from groundswell.web import words
from groundswell.web.data import Result, Row

_WHOLE = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A platform with posts. bar: its posts against the first one's, 0 to 100. links: of
    each figure to the query that has it."""

    platform: str
    posts: int
    share: str
    bar: float
    change: str
    seen: str
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ranking:
    """lines: platforms with posts, most first. apart: why changes are not told, for all
    platforms with the same reason at once. quiet: platforms without posts in words, blind
    ones by themselves; '': there are none."""

    lines: tuple[Line, ...]
    apart: str
    quiet: str


def ranking(result: Result, volume: Result, coverage: Result) -> Ranking:
    """Rows of `by_platform`. volume, coverage: the answers that its figures come from."""
    rows = [row for row in result.rows if row["posts"]]
    most = max((row["posts"] for row in rows), default=1)
    total = sum(row["posts"] for row in rows)
    lines = (
        Line(
            platform=row["platform"],
            posts=row["posts"],
            share=words.percent(row["posts"], total),
            bar=round(100 * row["posts"] / most, 1),
            change=change(row),
            seen=seen(row),
            links={
                "posts": volume.url_of(row["platform"]),
                "share": result.url,
                "change": result.url_of(row["platform"]),
                "seen": coverage.url_of(row["platform"]),
            },
        )
        for row in rows
    )
    silent = [row for row in result.rows if not row["posts"]]
    return Ranking(tuple(lines), apart(rows), quiet(silent))


def change(row: Row) -> str:
    """How the time shown compares with the time before: `+38 %`; a dash
    where they cannot be compared."""
    now, before = row["posts"], row["posts_before"]
    if not row["comparable"] or now is None or before is None:
        return "–"
    if now == before:
        return "as many"
    return words.change(now, before) if before else "none before"


def apart(rows: Sequence[Row]) -> str:
    """Which platforms cannot be compared with the time before, and why; '': all can."""
    named: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if why := reason(row):
            named[why].append(row["platform"])
    if not named:
        return ""
    told = [f"{words.listed(names)}: {why}" for why, names in named.items()]
    if len(named) == 1 and sum(map(len, named.values())) == len(rows) > 1:
        told = [f"all platforms: {next(iter(named))}"]
    return f"Not comparable, {'; '.join(told)}."


def reason(row: Row) -> str:
    """Why two times cannot be compared; '' where they can."""
    if row["comparable"]:
        return ""
    if row["comparable"] is None:
        return "words are looked for in the time shown alone"
    now, before = row["covered"], row["covered_before"]
    if not row["sources"]:
        return "no source watches it: its posts came from archives"
    if not now and not before:
        return "nothing of either time was seen; its posts were found later"
    if not before:
        return "nothing of the time before was seen"
    if not now:
        return "nothing of this time was seen, but of the time before"
    return f"{_part(now)} of this time was seen, and {_part(before)} of the time before"


def seen(row: Row) -> str:
    """Which share of the time shown was seen; a dash where no source watches."""
    return _part(row["covered"]) if row["sources"] else "–"


def _part(share: float) -> str:
    return "all" if share >= _WHOLE else words.percent(share, 1)


def quiet(rows: Sequence[Row]) -> str:
    """Platforms without a post: those that were quiet, and those that nobody saw."""
    silent = [_silent(row) for row in rows if row["posts"] == 0 and row["covered"]]
    blind = [row["platform"] for row in rows if row["posts"] is None]
    told = [f"quiet: {words.listed(silent)}"] if silent else []
    if blind:
        which = "which" if len(blind) == 1 else "each of which"
        told.append(f"nothing seen: {words.listed(blind)}, {which} may have had posts")
    said = "; ".join(told)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _silent(row: Row) -> str:
    about = []
    if row["covered"] < _WHOLE:
        about.append(f"{words.percent(row['covered'], 1)} of the time seen")
    if row["posts_before"]:
        about.append(f"{words.plural(row['posts_before'], 'post')} the time before")
    return f"{row['platform']} ({', '.join(about)})" if about else str(row["platform"])
