"""Files as lines of UTF-8, without ever holding a file: compressed ones are read in place.

What can be wrong with a file is a `Line` with a problem, so that the rest goes on: a line
that is too long, an end that is missing, a compressed file that was cut short.
"""

from __future__ import annotations

import codecs
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import zstandard

from groundswell.archives.records import ArchiveError

CHUNK = 1 << 18
_PACKED = 1 << 14  # a piece may unpack to thousands of times its size
LONGEST = 16_000_000
# Text packs ten to fifty times; a thousand times, past the first megabytes, is an attack.
_RATIO, _RATIO_FROM = 1000, 64_000_000
_TEXTS = (".json", ".jsonl", ".ndjson", ".js", ".csv", ".tsv", ".txt")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CUT = "the file is cut short here; what came before is kept"
_DAMAGED = (EOFError, OSError, zlib.error, zstandard.ZstdError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. number: from 1. text: without its end; None where it has a problem."""

    number: int
    text: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A text inside a file, or the file itself. open: a new stream of its bytes.
    packed: how many bytes it takes in the file."""

    name: str
    open: Callable[[], IO[bytes]]
    packed: int


def magic(path: Path) -> bytes:
    """The first bytes of a file. Raises ArchiveError."""
    try:
        with path.open("rb") as file:
            return file.read(8)
    except IsADirectoryError:
        raise ArchiveError(f"{path}: this is a folder; name the files in it") from None
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror}") from None


def is_workbook(path: Path) -> bool:
    """Whether it is an XLSX file, which is a zip."""
    if not magic(path).startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as packed:
            return "xl/workbook.xml" in packed.namelist()
    except zipfile.BadZipFile:
        return False


def members(path: Path) -> list[Member]:
    """The texts in a file: itself, unpacked where it is compressed, or those of a zip or
    tar. Raises ArchiveError."""
    head = magic(path)
    size = path.stat().st_size
    if not size:
        raise ArchiveError(f"{path}: the file is empty")
    if head.startswith(b"PK\x03\x04"):
        return _of_zip(path)
    if head.startswith(b"\x1f\x8b"):
        return _of_tar(path) or [Member(path.name, lambda: _gzip(path), size)]
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return [Member(path.name, lambda: _zstd(path), size)]
    return _of_tar(path) or [Member(path.name, lambda: path.open("rb"), size)]


