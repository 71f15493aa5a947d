"""Records out of tables: CSV, workbooks, Parquet."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from groundswell.archives import reading
from groundswell.archives.packed import Member
from groundswell.archives.records import ArchiveError, Record

_DATE = re.compile(r"^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_NUMBER = re.compile(r"^\s*-?\d+(\.\d+)?([eE]\+?\d+)?\s*$")
_WITHOUT_NAMES = (
    "the first row looks like data, not like the names of columns; write a first row with "
    "names, or name them: --columns id,author,text"
)


class _Lines:
    """The lines of a text for a reader of rows, which can be given back.

    separator: what stands between cells. taken: the lines of the row in hand. problems:
    lines that could not be read.
    """

    def __init__(self, found: Iterator[reading.Line], separator: str) -> None:
        self._found, self.separator = found, separator
        self._back: deque[reading.Line] = deque()
        self.taken: list[reading.Line] = []
        self.problems: list[Record] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._found, None)
        while line is not None and line.text is None:
            self.problems.append(Record(line.number, None, line.problem))
            line = next(self._found, None)
        if line is None:
            raise StopIteration
        self.taken.append(line)
        return f"{line.text}\n"

    def begin(self) -> None:
        """A new row begins with the next line."""
        self.taken = []

    def give_back(self) -> None:
        """All lines of the row in hand but its first are read again."""
        self._back.extendleft(reversed(self.taken[1:]))
        self.taken = self.taken[:1]


def table(
    member: Member,
    columns: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
) -> Iterator[Record]:
    """The rows of a CSV file. columns: names, where its first row has none.

    A quotation mark that is never closed costs the row that it stands in, not those that
    follow. Raises ArchiveError.
    """
    csv.field_size_limit(reading.LONGEST)
    found = reading.lines(member, progress=progress)
    lines = _Lines(found, _separator(reading.head(member)))
    rows = csv.reader(lines, delimiter=lines.separator)
    names = list(columns) or _names(rows, member.name)
    while True:
        lines.begin()
        try:
            row = next(rows)
            problem = _problem(row, names, lines)
        except StopIteration:
            break
        except csv.Error as error:
            row, problem = [], f"it is no row of a table: {error}"
        at = lines.taken[0].number if lines.taken else 0
        if problem is not None and len(lines.taken) > 1:
            lines.give_back()
            rows = csv.reader(lines, delimiter=lines.separator)
        if problem is not None:
            yield Record(at, None, problem)
        elif any(row):
            filled = [*row, *[""] * (len(names) - len(row))]
            yield Record(at, dict(zip(names, filled, strict=False)))
        while lines.problems:
            yield lines.problems.pop(0)
    yield from lines.problems


def _problem(row: Sequence[str], names: Sequence[str], lines: _Lines) -> str | None:
    """Why a row cannot be taken; None where it can."""
    is_long = len(row) > len(names) and any(row[len(names) :])
    is_swallowed = len(lines.taken) > 1 and len(row) < len(names)
    if is_long or is_swallowed:
        return f"it has {len(row)} cells where the table has {len(names)} columns"
    return _misquoted(lines) if len(lines.taken) > 1 else None


def _misquoted(lines: _Lines) -> str | None:
    """Rows over several lines are held against the rules (RFC 4180): a quotation mark
    that is never closed swallows the rows after it, up to the next one."""
    texts = [f"{line.text}\n" for line in lines.taken]
    try:
        list(csv.reader(texts, delimiter=lines.separator, strict=True))
    except csv.Error:
        return "a quotation mark in it is never closed"
    return None


def _names(rows: Iterator[list[str]], where: str) -> list[str]:
    """The names in the first row. Raises ArchiveError where it has none."""
    try:
        names = [name.strip().lstrip("\ufeff") for name in next(rows, [])]
    except csv.Error as error:
        raise ArchiveError(f"{where}: it is no table: {error}") from error
    _refuse_data(names, where)
    return names


def _separator(sample: str) -> str:
    """What stands between cells: the one of , ; tab | that is most in the first line."""
    first = sample.partition("\n")[0]
    return max((",", ";", "\t", "|"), key=lambda mark: (first.count(mark), mark == ","))


def _refuse_data(names: Sequence[str], where: str) -> None:
    """Raise ArchiveError where a first row is no row of names."""
    odd = [
        name
        for name in names
        if len(name) > 80 or "://" in name or _DATE.match(name) or _NUMBER.match(name)
    ]
    if not names or odd or len({n.casefold() for n in names if n}) < 2:
        raise ArchiveError(f"{where}: {_WITHOUT_NAMES}")


def workbook(path: Path, columns: Sequence[str] = ()) -> Iterator[Record]:
    """The rows of a workbook's first sheet. Raises ArchiveError."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise ArchiveError(f"{path}: the workbook cannot be read") from error
    sheet = book.worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    names = list(columns) or [str(cell or "").strip() for cell in next(rows, ())]
    if not columns:
        _refuse_data(names, path.name)
    for number, row in enumerate(rows, 1 if columns else 2):
        if any(cell is not None for cell in row):
            yield Record(number, dict(zip(names, row, strict=False)))
    book.close()


def parquet(path: Path) -> Iterator[Record]:
    """The rows of a Parquet file. Raises ArchiveError."""
    try:
        import pyarrow.parquet as arrow
    except ImportError:
        raise ArchiveError(
            f"{path}: reading Parquet needs a package that is not installed: "
            "./run setup --parquet"
        ) from None
    try:
        with arrow.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=1000):
                for row in batch.to_pylist():
                    number += 1
                    yield Record(number, row)
    except (OSError, ValueError) as error:
        raise ArchiveError(f"{path}: the Parquet file is damaged") from error
