"""The published queries: one file each in db/queries, with a header that documents it.

    -- title: Posts over time
    -- description: One row per hour,
    --   continued on indented lines.
    -- param campaign: the campaign's slug; needed
    -- column posts: live posts
    with
    -- include: _range
    select …

Pages, reports and scripts all read through these. A parameter that is left out is ''.
Files whose name begins with "_" hold common table expressions that others include; lines
`--   name: text` below an include stand for its {name}.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database

# Whether the posts are made up; not published, for its table is closed.
SIMULATED = "select value from meta where key = 'simulated'"
# Which watched campaign an address names.
CAMPAIGN = (
    "select id, title, timezone from campaigns "
    "where slug = :slug and removed_at is null"
)
QUERIES = Path(__file__).with_name("queries")

_FIELD = re.compile(
    r"-- (?P<field>title|description|param|column)(?: (?P<name>\w+))?: (?P<text>.*)"
)
_GIVEN = re.compile(r"(?P<name>\w+):(?: (?P<text>.*))?")
_INCLUDE = re.compile(r"-- include: (?P<name>_\w+)")


class BadQueryFile(Exception):
    """A file in db/queries that does not keep to the header's rules; says which and why."""


@dataclass(frozen=True, slots=True)
class PublishedQuery:
    """A query that pages and scripts share.

    params, columns: name to meaning (with unit, and what a missing value means), in the
    order of the file. sql: complete, with `:name` for each parameter.
    """

    name: str
    title: str
    description: str
    params: Mapping[str, str]
    columns: Mapping[str, str]
    sql: str

    def bind(self, given: Mapping[str, object]) -> dict[str, object]:
        """Every parameter of the query, '' where `given` has none or None.

        Raises KeyError for a name that the query does not know.
        """
        unknown = given.keys() - self.params.keys()
        if unknown:
            raise KeyError(f"{self.name} has no parameter {', '.join(sorted(unknown))}")
        values = {name: given.get(name) for name in self.params}
        return {k: "" if value is None else value for k, value in values.items()}


@cache
def queries() -> Mapping[str, PublishedQuery]:
    """All published queries by name, in the order of their names."""
    files = sorted(QUERIES.glob("[!_]*.sql"))
    return {file.stem: read(file) for file in files}


def ask(db: Database, name: str, **given: object) -> list[dict[str, Any]]:
    """A published query's rows. Raises KeyError for a parameter that it does not have."""
    query = queries()[name]
    cursor = db.conn.execute(query.sql, query.bind(given))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def read(file: Path) -> PublishedQuery:
    """One file as a query. Raises BadQueryFile."""
    lines = file.read_text(encoding="utf-8").splitlines()
    fields, rest = _split(lines)
    sql = "\n".join(_include(rest, file.parent)).strip()
    for needed in ("title", "description"):
        if not fields.get((needed, "")):
            raise BadQueryFile(f"{file.name}: the header has no {needed}")
    return PublishedQuery(
        name=file.stem,
        title=fields["title", ""],
        description=fields["description", ""],
        params=_named(fields, "param"),
        columns=_named(fields, "column"),
        sql=sql,
    )


def _split(lines: list[str]) -> tuple[dict[tuple[str, str], str], list[str]]:
    """The header's fields, and the lines after it."""
    fields: dict[tuple[str, str], str] = {}
    key = None
    for number, line in enumerate(lines):
        found = _FIELD.match(line)
        if found:
            key = found["field"], found["name"] or ""
            fields[key] = found["text"].strip()
        elif key and line.startswith("--   "):
            fields[key] += " " + line[5:].strip()
        else:
            return fields, lines[number:]
    return fields, []


def _named(fields: Mapping[tuple[str, str], str], kind: str) -> dict[str, str]:
    return {name: text for (field, name), text in fields.items() if field == kind}


def _include(lines: list[str], folder: Path) -> list[str]:
    """The lines with each include replaced; a comma joins it to a further expression."""
    out: list[str] = []
    rest = deque(lines)
    while rest:
        line = rest.popleft()
        found = _INCLUDE.fullmatch(line.strip())
        if found is None:
            out.append(line)
            continue
        text = (folder / f"{found['name']}.sql").read_text(encoding="utf-8").rstrip()
        for name, value in _given(rest).items():
            text = text.replace(f"{{{name}}}", value)
        last = bool(rest) and rest[0].startswith("select")
        out.append(text if last else text + ",")
    return out


def _given(rest: deque[str]) -> dict[str, str]:
    """What an include's own lines put in place of its {names}; they are taken off."""
    given: dict[str, str] = {}
    name = ""
    while rest and rest[0].startswith("--   "):
        told = rest.popleft()[5:]
        found = _GIVEN.fullmatch(told)
        if found:
            name = found["name"]
        text = (found["text"] or "") if found else told.strip()
        given[name] = f"{given.get(name, '')} {text}"
    return {name: text.strip() for name, text in given.items()}
