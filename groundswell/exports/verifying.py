"""An evidence pack held against its own manifest. Nothing is unpacked to the disk."""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from groundswell.exports.zipped import FORMAT, MANIFEST, SUMS, sums

_ENTRIES = 100_000
_MANIFEST_SIZE = 32 << 20
# Deflate makes at most so much out of a byte; a pack that claims more is a bomb.
_RATIO = 1032
_PART = 1 << 20
_END, _END_SIZE = b"PK\x05\x06", 22  # the last record of a zip without a comment
_ENCRYPTED = 0x1
_BROKEN = (
    BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
    ValueError, OverflowError,
)  # fmt: skip


@dataclass(slots=True)
class Verdict:
    """problems: what differs, a sentence each; empty where the pack is whole. fingerprint:
    the manifest's SHA-256, None where it could not be read. files: how many it lists."""

    problems: list[str] = field(default_factory=list)
    fingerprint: str | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    files: int = 0


def verify(path: Path, *, fingerprint: str | None = None) -> Verdict:
    """What differs between a pack and its manifest.

    fingerprint: the manifest's SHA-256 as it was kept elsewhere, in hexadecimal.
    """
    verdict = Verdict()
    try:
        with ZipFile(path) as archive:
            verdict.problems += _shape(archive, path.stat().st_size)
            verdict.problems += _around(archive, path)
            if not verdict.problems:
                _check(archive, verdict)
    except _BROKEN as error:
        verdict.problems.append(
            f"it cannot be read as a zip, which an evidence pack is: {error}"
        )
    if fingerprint and verdict.fingerprint not in {None, fingerprint.strip().lower()}:
        verdict.problems.append(
            f"{MANIFEST}: its SHA-256 is {verdict.fingerprint}, not {fingerprint}"
        )
    return verdict


def fingerprint(path: Path) -> str:
    """The manifest's SHA-256, of a pack that was just written."""
    with ZipFile(path) as archive:
        return hashlib.sha256(archive.read(MANIFEST)).hexdigest()


def _shape(archive: ZipFile, size: int) -> Iterator[str]:
    """What no pack of ours looks like: said before anything is read."""
    entries = archive.infolist()
    if len(entries) > _ENTRIES:
        yield f"it has {len(entries)} entries; {_ENTRIES} are the most"
        return
    if sum(entry.file_size for entry in entries) > _RATIO * size:
        yield "it claims to hold more than can be packed into its size"
    for name, count in Counter(entry.filename for entry in entries).items():
        if count > 1:
            yield f"{name!r}: it is there {count} times"
        if not _plain(name):
            yield f"{name!r}: this is no plain file name"
    for entry in entries:
        yield from _odd(entry)
    if archive.comment:
        yield "the zip bears a comment, which the manifest does not speak of"


def _around(archive: ZipFile, path: Path) -> Iterator[str]:
    """What stands before the first file or after the last byte of the zip."""
    with path.open("rb") as file:
        file.seek(-_END_SIZE, os.SEEK_END)
        if not file.read().startswith(_END):
            yield "bytes stand behind the end of the zip"
    if min((entry.header_offset for entry in archive.infolist()), default=0) > 0:
        yield "bytes stand before the first file of the zip"


def _plain(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)) and (
        PurePosixPath(name).name == name
    )


def _odd(entry: ZipInfo) -> Iterator[str]:
    if entry.flag_bits & _ENCRYPTED:
        yield f"{entry.filename!r}: it is encrypted"
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        yield f"{entry.filename!r}: it is packed in a way that no pack is"


def _check(archive: ZipFile, verdict: Verdict) -> None:
    entries = {entry.filename: entry for entry in archive.infolist()}
    told = entries.pop(MANIFEST, None)
    if told is None:
        verdict.problems.append(f"{MANIFEST} is missing: this is no evidence pack")
        return
    if told.file_size > _MANIFEST_SIZE:
        verdict.problems.append(f"{MANIFEST} is too large")
        return
    text = archive.read(told)
    verdict.fingerprint = hashlib.sha256(text).hexdigest()
    listed = _listed(text, verdict)
    verdict.files = len(listed)
    for name, (size, digest) in listed.items():
        entry = entries.pop(name, None)
        if entry is None:
            verdict.problems.append(f"{name}: it is missing")
        elif problem := _differs(archive, entry, size, digest):
            verdict.problems.append(f"{name}: {problem}")
    verdict.problems += [f"{name}: the manifest does not list it" for name in entries]
    if SUMS in listed and not verdict.problems:
        own = ((n, digest) for n, (_, digest) in listed.items() if n != SUMS)
        wanted = sums(own)
        if listed[SUMS][0] != len(wanted) or archive.read(SUMS) != wanted:
            verdict.problems.append(f"{SUMS}: it says something else than {MANIFEST}")


def _listed(text: bytes, verdict: Verdict) -> dict[str, tuple[int, str]]:
    """Each file's size and hash, as the manifest says; a problem where it says nothing."""
    try:
        told = json.loads(text)
        found = [
            (str(f["name"]), int(f["size"]), str(f["sha256"])) for f in told["files"]
        ]
        known = told["format"] == FORMAT
    except (KeyError, TypeError, ValueError, RecursionError):
        verdict.problems.append(f"{MANIFEST}: this is no manifest of a pack")
        return {}
    if not known:
        verdict.problems.append(f"{MANIFEST}: its format is not {FORMAT}")
    listed = {name: (size, digest) for name, size, digest in found}
    if len(listed) < len(found):
        verdict.problems.append(f"{MANIFEST}: it lists a file twice")
    verdict.manifest = told
    return listed


def _differs(archive: ZipFile, entry: ZipInfo, size: int, digest: str) -> str | None:
    if entry.file_size != size:
        return f"it has {entry.file_size} bytes, not {size}"
    found, read = hashlib.sha256(), 0
    try:
        with archive.open(entry) as file:
            while part := file.read(_PART):
                found.update(part)
                read += len(part)
                if read > size:
                    break
    except _BROKEN as error:
        return f"it cannot be read: {error}"
    if read != size:
        return f"it has {read} bytes, not {size}"
    return (
        None if found.hexdigest() == digest else "its SHA-256 differs: it was changed"
    )
