"""The columns of a table of posts, in order, with what each means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundswell.metadata_words import TABLES

_POSTS = TABLES["posts"][2]
_TIMELINE = TABLES["timeline"][2]
_SPACED = "with spaces between"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. width: in a sheet, in characters. link: its cells are addresses."""

    name: str
    meaning: str
    width: int = 12
    link: bool = False


def _author(name: str, column: str, width: int, *, link: bool = False) -> Column:
    return Column(name, f"The author's: {TABLES['authors'][2][column]}", width, link)


def _post(name: str, width: int = 12, *, link: bool = False) -> Column:
    return Column(name, _POSTS[name], width, link)


COLUMNS: tuple[Column, ...] = (
    _post("published_at", 21),
    _post("platform"),
    _author("author", "display_name", 22),
    _author("handle", "handle", 28),
    _post("kind", 9),
    _post("title", 30),
    _post("text", 80),
    _post("content_warning", 18),
    Column("hashtags", _TIMELINE["hashtags"], 30),
    Column("links", f"The addresses that it links to, {_SPACED}", 40),
    Column("mentions", f"The accounts that it names, {_SPACED}", 24),
    Column("terms", f"The campaign's terms that found it, {_SPACED}", 22),
    _post("lang", 7),
    _post("sentiment", 11),
    _post("polarity", 9),
    _post("subjectivity", 9),
    _post("confidence", 9),
    _post("unscored", 11),
    _post("scorer", 16),
    _post("replies", 9),
    _post("reposts", 9),
    _post("likes", 9),
    _post("quotes", 9),
    _post("views", 9),
    _post("url", 50, link=True),
    _author("author_url", "url", 40, link=True),
    _author("followers", "followers", 10),
    _author("bot", "bot", 6),
    Column("state", _TIMELINE["state"], 8),
    _post("edited_at", 21),
    _post("observed_at", 21),
    _post("reply_to", 40),
    _post("repost_of", 40),
    _post("quote_of", 40),
    _post("uri", 50),
    _author("author_uri", "uri", 40),
    Column("id", "The row in the store's table posts", 10),
)
NAMES = tuple(column.name for column in COLUMNS)


def cells(row: Mapping[str, Any]) -> Iterator[str | int | float | None]:
    """A row of db.exporting.rows in the order of COLUMNS; lists with spaces between."""
    for name in NAMES:
        value = row[name]
        yield " ".join(value) if isinstance(value, tuple) else value
