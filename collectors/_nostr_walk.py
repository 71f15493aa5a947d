"""A walk through a relay: questions below questions, and what each message means.

`until` is inclusive by the protocol and exclusive at some relays, and a second may hold
more events than an answer: so each question overlaps the one before by a second, and one
that brought nothing older is asked twice more, a second lower each time, before the end is
believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from collectors import _newest_first
from collectors._asking import facts_of
from collectors._matching import matches
from collectors._nostr_events import (
    ARTICLE,
    DELETE,
    KINDS,
    Event,
    checked,
    to_post,
    values,
)
from collectors.base import (
    AccountChange,
    BadPayload,
    BrokenRecord,
    CollectorError,
    Denied,
    Gap,
    Known,
    Page,
    Query,
    RateLimited,
    Rejected,
    Unavailable,
    normal_tag,
)
from collectors.text import parse_time, words

# Relays hear of each other's events late, with their authors' times.
OVERLAP = timedelta(hours=2)
LIMIT = 500
_SUB = "groundswell"
_TRIES = 2
_STATE = re.compile(r"(\d{1,2}):(\d{1,13}):(\d{1,9}):(\d{1,13})")
_PROFILE, _VANISH = 0, 62
_DENIED = {"auth-required", "restricted", "blocked", "pow"}
_FULL = "the relay has more events of one second than it tells"


@dataclass(frozen=True, slots=True)
class State:
    """Where a walk stands. tries: questions in a row that brought nothing older. mark:
    the oldest second read before this question, 0 if it is the first. count, oldest: of
    this question's answer so far."""

    tries: int = 0
    mark: int = 0
    count: int = 0
    oldest: int = 0

    @property
    def text(self) -> str:
        """As the checkpoint holds it."""
        return f"{self.tries}:{self.mark}:{self.count}:{self.oldest}"

    def with_event(self, second: int) -> State:
        """One event more in this answer."""
        oldest = min(second, self.oldest) if self.count else second
        return replace(self, count=self.count + 1, oldest=oldest)


def state_of(checkpoint: str | None) -> State:
    """The state in a checkpoint; the beginning where it holds none."""
    found = _STATE.fullmatch(checkpoint or "")
    return State(*map(int, found.groups())) if found else State()


# --- asking


def opening(query: Query) -> str:
    """The first frame of a walk."""
    if query.walk == "recheck":
        return _frame(*_about(query.known))
    until = (
        int(query.until.timestamp()) if query.until and query.walk == "back" else None
    )
    left = state_of(query.checkpoint)
    if query.walk == "back" and left.oldest:
        until = left.oldest + 1  # where a capped walk stopped
    return _question(query, until)


def _question(query: Query, until: int | None) -> str:
    spelt = {tag for term in query.terms for tag in spellings(term.value)}
    asked: dict[str, Any] = {
        "kinds": list(KINDS),
        "#t": sorted(spelt),
        "limit": _limit(query),
    }
    if floor := _newest_first.floor(query, OVERLAP):
        asked["since"] = max(int(floor.timestamp()), 0)
    if until is not None:
        asked["until"] = max(until, 0)
    return _frame(asked)


def spellings(value: str) -> list[str]:
    """A tag as people write it: relays compare letter by letter."""
    bare = value.strip().lstrip("#＃")
    forms = [bare, normal_tag(bare), bare.lower(), bare.upper(), bare.capitalize()]
    return list(dict.fromkeys([*forms, *(f"#{form}" for form in forms)]))


def _limit(query: Query) -> int:
    told = facts_of(query.settings).get("limit", "")
    most = int(told) if told.isdigit() and len(told) < 9 else LIMIT
    return max(min(LIMIT, most), 1)


def _about(known: Sequence[Known]) -> list[dict[str, Any]]:
    """Known posts, requests to delete them, and what their authors say of themselves."""
    pairs = [pair for pair in map(_pair, known) if pair is not None]
    if not pairs:
        raise ValueError("a recheck needs known posts of Nostr")
    ids = [event for event, _ in pairs]
    keys = sorted({key for _, key in pairs})
    return [
        {"ids": ids},
        {"kinds": [DELETE], "#e": ids},
        {"kinds": [_PROFILE, _VANISH], "authors": keys},
    ]


def _pair(known: Known) -> tuple[str, str] | None:
    """A known post's event and its author's key."""
    event, _, key = (known.local_id or "").partition(":")
    return (event, key) if len(event) == len(key) == 64 else None


def _frame(*filters: Mapping[str, Any]) -> str:
    return json.dumps(["REQ", _SUB, *filters], separators=(",", ":"))


# --- hearing


