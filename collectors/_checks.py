"""What a post or author is refused for."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit


class BrokenRecord(ValueError):
    """A post or author that must not travel further; says which field and why."""


def refuse(condition: bool, message: str) -> None:
    """Raise BrokenRecord where the condition holds."""
    if condition:
        raise BrokenRecord(message)


def check_url(name: str, url: str | None) -> None:
    """Refuse what is no absolute http(s) URL; None is none."""
    if url is None:
        return
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BrokenRecord(f"{name} is not a URL: {error}") from error
    refuse(
        parts.scheme not in {"http", "https"} or not parts.netloc,
        f"{name} must be an absolute http(s) URL, not {url[:80]!r}",
    )


def check_time(name: str, moment: datetime | None) -> None:
    """Refuse a moment without a time zone; None is none."""
    if moment is not None:
        refuse(moment.utcoffset() is None, f"{name} has no time zone")


def check_count(name: str, count: int | None) -> None:
    """Refuse a negative count and one that no database holds; None is unknown."""
    refuse(count is not None and count < 0, f"{name} is negative: {count}")
    refuse(count is not None and count >= 2**63, f"{name} is absurd")
