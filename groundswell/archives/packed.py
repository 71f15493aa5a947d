"""Files that hold texts: compressed ones, zips and tars, read in place and never unpacked
to the disk."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

import zstandard

from groundswell.archives.records import ArchiveError

_PACKED = 1 << 14  # a piece may unpack to thousands of times its size
_LIKELY_RATIO = 10
_TEXTS = (".json", ".jsonl", ".ndjson", ".js", ".csv", ".tsv", ".txt")
# What reading any of them raises where a file is damaged or breaks off.
DAMAGED = (
    EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError,
    zipfile.BadZipFile,
)  # fmt: skip
_UNREADABLE = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it and name the files in it",
    b"Rar!": "a RAR archive; unpack it and name the files in it",
    b"\x04\x22\x4d\x18": "packed with lz4; unpack it first",
    b"%PDF": "a PDF; export the posts as JSON or CSV",
    b"SQLite f": "an SQLite database; export its table of posts as CSV",
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls); save it as XLSX or CSV",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


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


def likely_size(path: Path) -> int:
    """About how many bytes a file holds unpacked: text packs ten times. 0 where it cannot
    be read."""
    try:
        is_packed = magic(path).startswith((b"PK\x03\x04", *_OPENERS))
        return path.stat().st_size * (_LIKELY_RATIO if is_packed else 1)
    except (ArchiveError, OSError):
        return 0


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
    for begin, opener in _OPENERS.items():
        if head.startswith(begin):
            return _of_tar(path) or [Member(path.name, partial(opener, path), size)]
    for begin, what in _UNREADABLE.items():
        if head.startswith(begin):
            raise ArchiveError(f"{path}: this is {what}")
    return _of_tar(path) or [Member(path.name, lambda: path.open("rb"), size)]


def _gzip(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb"))


def _bzip2(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", bz2.open(path, "rb"))


def _xz(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", lzma.open(path, "rb"))


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


_OPENERS: dict[bytes, Callable[[Path], IO[bytes]]] = {
    b"\x1f\x8b": _gzip,
    b"\x28\xb5\x2f\xfd": _zstd,
    b"BZh": _bzip2,
    b"\xfd7zXZ": _xz,
}


def _of_zip(path: Path) -> list[Member]:
    try:
        with zipfile.ZipFile(path) as packed:
            found = [one for one in packed.infolist() if _is_text(one.filename)]
    except zipfile.BadZipFile as error:
        raise ArchiveError(f"{path}: the zip file is damaged or cut short") from error
    if not found:
        raise ArchiveError(f"{path}: no JSON or CSV file is in this zip")

    return [
        Member(one.filename, partial(_unzipped, path, one.filename), one.compress_size)
        for one in found
    ]


def _unzipped(path: Path, name: str) -> IO[bytes]:
    """A file in a zip. Raises ArchiveError."""
    try:
        return zipfile.ZipFile(path).open(name)
    except NotImplementedError:
        raise ArchiveError(
            f"{name}: the zip packs it in a way that is not known here; unpack it first"
        ) from None
    except RuntimeError:
        raise ArchiveError(
            f"{name}: the zip keeps it behind a password; unpack it first"
        ) from None


def _is_text(name: str) -> bool:
    return name.lower().endswith(_TEXTS) and "__MACOSX" not in name


def _of_tar(path: Path) -> list[Member]:
    """The texts of a tar file; none where it is no tar."""
    try:
        with tarfile.open(path) as packed:
            found = [one for one in packed if one.isfile() and _is_text(one.name)]
    except (tarfile.TarError, *DAMAGED):
        return []

    return [
        Member(one.name, partial(_untarred, path, one.name), one.size) for one in found
    ]


def _untarred(path: Path, name: str) -> IO[bytes]:
    return tarfile.open(path).extractfile(name) or io.BytesIO()


def fingerprint(path: Path) -> str:
    """What a file is known by, wherever it lies: its size, beginning and end."""
    size = path.stat().st_size
    told = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        told.update(file.read(1 << 20))
        file.seek(max(size - (1 << 20), 0))
        told.update(file.read(1 << 20))
    return told.hexdigest()
