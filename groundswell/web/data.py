"""Reading through the published queries, several at once, each with its own link."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from datasette.database import QueryInterrupted

from db.published import SIMULATED, queries

if TYPE_CHECKING:
    from datasette.app import Datasette

DATABASE = "campaigns"
Row = Mapping[str, Any]
SLOW = "This took too long to count. Choose a shorter time."


@dataclass(frozen=True, slots=True)
class Result:
    """What a published query gave. url: the same on Datasette's page; json_url: as data.

    error: a sentence where the query was cut off; then rows is empty.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    url: str
    json_url: str
    error: str | None = None

    def url_of(self, platform: str) -> str:
        """The same for one platform alone."""
        path, _, given = self.url.partition("?")
        return f"{path}?{urlencode({**dict(parse_qsl(given)), 'platform': platform})}"

    @property
    def csv_url(self) -> str:
        """The same as CSV."""
        path, mark, given = self.url.partition("?")
        return f"{path}.csv{mark}{given}"

    @property
    def xlsx_url(self) -> str:
        """The same as a workbook (workbooks.py)."""
        path, mark, given = self.url.partition("?")
        root = path.removesuffix(f"/{DATABASE}/{self.name}")
        return f"{root}/-/xlsx/{self.name}{mark}{given}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A published query and its parameters."""

    name: str
    params: Mapping[str, object]


def ask(name: str, **params: object) -> Ask:
    """`ask("volume", campaign="x")`."""
    return Ask(name, params)


async def gather(datasette: Datasette, **asked: Ask) -> dict[str, Result]:
    """All of them at once, by the name that the caller gave each."""
    results = await asyncio.gather(*(fetch(datasette, each) for each in asked.values()))
    return dict(zip(asked, results, strict=True))


async def fetch(datasette: Datasette, asked: Ask) -> Result:
    """One query's rows. Raises KeyError for a parameter that it does not have."""
    query = queries()[asked.name]
    values = query.bind(asked.params)
    error = None
    rows: tuple[Row, ...] = ()
    try:
        found = await datasette.get_database(DATABASE).execute(query.sql, values)
        rows = tuple(dict(row) for row in found.rows)
    except QueryInterrupted:
        error = SLOW
    return result(datasette, asked, rows, error)


def result(
    datasette: Datasette, asked: Ask, rows: Sequence[Row], error: str | None = None
) -> Result:
    """What an asked query gave, with its links. Raises KeyError as `fetch` does."""
    query = queries()[asked.name]
    values = query.bind(asked.params)
    given = {name: str(value) for name, value in values.items() if value != ""}
    return Result(
        name=query.name,
        title=query.title,
        rows=tuple(rows),
        url=link(datasette, query.name, given),
        json_url=link(datasette, f"{query.name}.json", {**given, "_shape": "array"}),
        error=error,
    )


def link(datasette: Datasette, name: str, params: Mapping[str, str]) -> str:
    """The address of a published query with its parameters."""
    path: str = datasette.urls.path(f"/{DATABASE}/{name}")
    return f"{path}?{urlencode(params)}" if params else path


async def simulated(datasette: Datasette) -> bool:
    """Whether the database says that its posts are made up."""
    if DATABASE not in datasette.databases:
        return False
    found = await datasette.get_database(DATABASE).execute(SIMULATED)
    return any(row["value"] == "1" for row in found.rows)