def _gzip(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb"))


class _Zstd(io.RawIOBase):
    """A zstd file, frame after frame. The library's own reader takes a missing end for
    the end, and a hole that nobody knows of would follow."""

    def __init__(self, path: Path) -> None:
        # Long windows are what archives of whole months are packed with.
        self._unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 31)
        self._file, self._frame, self._rest = path.open("rb"), self._start(), b""

    def _start(self) -> zstandard.ZstdDecompressionObj:
        return self._unpacker.decompressobj()

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def read(self, size: int = -1) -> bytes:
        """Some bytes, none at the end. Raises EOFError where a frame has no end."""
        while not self._rest:
            if self._frame.eof:
                packed, begun = self._frame.unused_data, False
                self._frame = self._start()
            else:
                packed, begun = b"", True
            packed = packed or self._file.read(_PACKED)
            if not packed and begun:
                raise EOFError("a frame has no end")
            if not packed:
                return b""
            self._rest = self._frame.decompress(packed)
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def _zstd(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", _Zstd(path))


def _of_zip(path: Path) -> list[Member]:
    try:
        with zipfile.ZipFile(path) as packed:
            found = [one for one in packed.infolist() if _is_text(one.filename)]
    except zipfile.BadZipFile as error:
        raise ArchiveError(f"{path}: the zip file is damaged or cut short") from error
    if not found:
        raise ArchiveError(f"{path}: no JSON or CSV file is in this zip")

    def opener(name: str) -> Callable[[], IO[bytes]]:
        return lambda: zipfile.ZipFile(path).open(name)

    return [
        Member(one.filename, opener(one.filename), one.compress_size) for one in found
    ]


def _is_text(name: str) -> bool:
    return name.lower().endswith(_TEXTS) and "__MACOSX" not in name


def _of_tar(path: Path) -> list[Member]:
    """The texts of a tar file; none where it is no tar."""
    try:
        with tarfile.open(path) as packed:
            found = [one for one in packed if one.isfile() and _is_text(one.name)]
    except (tarfile.TarError, *_DAMAGED):
        return []

    def opener(name: str) -> Callable[[], IO[bytes]]:
        return lambda: tarfile.open(path).extractfile(name) or io.BytesIO()

    return [Member(one.name, opener(one.name), one.size) for one in found]


def chunks(
    member: Member, progress: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """A text in pieces of UTF-8, whatever it was written in.

    progress: told how many bytes each piece had. Raises ArchiveError for what unpacks to
    absurd sizes, and EOFError for what is cut short.
    """
    unpacked = 0
    with member.open() as stream:
        first = stream.read(CHUNK)
        decode, first = _decoder(first)
        piece = first
        while piece:
            unpacked += len(piece)
            if unpacked > _RATIO_FROM and unpacked > _RATIO * max(member.packed, 1):
                raise ArchiveError(
                    f"{member.name}: it unpacks to more than {_RATIO} times its size, "
                    "which no text does; it may be a zip bomb and is not read further"
                )
            if progress is not None:
                progress(len(piece))
            yield decode(piece)
            piece = stream.read(CHUNK)


def _decoder(first: bytes) -> tuple[Callable[[bytes], bytes], bytes]:
    """How to make UTF-8 of a text, and its first piece without the mark."""
    for mark, name in _BOMS:
        if first.startswith(mark):
            return _recoder(name), first[len(mark) :]
    # Without a mark: every second byte of plain letters in UTF-16 is zero.
    sample = first[:400]
    for name, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if len(zeros) > 8 and zeros.count(0) > 0.8 * len(zeros):
            return _recoder(name), first
    return (lambda piece: piece), first


def _recoder(name: str) -> Callable[[bytes], bytes]:
    if name == "utf-8":
        return lambda piece: piece
    decoder = codecs.getincrementaldecoder(name)("replace")
    return lambda piece: decoder.decode(piece).encode()


def lines(
    member: Member,
    *,
    longest: int = LONGEST,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Line]:
    """The lines of a text. One that is too long is named by its number and not held.

    Raises ArchiveError.
    """
    number, parts, held, too_long = 1, list[bytes](), 0, False

    def finished() -> Line:
        if too_long:
            return Line(number, None, f"the line is longer than {longest:,} bytes")
        return Line(number, _text(b"".join(parts)))

    try:
        for piece in chunks(member, progress):
            first, *others = piece.split(b"\n")
            for place, part in enumerate((first, *others)):
                if place:
                    yield finished()
                    number, parts, held, too_long = number + 1, [], 0, False
                held += len(part)
                too_long = too_long or held > longest
                if too_long:
                    parts = []
                else:
                    parts.append(part)
    except _DAMAGED:
        if parts or too_long:
            yield finished()
            number += 1
        yield Line(number, None, _CUT)
        return
    if held or too_long:
        yield finished()


def _text(raw: bytes) -> str:
    """A line without its end; bytes that are no UTF-8 are taken for Windows' Latin."""
    bare = raw.rstrip(b"\r")
    try:
        text = bare.decode()
    except UnicodeDecodeError:
        text = bare.decode("cp1252", "replace")
    return text.replace("\x00", "") if "\x00" in text else text


def head(member: Member, size: int = 65_536) -> str:
    """The beginning of a text. Raises ArchiveError."""
    found: list[bytes] = []
    try:
        for piece in chunks(member):
            found.append(piece)
            if sum(map(len, found)) >= size:
                break
    except _DAMAGED as error:
        if not found:
            raise ArchiveError(
                f"{member.name}: the file is damaged or cut short, right at its beginning"
            ) from error
    return b"".join(found)[:size].decode("utf-8", "replace").replace("\x00", "")


def fingerprint(paths: Sequence[Path]) -> str:
    """What a file is known by, wherever it lies: its size, beginning and end."""
    import hashlib

    told = hashlib.sha256()
    for path in paths:
        size = path.stat().st_size
        told.update(str(size).encode())
        with path.open("rb") as file:
            told.update(file.read(1 << 20))
            file.seek(max(size - (1 << 20), 0))
            told.update(file.read(1 << 20))
    return told.hexdigest()
