"""What a post or author is refused for."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

# Nearly every address; what is odd is parsed whole, at three times the time.
_PLAIN = re.compile(r"https?://[a-zA-Z0-9.-]+(?::\d{1,5})?(?:[/?#][!-Z^-~]*)?")

_MOST = 2**63  # what a database's integer holds


class BrokenRecord(ValueError):
    """A post or author that must not travel further; says which field and why."""


def refuse(condition: bool, message: str) -> None:
    """Raise BrokenRecord where the condition holds."""
    if condition:
        raise BrokenRecord(message)


def check_url(name: str, url: str | None) -> None:
    """Refuse what is no absolute http(s) URL; None is none."""
    if url is None or _PLAIN.fullmatch(url):
        return
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BrokenRecord(f"{name} is not a URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise BrokenRecord(f"{name} must be an absolute http(s) URL, not {url[:80]!r}")


def check_time(name: str, moment: datetime | None) -> None:
    """Refuse a moment without a time zone; None is none."""
    if moment is not None and moment.utcoffset() is None:
        raise BrokenRecord(f"{name} has no time zone")


def check_count(name: str, count: int | None) -> None:
    """Refuse a negative count and one that no database holds; None is unknown."""
    if count is not None and not 0 <= count < _MOST:
        what = f"negative: {count}" if count < 0 else "absurd"
        raise BrokenRecord(f"{name} is {what}")