def receive(message: str | bytes, query: Query) -> Page:
    """What one message gave. Raises BadPayload."""
    frame = _read(message)
    match frame[0]:
        case "EVENT" if len(frame) > 2 and frame[1] == _SUB:
            return _event(frame[2], query)
        case "EOSE":
            return _answered(query)
        case "CLOSED":
            return Page(refusal=_refusal(frame))
        case _:
            return Page(skipped={"a notice of the relay": 1})


def _read(message: str | bytes) -> list[Any]:
    try:
        frame = json.loads(message)
    except (ValueError, RecursionError) as error:
        sample = (
            message if isinstance(message, str) else message.decode("utf-8", "replace")
        )
        raise BadPayload("a message that is not JSON", sample[:500]) from error
    if not isinstance(frame, list) or not frame or not isinstance(frame[0], str):
        raise BadPayload("a message that is no frame of Nostr")
    return frame


def _refusal(frame: list[Any]) -> CollectorError:
    why = str(frame[2]) if len(frame) > 2 else ""
    prefix = why.partition(":")[0]
    if prefix in _DENIED:
        return Denied(f"the relay serves members only ({prefix})")
    if prefix == "rate-limited":
        return RateLimited("the relay asks for a pause (rate-limited)")
    named = prefix if prefix.replace("-", "").isalpha() else "no reason"
    return Unavailable(f"the relay closed the question ({named[:40]})")


def _event(event: object, query: Query) -> Page:
    state = state_of(query.checkpoint)
    try:
        sound = checked(event)
        page = _meant(sound, query)
    except BrokenRecord as error:
        found = event.get("id") if isinstance(event, dict) else None
        name = found[:64] if isinstance(found, str) else "an event"
        return Page(rejected=(Rejected(name, str(error)),), checkpoint=state.text)
    state = state.with_event(sound["created_at"])
    return replace(page, checkpoint=state.text, vouches="overlapping")


def _meant(event: Event, query: Query) -> Page:
    if event["kind"] in KINDS:
        post = to_post(event)
        is_known = query.walk == "recheck"
        if is_known or matches(post, query.terms):
            return Page(posts=(post,))
        return Page(skipped={"no term matched": 1})
    author = f"nostr:{event['pubkey']}"
    if event["kind"] == DELETE:
        return Page(deletions=tuple(_deleted(event, query.known)))
    if event["kind"] == _VANISH:
        return Page(accounts=(AccountChange(author, state="deleted"),))
    if event["kind"] == _PROFILE:
        handle = _handle(event)
        return Page(accounts=(AccountChange(author, handle=handle),) if handle else ())
    return Page(skipped={"not a post": 1})


def _deleted(event: Event, known: Sequence[Known]) -> list[str]:
    """The known posts that their own author asks to delete; nobody else may.

    A bridge may take its copy back, never the original.
    """
    named, addresses = set(values(event, "e")), set(values(event, "a"))
    found = []
    for one in known:
        pair = _pair(one)
        if pair is None or pair[1] != event["pubkey"]:
            continue
        address = one.uri.removeprefix("nostr:address:")
        if pair[0] in named or (str(ARTICLE) in address and address in addresses):
            own = one.uri.startswith("nostr:")
            found.append(one.uri if own else f"nostr:event:{pair[0]}")
    return found


def _handle(event: Event) -> str | None:
    """A profile's name: one that its domain vouches for, else any."""
    try:
        told = json.loads(event["content"])
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    return words(told.get("nip05")) or words(told.get("name"))


def _answered(query: Query) -> Page:
    """All of this question is told: go on below, or end."""
    if query.walk == "recheck":
        return Page(done=True, say=(_close(),))
    state, floor = state_of(query.checkpoint), _newest_first.floor(query, OVERLAP)
    if state.count and floor is not None and state.oldest <= floor.timestamp():
        return _end(query)
    if state.count and (not state.mark or state.oldest < state.mark):
        return _below(query, State(mark=state.oldest), state.oldest + 1)
    if not state.mark or state.tries >= _TRIES:
        return _end(query)
    tries = state.tries + 1
    # The lower questions may leave this second out: it shows now or never.
    is_full = tries == 1 and state.count >= _limit(query)
    at = parse_time(state.mark)
    gap = (
        Gap("capped", _FULL, at, at + timedelta(seconds=1)) if is_full and at else None
    )
    page = _below(query, State(tries, state.mark), state.mark + 1 - tries)
    return replace(page, gap=gap)


def _below(query: Query, state: State, until: int) -> Page:
    return Page(
        say=(_question(query, until),),
        checkpoint=state.text,
        reached=parse_time(state.mark),
        vouches="overlapping",
    )


def _end(query: Query) -> Page:
    return Page(
        done=True,
        say=(_close(),),
        checkpoint="looked",
        reached=query.since,
        vouches="overlapping",
    )


def _close() -> str:
    return json.dumps(["CLOSE", _SUB])
