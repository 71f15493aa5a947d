"""Jetstream, Bluesky's websocket of everything (v1 JSON, and v2's `/subscribe`).

It has no text filter, so nearly every message is one that nobody wants: those are told
by a look for the terms' words in the raw message, before anything is built.
platforms.md section 5.2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import httpx
import msgspec

from collectors._bluesky_records import POSTS, from_record, is_did, is_post_uri
from collectors._matching import matches
from collectors.base import (
    AccountChange,
    AccountState,
    BadPayload,
    BrokenRecord,
    CollectorError,
    Connection,
    Gap,
    Page,
    Post,
    Query,
    RateLimited,
    Rejected,
    Term,
    Unavailable,
)
from collectors.text import words

QUIET_MAX_S = 120.0
OVERLAP_US = 5_000_000

_SECOND_US = 1_000_000
_LATEST_US = 253_402_300_799 * _SECOND_US  # the last second of the year 9999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TERM: Mapping[str, int] = MappingProxyType({"no term matched": 1})
_NOT_A_POST: Mapping[str, int] = MappingProxyType({"not a post": 1})
_STATES: Mapping[str, AccountState] = MappingProxyType(
    {
        "deleted": "deleted",
        "takendown": "withheld",
        "suspended": "withheld",
        "deactivated": "withheld",
    }
)
# Where a word can stand in the post and not in the message: characters that fall out of
# a text (JSON writes some as \b, \f, \u00..), a bridged post's HTML, hosts in punycode.
_HIDING = ("\\u", "\\b", "\\f", "\x7f", "xn--", "bridgyOriginal")
_DROPPED = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
# Tells of a relay's own trouble with an account's server, not of the account's wish.
_HOSTING = frozenset({"desynchronized", "throttled"})


class _Commit(msgspec.Struct, frozen=True):
    operation: str
    collection: str
    rkey: str
    record: msgspec.Raw = msgspec.Raw(b"")


class _Account(msgspec.Struct, frozen=True):
    active: bool
    status: str | None = None


class _Identity(msgspec.Struct, frozen=True):
    handle: str | None = None


class _Event(msgspec.Struct, frozen=True):
    did: str
    time_us: int
    kind: str
    commit: _Commit | None = None
    account: _Account | None = None
    identity: _Identity | None = None

    @property
    def at(self) -> datetime:
        return moment(self.time_us)


class _Envelope(msgspec.Struct, frozen=True):
    """v2's frame around an event, or an error frame; `error` also stands alone."""

    payload: msgspec.Raw = msgspec.Raw(b"")
    error: Any = None
    time_us: Any = None


_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeError)
_event = msgspec.json.Decoder(_Event).decode
_envelope = msgspec.json.Decoder(_Envelope).decode


def connect(query: Query) -> Connection:
    """Where to listen: from the checkpoint less five seconds; without one from
    `query.since`; live without either."""
    base = query.base_url
    url = httpx.URL(base if base.endswith("/subscribe") else f"{base}/subscribe")
    params = url.params.merge({"wantedCollections": POSTS})
    start = _start_us(query)
    if start is not None:
        params = params.set("cursor", str(max(start - OVERLAP_US, 0)))
    return Connection(str(url.copy_with(params=params)))


def receive(message: str | bytes, query: Query) -> Page:
    """What one message gave.

    `query.checkpoint` is the page's before: what arrives far after it tells that the
    relay has left out what lies between, for its look-back ends silently.
    Raises BadPayload for what is no JSON, Unavailable and RateLimited for error frames.
    """
    raw = _as_text(message)
    event = _decode(raw)
    handle = _KINDS.get(event.kind)
    found = handle(event, raw, query) if handle else {"skipped": _NOT_A_POST}
    return Page(ascending=True, **_place(event, query), **found)


