"""Records out of texts: what container they are in, and NDJSON and JSON documents."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ijson
import msgspec

from groundswell.archives import reading, tabular
from groundswell.archives.packed import Member
from groundswell.archives.reading import Line
from groundswell.archives.records import ArchiveError, Container, Record, Sample

SAMPLE = 40
_decode = msgspec.json.decode
_ARRAYS = re.compile(r"^\s*(?:window\.YTD\.[\w.]+\s*=\s*)?\[")
_OUTBOX = re.compile(r'^\s*\{[^\[]*"orderedItems"\s*:', re.DOTALL)
Progress = Callable[[int], None]
Piece = Record | Line


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


def pieces(
    member: Member,
    container: Container,
    *,
    columns: Sequence[str] = (),
    progress: Progress | None = None,
) -> Iterator[Piece]:
    """The records of a text, those of NDJSON as lines that `record_of` decodes, wherever
    there is time for it. columns: names for a table without a first row of names.

    Raises ArchiveError.
    """
    if container == "ndjson":
        return _lines(member, progress)
    if container == "json":
        return _document(member, progress)
    return tabular.table(member, columns, progress)


def _lines(member: Member, progress: Progress | None) -> Iterator[Line]:
    for line in reading.lines(member, progress=progress):
        if line.text is None or not (line.text == "" or line.text.isspace()):
            yield line


def record_of(piece: Piece) -> Record:
    """A piece as a record."""
    if isinstance(piece, Record):
        return piece
    if piece.text is None:
        return Record(piece.number, None, piece.problem)
    return _parsed(piece.number, piece.text)


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


def sample(found: Iterator[Piece], container: Container, member: str) -> Sample:
    """The beginning of a file, for those who recognise it."""
    read = map(record_of, itertools.islice(found, SAMPLE))
    values = [one.value for one in read if one.value is not None]
    columns = (
        tuple(values[0]) if values and container in {"csv", "xlsx", "parquet"} else ()
    )
    return Sample(container, values, columns, member)
