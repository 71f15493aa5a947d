"""What is the same in every zip: entries that depend on name and time alone, names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZipInfo

# What an evidence pack's manifest calls itself, and where it lies.
FORMAT = "groundswell-evidence/1"
MANIFEST = "manifest.json"
# The same hashes in the form that `sha256sum -c` reads (GNU coreutils).
SUMS = "SHA256SUMS"
_UNIX = 3
_READABLE = 0o100644 << 16


def sums(files: Iterable[tuple[str, str]]) -> bytes:
    """The lines of SHA256SUMS, by name. files: names and SHA-256 in hexadecimal."""
    lines = (f"{digest}  {name}\n" for name, digest in sorted(files))
    return "".join(lines).encode()


def entry(name: str, at: datetime) -> ZipInfo:
    """A packed file of this name and time (UTC; zip knows no year before 1980)."""
    moment = max(at.astimezone(UTC), datetime(1980, 1, 1, tzinfo=UTC))
    info = ZipInfo(name, moment.timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = _READABLE
    return info
