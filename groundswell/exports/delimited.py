"""Posts as CSV (RFC 4180) that no spreadsheet program takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from groundswell.exports.columns import NAMES, cells
from groundswell.exports.notes import paragraphs

BOM = b"\xef\xbb\xbf"
# Cells that begin so are formulas to some program (OWASP, CSV injection); East Asian
# editions take the full-width signs as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Read as numbers these would lose their zeros or, beyond 15 digits, their end.
_ID = re.compile(r"0[0-9]+|[0-9]{12,}|[0-9]+[eE][0-9]+")
_ROWS = 200  # of a chunk

NOTES = paragraphs("""
UTF-8, commas, CRLF, quoted where needed (RFC 4180); the first row has the names.

A text that a spreadsheet program would take for a formula (it begins with = + - @, their
full-width forms, a tab or a line's end), or for a number that it would spoil (leading
zeros, 12 and more digits, 1e5), stands behind an apostrophe; so does one that begins with
an apostrophe. Take one apostrophe off each cell that begins with one, and every text is
exactly as it was collected, with all control and direction characters.

Some spreadsheet programs want a byte order mark: --bom (bom=1) adds it.
""")


def guarded(text: str) -> str:
    """The text behind an apostrophe where a spreadsheet program would not leave it a text.

    Taking one leading apostrophe off gives the text back.
    """
    risky = text.startswith((*_FORMULA, "'")) or _ID.fullmatch(text)
    return f"'{text}" if risky else text


def chunks(rows: Iterable[Mapping[str, Any]], *, bom: bool = False) -> Iterator[bytes]:
    """Rows of db.exporting.rows as CSV, some hundred at a time; the header comes first."""
    return table(NAMES, (cells(row) for row in rows), bom=bom)


def table(
    names: Sequence[str], rows: Iterable[Iterable[Any]], *, bom: bool = False
) -> Iterator[bytes]:
    """Any table as CSV: texts guarded, None as an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(names)
    yield (BOM if bom else b"") + _taken(buffer)
    for number, row in enumerate(rows, 1):
        writer.writerow(guarded(c) if isinstance(c, str) else c for c in row)
        if number % _ROWS == 0:
            yield _taken(buffer)
    if rest := _taken(buffer):
        yield rest


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