def _start_us(query: Query) -> int | None:
    """The moment that the stream should begin with, in microseconds since 1970."""
    start = checkpoint_us(query.checkpoint)
    if start is None and query.since is not None:
        start = min((query.since - _EPOCH) // timedelta(microseconds=1), _LATEST_US)
    return start


def checkpoint_us(checkpoint: str | None) -> int | None:
    """A checkpoint as microseconds since 1970; None where there is none to go by."""
    if not checkpoint or not (checkpoint.isascii() and checkpoint.isdigit()):
        return None
    return min(int(checkpoint[:20]), _LATEST_US)


def moment(time_us: int) -> datetime:
    """Microseconds since 1970 as a moment, exactly."""
    return _EPOCH + timedelta(microseconds=time_us)


def _as_text(message: str | bytes) -> str:
    if isinstance(message, str):
        return message
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise BadPayload("a message is not UTF-8") from error


def _decode(raw: str) -> _Event:
    try:
        event = _event(raw)
    except _UNREADABLE:
        event = _odd(raw)
    if not 0 <= event.time_us <= _LATEST_US:
        raise BadPayload("a message's time_us is no time", raw)
    return event


def _odd(raw: str) -> _Event:
    """A frame of v2, an error, or an event with something wrong in it.

    The last becomes an event of kind "", to be refused as one item, so that a single
    odd event cannot hold up the stream at each new connection.
    """
    try:
        frame = _envelope(raw)
        if bytes(frame.payload):
            return _event(frame.payload)
    except _UNREADABLE as error:
        raise BadPayload("a message is not a Jetstream event", raw) from error
    if frame.error is not None:
        raise _trouble(frame.error)
    if type(frame.time_us) is not int:
        raise BadPayload("a message is not a Jetstream event", raw)
    return _Event(did="", time_us=frame.time_us, kind="")


def _trouble(error: object) -> CollectorError:
    """An error frame: the server says why, then closes."""
    name = (words(error) or "an error without a name")[:80]
    if "ratelimit" in name.casefold() or "toomany" in name.casefold():
        return RateLimited(f"Jetstream asks for a pause: {name}")
    return Unavailable(f"Jetstream ended the stream: {name}")


def _place(event: _Event, query: Query) -> dict[str, Any]:
    """checkpoint, reached and gap: never back, and a jump over silence is a gap."""
    before = _start_us(query)
    here = event.time_us if before is None else max(before, event.time_us)
    place = {"checkpoint": str(here), "reached": moment(here), "gap": None}
    if before is not None and here - before > _quiet_us(query.settings):
        place["gap"] = _blind(before, here)
    return place


def _quiet_us(settings: Mapping[str, Any]) -> float:
    quiet_s = settings.get("quiet_max_s", QUIET_MAX_S)
    sound = isinstance(quiet_s, int | float) and not isinstance(quiet_s, bool)
    return (quiet_s if sound else QUIET_MAX_S) * _SECOND_US


def _blind(before: int, here: int) -> Gap:
    hours = (here - before) / _SECOND_US / 3600
    evidence = (
        f"the first message after the checkpoint is {hours:.1f} h younger; the network is "
        "never silent that long, so the relay no longer had what lies between"
    )
    return Gap("blind", evidence, from_at=moment(before), to_at=moment(here))


def _on_commit(event: _Event, raw: str, query: Query) -> dict[str, Any]:
    commit = event.commit
    if commit is None or commit.collection != POSTS:
        return {"skipped": _NOT_A_POST}
    uri = f"at://{event.did}/{POSTS}/{commit.rkey}"
    if not is_post_uri(uri):
        return {"rejected": (Rejected(uri[:200], "the address is not a post's"),)}
    if commit.operation == "delete":
        return {"deletions": (uri,)}
    if not _maybe_wanted(raw, query.terms):
        return {"skipped": _NO_TERM}
    try:
        post = _post(event, uri, commit)
    except BrokenRecord as error:
        return {"rejected": (Rejected(uri, str(error)),)}
    except _UNREADABLE:
        return {"rejected": (Rejected(uri, "the record cannot be read"),)}
    wanted = matches(post, _terms(query.terms))
    return {"posts": (post,)} if wanted else {"skipped": _NO_TERM}


def _post(event: _Event, uri: str, commit: _Commit) -> Post:
    edited_at = event.at if commit.operation == "update" else None
    record = msgspec.json.decode(commit.record)
    return from_record(uri, record, seen_at=event.at, edited_at=edited_at)


def _on_odd(event: _Event, raw: str, query: Query) -> dict[str, Any]:  # noqa: ARG001
    reason = "the event has an unknown form"
    return {"rejected": (Rejected(f"time_us {event.time_us}", reason),)}


def _on_account(event: _Event, raw: str, query: Query) -> dict[str, Any]:  # noqa: ARG001
    account = event.account
    if account is None or not is_did(event.did) or account.status in _HOSTING:
        return {}
    state = (
        "active" if account.active else _STATES.get(account.status or "", "withheld")
    )
    return {"accounts": (AccountChange(event.did, state),)}


def _on_identity(event: _Event, raw: str, query: Query) -> dict[str, Any]:  # noqa: ARG001
    handle = words(event.identity.handle) if event.identity else None
    if handle is None or handle == "handle.invalid" or not is_did(event.did):
        return {}
    # Nobody checked the event's word; below a bridge's domain it would name another person.
    if handle.lower().endswith(".brid.gy"):
        return {}
    return {"accounts": (AccountChange(event.did, handle=handle),)}


_KINDS: Mapping[str, Callable[[_Event, str, Query], dict[str, Any]]] = {
    "commit": _on_commit,
    "account": _on_account,
    "identity": _on_identity,
    "": _on_odd,
}


@lru_cache(maxsize=64)
def _needles(terms: tuple[Term, ...]) -> tuple[str, ...]:
    """What a wanted message must hold one of; "" where that cannot be told."""
    return tuple(dict.fromkeys(map(_needle, _terms(terms))))


def _needle(term: Term) -> str:
    """The term's longest run without spaces or anything that JSON may escape."""
    runs = re.findall(r"[\w.:-]+", unicodedata.normalize("NFKC", term.key))
    return max(runs, key=len, default="")


def _terms(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms that a stream can answer: a feed's address is none of them."""
    return tuple(term for term in terms if term.kind != "feed")


def _maybe_wanted(raw: str, terms: tuple[Term, ...]) -> bool:
    """False only where no term can match: quick, and never wrong about a wanted one."""
    if "\\u" in raw:
        raw = msgspec.json.encode(msgspec.json.decode(raw)).decode()
    if any(sign in raw for sign in _HIDING):
        return True
    if raw.isascii():
        folded = raw.lower()
    elif _DROPPED.search(raw):
        return True
    else:
        folded = unicodedata.normalize("NFKC", raw).casefold()
        folded = unicodedata.normalize("NFKC", folded)
    return any(needle in folded for needle in _needles(terms))
