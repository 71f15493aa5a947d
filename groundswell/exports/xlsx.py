"""Posts, or any table, as an XLSX workbook: a sheet that explains, and sheets of rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import tostring

from groundswell.exports.columns import COLUMNS, Column, cells
from groundswell.exports.links import sheet_url
from groundswell.exports.notes import paragraphs
from groundswell.exports.zipped import entry

ROWS = 1_048_576  # of a sheet, the header among them
LONGEST = 32_767  # characters of a cell
LINKS = 60_000  # of a workbook: a sheet takes 65,530, and each is held until the end
_EXACT = 2**53  # from here on a sheet's numbers leave integers out
# Of text these are no part of XML, so no part of a sheet.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# openpyxl takes "=…" for a formula and "#N/A" for an error.
_TAKEN = ("=", "#")
_CORE = "docProps/core.xml"

NOTES = paragraphs(f"""
XLSX. Every id, uri, handle and text is a text cell: nothing is taken for a formula, a
number or a date. Times are UTC text.

A sheet holds {ROWS:,} rows with the header; what is more goes on in the next sheet. The
first {LINKS:,} http and https addresses are live links, the others text; other kinds of
address are never links.
""")


@dataclass(slots=True)
class Lost:
    """What a sheet could not hold. controls: control characters that were removed.
    cut: cells that were longer than LONGEST."""

    controls: int = 0
    cut: int = 0

    def sentences(self) -> Iterator[str]:
        """What was lost, for people; it is said also where nothing was."""
        yield f"{self.controls} control characters removed, which XLSX cannot hold"
        yield f"{self.cut} cells cut at {LONGEST:,} characters, the most that XLSX holds"


def write(
    file: IO[bytes],
    rows: Iterable[Mapping[str, Any]],
    *,
    readme: Sequence[str],
    written_at: datetime,
    most: int = ROWS,
) -> None:
    """The workbook, into any binary file; rows are those of db.exporting.rows.

    readme: the lines of the first sheet. most: rows of a sheet. Memory stays flat: sheets
    lie in temporary files until the end. The same rows and time give the same bytes.
    """
    table(
        file,
        COLUMNS,
        (cells(row) for row in rows),
        title="posts",
        readme=readme,
        written_at=written_at,
        most=most,
    )


def table(
    file: IO[bytes],
    columns: Sequence[Column],
    rows: Iterable[Iterable[Any]],
    *,
    title: str,
    readme: Sequence[str],
    written_at: datetime,
    most: int = ROWS,
) -> None:
    """A workbook of any rows, each with a text, number or None for every column; all else
    as for `write`. title: of the sheet of rows, 25 characters at most."""
    book = _Book(columns, title, written_at, most)
    try:
        told = book.begin()
        for row in rows:
            book.add(row)
        book.end_sheet()
        for line in (*readme, "", *book.lost.sentences()):
            told.append([book.text(told, line)])
        book.save(file)
    except BaseException:
        book.discard()
        raise


class _Book:
    def __init__(
        self, columns: Sequence[Column], title: str, written_at: datetime, most: int
    ) -> None:
        self.lost = Lost()
        self._columns, self._title = columns, title
        self._at, self._most = written_at, most
        self._book = Workbook(write_only=True)
        self._sheet: Any = None
        self._sheets = self._rows = self._links = 0
        self._linked = Font(color="0563C1", underline="single")

    def begin(self) -> Any:  # noqa: ANN401 - openpyxl has no types
        """The first sheet, which is filled last; the first one of rows lies behind it."""
        sheet = self._book.create_sheet("README")
        sheet.column_dimensions["A"].width = 110
        self._begin_sheet()
        return sheet

    def add(self, row: Iterable[Any]) -> None:
        if self._rows >= self._most:
            self.end_sheet()
            self._begin_sheet()
        pairs = zip(self._columns, row, strict=True)
        self._sheet.append([self._cell(value, link=c.link) for c, value in pairs])
        self._rows += 1

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        sheet = self._sheet = self._book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for number, column in enumerate(self._columns, 1):
            sheet.column_dimensions[get_column_letter(number)].width = column.width
        head = [WriteOnlyCell(sheet, column.name) for column in self._columns]
        for cell in head:
            cell.font = Font(bold=True)
        sheet.append(head)
        self._rows = 1

    def end_sheet(self) -> None:
        """Close the sheet of rows: only now is it known how far its filter reaches."""
        if self._sheet is None:
            return
        last = get_column_letter(len(self._columns))
        self._sheet.auto_filter.ref = f"A1:{last}{self._rows}"
        self._sheet.close()
        self._sheet = None

    def _cell(self, value: str | int | float | None, *, link: bool) -> Any:  # noqa: ANN401
        if isinstance(value, int) and abs(value) >= _EXACT:
            value = str(value)
        if not isinstance(value, str):
            return value
        address = sheet_url(value) if link and self._links < LINKS else None
        if address is None:
            return self.text(self._sheet, value)
        self._links += 1
        cell = WriteOnlyCell(self._sheet, address)
        cell.hyperlink = address
        cell.font = self._linked
        return cell

    def text(self, sheet: Any, value: str) -> Any:  # noqa: ANN401
        """A text cell, whatever the text looks like."""
        legal, removed = _ILLEGAL.subn("", value)
        self.lost.controls += removed
        self.lost.cut += len(legal) > LONGEST
        legal = legal[:LONGEST]
        if not legal.startswith(_TAKEN):
            return legal
        cell = WriteOnlyCell(sheet, legal)
        cell.data_type = "s"
        return cell

    def save(self, file: IO[bytes]) -> None:
        ExcelWriter(self._book, _Dated(file, self._at)).save()

    def discard(self) -> None:
        """Remove the sheets' temporary files."""
        for sheet in self._book.worksheets:
            with suppress(Exception):
                sheet.close()
            with suppress(OSError, ValueError, AttributeError):
                sheet._writer.cleanup()


class _Dated(ZipFile):
    """A zip whose entries bear one time, and whose workbook does."""

    def __init__(self, file: IO[bytes], written_at: datetime) -> None:
        super().__init__(file, "w", ZIP_DEFLATED)
        self._at = written_at

    def writestr(  # type: ignore[override]
        self, name: str, data: bytes | str
    ) -> None:
        """A small part, as openpyxl gives it."""
        told = self._core() if name == _CORE else data
        super().writestr(entry(name, self._at), told)

    def write(self, path: str, name: str) -> None:  # type: ignore[override]
        """A sheet, from its temporary file."""
        told = entry(name, self._at)
        told.file_size = Path(path).stat().st_size
        with open(path, "rb") as source, self.open(told, "w") as target:
            while part := source.read(1 << 20):
                target.write(part)

    def _core(self) -> bytes:
        at = self._at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        told = DocumentProperties(creator="Groundswell", created=at, modified=at)
        core: bytes = tostring(told.to_tree())
        return core
