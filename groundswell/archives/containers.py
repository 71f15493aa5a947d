"""Records out of texts and tables: NDJSON, one JSON document, CSV, XLSX, Parquet."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import ijson
import msgspec

from groundswell.archives import reading
from groundswell.archives.reading import Member
from groundswell.archives.records import ArchiveError, Container, Record, Sample

SAMPLE = 40
_decode = msgspec.json.decode
_ARRAYS = re.compile(r"^\s*(?:window\.YTD\.[\w.]+\s*=\s*)?\[")
_OUTBOX = re.compile(r'^\s*\{[^\[]*"orderedItems"\s*:', re.DOTALL)
_DATE = re.compile(r"^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_NUMBER = re.compile(r"^\s*-?\d+(\.\d+)?([eE]\+?\d+)?\s*$")
_WITHOUT_NAMES = (
    "the first row looks like data, not like the names of columns; write a first row with "
    "names, or name them: --columns id,author,text"
)
Progress = Callable[[int], None]


def container_of(member: Member) -> Container:
    """What a text is, by its beginning. Raises ArchiveError."""
    begin = reading.head(member)
    bare = begin.lstrip("\ufeff \t\r\n")
    if _is_frame(bare):
        return "ndjson"
    if _ARRAYS.match(bare) or _OUTBOX.match(bare) or _is_document(bare):
        return "json"
    if bare.startswith("{"):
        return "ndjson"
    if not bare:
        raise ArchiveError(f"{member.name}: there is nothing in it")
    if bare.startswith("<"):
        raise ArchiveError(
            f"{member.name}: this is a web page or XML; export it as JSON or CSV"
        )
    return "csv"


def _is_frame(bare: str) -> bool:
    """Whether the first line is a whole list that begins with a word, as the messages of
    Nostr's relays are; a document's list holds objects."""
    first = _loosely(bare.partition("\n")[0])
    return isinstance(first, list) and bool(first) and isinstance(first[0], str)


def _is_document(bare: str) -> bool:
    """Whether a text that begins with { is one JSON document over many lines."""
    first = bare.partition("\n")[0].strip()
    return bare.startswith("{") and first in {"{", "{\r"}


def records(
    member: Member,
    container: Container,
    *,
    columns: Sequence[str] = (),
    progress: Progress | None = None,
) -> Iterator[Record]:
    """The records of a text. columns: names for a table without a first row of names.

    Raises ArchiveError.
    """
    if container == "ndjson":
        return _ndjson(member, progress)
    if container == "json":
        return _document(member, progress)
    return _csv(member, columns, progress)


def _ndjson(member: Member, progress: Progress | None) -> Iterator[Record]:
    for line in reading.lines(member, progress=progress):
        if line.text is None:
            yield Record(line.number, None, line.problem)
        elif line.text.strip():
            yield _parsed(line.number, line.text)


def _parsed(number: int, text: str) -> Record:
    try:
        value = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        value = _loosely(text)
        if value is None:
            return Record(number, None, "it is not JSON, or breaks off")
    if isinstance(value, list):
        value = {"frame": value}  # Nostr's relays write their messages as lists
    if not isinstance(value, dict):
        return Record(number, None, "it is JSON, but no object")
    return Record(number, value)


def _loosely(text: str) -> Any:  # noqa: ANN401 - JSON has any type
    """Python's own reader takes NaN and lone surrogates, which some programs write."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class _Pieces:
    """Pieces of a text as a stream, for readers that want one; before its first bracket
    everything is left out (X's archives begin with a line of JavaScript)."""

    def __init__(self, pieces: Iterator[bytes], *, from_bracket: bool) -> None:
        self._pieces, self._rest, self._wait = pieces, b"", from_bracket

    def read(self, size: int = -1) -> bytes:
        while size and not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            if self._wait:
                at = piece.find(b"[")
                piece, self._wait = (piece[at:], False) if at >= 0 else (b"", True)
            self._rest = piece
        size = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def _document(member: Member, progress: Progress | None) -> Iterator[Record]:
    """The items of a JSON document: its own list, or that of an outbox or a listing."""
    bare = reading.head(member).lstrip("\ufeff \t\r\n")
    is_list = _ARRAYS.match(bare) is not None
    stream = _Pieces(reading.chunks(member, progress), from_bracket=is_list)
    prefix = "item" if is_list else _prefix(bare)
    number = 0
    try:
        for value in ijson.items(stream, prefix, use_float=True):
            number += 1
            if isinstance(value, dict):
                yield Record(number, value)
            else:
                yield Record(number, None, "it is JSON, but no object")
    except (ijson.JSONError, UnicodeError, EOFError, ValueError) as error:
        what = "it breaks off" if "premature" in str(error).lower() else "it is damaged"
        yield Record(number + 1, None, f"{what}; what came before is kept")


def _prefix(bare: str) -> str:
    """Where a document keeps its items; the document itself where it has none."""
    for key in (
        "orderedItems",
        "data",
        "items",
        "tweets",
        "posts",
        "statuses",
        "articles",
    ):
        if re.search(rf'"{key}"\s*:\s*\[', bare):
            return f"{key}.item"
    return ""


def _csv(
    member: Member, columns: Sequence[str], progress: Progress | None
) -> Iterator[Record]:
    csv.field_size_limit(reading.LONGEST)
    dialect = _dialect(reading.head(member))
    problems: list[Record] = []

    def texts() -> Iterator[str]:
        for line in reading.lines(member, progress=progress):
            if line.text is None:
                problems.append(Record(line.number, None, line.problem))
            else:
                yield line.text + "\n"

    rows = csv.reader(texts(), delimiter=dialect)
    names = list(columns) or _names(rows, member.name)
    while True:
        at = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            yield Record(at, None, f"it is no row of a table: {error}")
            continue
        yield from _drained(problems)
        if any(row):
            yield _row(at, names, row)
    yield from _drained(problems)


def _names(rows: Iterator[list[str]], where: str) -> list[str]:
    """The names in the first row. Raises ArchiveError where it has none."""
    try:
        names = [name.strip().lstrip("\ufeff") for name in next(rows, [])]
    except csv.Error as error:
        raise ArchiveError(f"{where}: it is no table: {error}") from error
    _refuse_data(names, where)
    return names


def _drained(problems: list[Record]) -> Iterator[Record]:
    while problems:
        yield problems.pop(0)


def _row(number: int, names: Sequence[str], row: Sequence[str]) -> Record:
    if len(row) > len(names) and any(row[len(names) :]):
        problem = f"it has {len(row)} cells where the table has {len(names)} columns"
        return Record(number, None, problem)
    return Record(number, dict(zip(names, row, strict=False)))


def _dialect(sample: str) -> str:
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


# --- workbooks and Parquet


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


def sample(found: Iterator[Record], container: Container, member: str) -> Sample:
    """The beginning of a file, for those who recognise it."""
    read = itertools.islice(found, SAMPLE)
    values = [one.value for one in read if one.value is not None]
    columns = (
        tuple(values[0]) if values and container in {"csv", "xlsx", "parquet"} else ()
    )
    return Sample(container, values, columns, member)
