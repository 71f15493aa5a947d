"""Times as the database holds them: UTC text, YYYY-MM-DDTHH:MM:SSZ, or, where no index is
ordered by them, unix seconds of which a generated column makes that text."""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """An aware moment as UTC text; the year has four digits, so text sorts as time."""
    if moment.tzinfo is UTC:
        return moment.isoformat()[:19] + "Z"
    return (
        moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    )


def to_seconds(moment: datetime) -> int:
    """An aware moment as whole unix seconds, where a column holds those."""
    return int(moment.timestamp() // 1)


def from_text(text: str) -> datetime:
    """The aware moment that a column holds."""
    return datetime.fromisoformat(text).astimezone(UTC)
