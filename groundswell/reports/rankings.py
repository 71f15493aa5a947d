"""What a report lists: alerts, links, hashtags, voices, posts. Pure.

What people wrote is theirs: it is cut, kept on one line, and its links are http or https.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from groundswell.reports import words
from groundswell.reports.reading import Answer, Row
from groundswell.reports.words import Figure

_A_TEXT = 280
_A_NAME = 60


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a ranking. link: where it leads, None: nowhere. about: more of it."""

    text: str
    link: str | None
    about: str
    posts: Figure
    share: float


@dataclass(frozen=True, slots=True)
class Told:
    """An alert. summary: a sentence with figures; path: its query."""

    when: str
    summary: str
    path: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A post that was shared often. shares: with the query behind it."""

    text: str
    who: str
    about: str
    link: str | None
    shares: Figure


def alerts(answer: Answer, zone: ZoneInfo) -> tuple[Told, ...]:
    """What was raised, newest first."""
    return tuple(_alert(row, answer, zone) for row in answer.rows[:10])


def _alert(row: Row, answer: Answer, zone: ZoneInfo) -> Told:
    when = (
        f"{str(row['rule']).capitalize()} since {words.clock(row['raised_at'], zone)}"
    )
    if row["resolved_at"]:
        when += f", over by {words.clock(row['resolved_at'], zone)}"
    return Told(when, words.one_line(row["summary"], _A_TEXT), answer.path)


def links(answer: Answer) -> tuple[Item, ...]:
    """The addresses that most posts link to."""
    return _items(answer, answer.rows, _link)


def hashtags(answer: Answer) -> tuple[Item, ...]:
    """The hashtags that most posts carry."""
    return _items(answer, answer.rows, _hashtag)


def voices(answer: Answer, confined: Collection[str]) -> tuple[Item, ...]:
    """The accounts that wrote most, without those of platforms that stay here."""
    rows = tuple(row for row in answer.rows if row["platform"] not in confined)
    return _items(answer, rows, _voice)


# What is said of a row: its text, where it leads, and more of it.
_Said = tuple[str, str | None, str]


def _items(
    answer: Answer, rows: tuple[Row, ...], say: Callable[[Row], _Said]
) -> tuple[Item, ...]:
    most = max((row["posts"] for row in rows), default=0) or 1
    return tuple(
        Item(*say(row), Figure(words.number(row["posts"]), answer.path),
             row["posts"] / most)
        for row in rows
    )  # fmt: skip


def _link(row: Row) -> _Said:
    link = words.web_address(row["url"])
    title = words.one_line(row["title"], 120)
    return title or words.one_line(row["url"], 90), link, _name(row["domain"])


def _hashtag(row: Row) -> _Said:
    about = "searched for" if row["term"] else ""
    return f"#{_name(row['tag'])}", None, about


def _voice(row: Row) -> _Said:
    name = _name(row["handle"]) or _name(row["display_name"])
    more = [row["platform"]]
    if row["followers"] is not None:
        more.append(words.plural(row["followers"], "follower"))
    if row["bot"]:
        more.append("calls itself automated")
    return name, words.web_address(row["url"]), ", ".join(more)


def _name(text: str | None) -> str:
    return words.one_line(text, _A_NAME)


def shared(
    answer: Answer, zone: ZoneInfo, confined: Collection[str]
) -> tuple[Shared, ...]:
    """The posts that were shared most; of platforms that stay here, none."""
    return tuple(
        _post(row, answer, zone)
        for row in answer.rows
        if row["platform"] not in confined
    )


def _post(row: Row, answer: Answer, zone: ZoneInfo) -> Shared:
    parts = [row["content_warning"] and f"[{row['content_warning']}]", row["title"]]
    text = " ".join(part for part in (*parts, row["text"]) if part)
    mood = row["sentiment"] or "not scored"
    return Shared(
        text=words.one_line(text, _A_TEXT),
        who=_name(row["handle"]) or _name(row["author"]) or "somebody",
        about=f"{row['platform']}, {words.clock(row['published_at'], zone)}, {mood}",
        link=words.web_address(row["url"]),
        shares=Figure(words.plural(row["shares"], "share"), answer.path),
    )
