"""What is wrong with the address of a table or a query, before Datasette reads it. Pure.

Datasette 0.65 reads numbers as it goes, and where one is none it fails (500). A filter on
a column that does not exist compares its name with the value, and finds nothing; a filter
that does not exist is left out, and finds everything. Here each is a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from datasette.filters import Filters

LOOKUPS = tuple(key for key, _, _ in Filters([]).lookups())
SHAPES = ("array", "objects", "arrays", "arrayfirst")
_NUMERIC = ("gt", "gte", "lt", "lte")
_LARGEST = 2**63 - 1
Args = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Known:
    """What a table has. parts: of a `_next`, or "offset" where it is a number of rows."""

    columns: Sequence[str]
    parts: int | Literal["offset"]


def of_query(args: Args, params: Sequence[str], *, as_json: bool) -> Iterator[str]:
    """The sentences about a published query's address; each names its parameter."""
    for name in args:
        if not name.startswith("_") and name not in params:
            known = ", ".join(params) or "none"
            yield f"{name}: there is no such parameter; there are: {known}"
    yield from _shape(args, SHAPES, as_json=as_json)
    yield from _numbers(args)


def of_table(args: Args, known: Known, *, as_json: bool) -> Iterator[str]:
    """The sentences about a table's address; each names its parameter."""
    for name, values in args.items():
        if not name.startswith("_") or "__" in name:
            yield from _filter(name, values, known.columns)
        elif name == "_search" and not all(_sought(value) for value in values):
            yield "_search: write words to look for, without the character NUL"
    yield from _sorting(args, known.columns)
    yield from _shape(args, (*SHAPES, "object"), as_json=as_json)
    yield from _numbers(args)
    for place in args.get("_next", ()):
        if place and not _fits(place, known.parts):
            yield f"_next: take it from the answer before, not {place[:40]}"


def _filter(name: str, values: Sequence[str], columns: Sequence[str]) -> Iterator[str]:
    column, _, lookup = name.rpartition("__") if "__" in name else (name, "", "exact")
    if column not in columns:
        yield f"{name}: there is no column {column}; there are: {', '.join(columns)}"
    elif lookup not in LOOKUPS:
        yield f"{name}: there is no filter {lookup}; there are: {', '.join(LOOKUPS)}"
    elif lookup in _NUMERIC and any(v.isdigit() and not is_number(v) for v in values):
        yield f"{name}: the number is too large, or not written in the digits 0 to 9"
    elif lookup in ("in", "notin") and not all(_listed(value) for value in values):
        yield f'{name}: write values with commas between, or as JSON: ["a", 1]'


def _sorting(args: Args, columns: Sequence[str]) -> Iterator[str]:
    for name in ("_sort", "_sort_desc"):
        for column in args.get(name, ()):
            if column and column not in columns:
                known = ", ".join(columns)
                yield f"{name}: there is no column {column}; there are: {known}"
    if any(args.get("_sort", ())) and any(args.get("_sort_desc", ())):
        yield "_sort: give either _sort or _sort_desc"


def _shape(args: Args, shapes: Sequence[str], *, as_json: bool) -> Iterator[str]:
    for shape in args.get("_shape", ()) if as_json else ():
        if shape not in shapes:
            yield f"_shape: write one of {', '.join(shapes)}, not {shape[:40]}"


def _numbers(args: Args) -> Iterator[str]:
    for name in ("_timelimit", "_ttl"):
        for value in args.get(name, ()):
            if value and not is_number(value):
                yield f"{name}: write a number, not {value[:40]}"


def _fits(place: str, parts: int | Literal["offset"]) -> bool:
    return is_number(place) if parts == "offset" else len(place.split(",")) == parts


def _sought(text: str) -> bool:
    """Whether full-text search can read it; quotation marks alone are no words."""
    return not text or ("\0" not in text and bool(text.replace('"', "").strip()))


def is_number(text: str) -> bool:
    """Whether it is a whole number that SQLite can hold."""
    digits = text.isascii() and text.isdigit() and len(text) <= 19
    return digits and int(text) <= _LARGEST


def _listed(text: str) -> bool:
    """Whether it is a list that Datasette can read: `a,b`, or JSON of plain values."""
    if not text.startswith("["):
        return True
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return all(isinstance(value, str | float) or _small(value) for value in values)


def _small(value: object) -> bool:
    return value is None or (isinstance(value, int) and abs(value) <= _LARGEST)
