"""Nostr: events, or a relay's messages, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from collectors import _nostr_events as nostr
from collectors.base import BrokenRecord
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "nostr_events"
TITLE = "Nostr: events as JSONL"
_KEYS = {"id", "pubkey", "sig", "kind", "content"}


def fits(sample: Sample) -> float:
    """Every event is signed."""
    known = [one for one in sample.records if _event(one) is not None or "frame" in one]
    events = [one for one in sample.records if _event(one) is not None]
    return 0.95 * len(known) / len(sample.records) if events else 0.0


def _event(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The event of a record: itself, or the last part of a relay's message."""
    if set(value) >= _KEYS:
        return value
    frame = value.get("frame")
    last = frame[-1] if isinstance(frame, list) and frame else None
    return last if isinstance(last, dict) and set(last) >= _KEYS else None


def entries(record: Record, context: Context) -> Iterator[Entry]:  # noqa: ARG001
    """One event a line; nothing is believed that is not signed."""
    event = _event(record.value or {})
    if event is None:
        yield Entry(record.line, skipped="a relay's notice")
        return
    try:
        sound = nostr.checked(event)
        if sound["kind"] in nostr.KINDS:
            yield Entry(record.line, post=nostr.to_post(sound))
        elif sound["kind"] == nostr.DELETE:
            yield from _deletions(record.line, sound)
        else:
            yield Entry(record.line, skipped="not a post")
    except BrokenRecord as error:
        yield Entry(record.line, rejected=str(error))


def _deletions(line: int, event: Mapping[str, Any]) -> Iterator[Entry]:
    """What an event asks to delete (NIP-09): its own author's events, nobody else's."""
    by = f"nostr:{event['pubkey']}"
    found = [f"nostr:event:{one}" for one in nostr.values(event, "e")]
    found += [f"nostr:address:{one}" for one in nostr.values(event, "a")]
    for uri in found:
        yield Entry(line, deletion=uri, deleted_by=by)
    if not found:
        yield Entry(line, skipped="a deletion that names nothing")
