"""Identifiers in the shapes that the platforms use, each a pure function."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TID = "234567abcdefghijklmnopqrstuvwxyz"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def micros(moment: datetime) -> int:
    """Unix microseconds of an aware time, exact."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    """The aware UTC time of unix microseconds."""
    return _EPOCH + timedelta(microseconds=value)


def snowflake(moment: datetime, number: int) -> int:
    """A Mastodon id: milliseconds, then 16 bits that keep posts of one moment apart."""
    return (micros(moment) // 1000 << 16) | (number & 0xFFFF)


def flake(key: int) -> str:
    """A Pleroma id for a `snowflake` key: base 62, as ordered as the key is."""
    value = (key >> 16) << 64 | (0xD3A7 << 16) | (key & 0xFFFF)
    digits = []
    while value:
        value, digit = divmod(value, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))


def tid(moment: datetime, number: int) -> str:
    """An AT Protocol record key: microseconds and a clock id, sortable base 32."""
    value = (micros(moment) << 10) | (number & 0x3FF)
    return "".join(_TID[value >> shift & 31] for shift in range(60, -1, -5))


def did(name: str) -> str:
    """A did:plc made from a name."""
    return "did:plc:" + _base32(name)[:24]


def cid(*parts: object) -> str:
    """A content id: another one whenever a part differs."""
    return "bafyrei" + _base32("|".join(map(str, parts)))[:52]


def fraction(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _base32(text: str) -> str:
    digest = hashlib.sha512(text.encode()).digest()
    return b32encode(digest).decode().rstrip("=").lower()


def timestamp(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z, as Mastodon and Bluesky write it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
