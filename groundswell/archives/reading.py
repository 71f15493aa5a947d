"""Texts as lines of UTF-8, without ever holding one, whatever they were written in.

What can be wrong with a file is a `Line` with a problem, so that the rest goes on: a line
that is too long, an end that is missing, a compressed file that was cut short.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import NamedTuple

from groundswell.archives.packed import DAMAGED, Member
from groundswell.archives.records import ArchiveError

CHUNK = 1 << 18
LONGEST = 16_000_000
# Text packs ten to fifty times; a thousand times, past the first megabytes, is an attack.
_RATIO, _RATIO_FROM = 1000, 64_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CUT = "the file is cut short here; what came before is kept"


class Line(NamedTuple):
    """One line. number: from 1. text: without its end; None where it has a problem."""

    number: int
    text: str | None
    problem: str | None = None


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
        is_old = True
        while piece:
            unpacked += len(piece)
            if unpacked > _RATIO_FROM and unpacked > _RATIO * max(member.packed, 1):
                raise ArchiveError(
                    f"{member.name}: it unpacks to more than {_RATIO} times its size, "
                    "which no text does; it may be a zip bomb and is not read further"
                )
            if progress is not None:
                progress(len(piece))
            plain = decode(piece)
            # Old programs of the Mac end lines with a carriage return alone.
            is_old = is_old and b"\n" not in plain
            yield plain.replace(b"\r", b"\n") if is_old else plain
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
    except DAMAGED:
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
    except DAMAGED as error:
        if not found:
            raise ArchiveError(
                f"{member.name}: the file is damaged or cut short, right at its beginning"
            ) from error
    return b"".join(found)[:size].decode("utf-8", "replace").replace("\x00", "")
