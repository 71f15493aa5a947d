"""What a feed's checkpoint holds, and when a server's validators are believed.

Servers lie in both directions (platforms.md section 12): some answer 304 for ever, some
send validators that have nothing to do with the content. The rules:

- 304 is believed at most BELIEVED times in a row, then one request goes out plain;
- when validators changed though the body did not, the next request goes out plain;
- when the same validators came with other items, they are never sent to it again;
- when the terms changed, the window is read again whatever the server says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import httpx

from collectors._press import short_hash
from collectors.base import Term

BELIEVED = 6  # answers of 304 in a row
_KEPT_IDS = 1000  # 12 characters each: a checkpoint stays under 20 kB
_ID_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A forward checkpoint. Text fields are empty, never None, where nothing is known.

    hash: of the last body. newest: ISO time of the newest item. seen: short hashes of
    the ids in the last window. unchanged: answers of 304 in a row. trust: False once
    the server's validators were caught lying. terms: hash of the terms it was read for.
    """

    etag: str = ""
    modified: str = ""
    hash: str = ""
    newest: str = ""
    seen: tuple[str, ...] = ()
    unchanged: int = 0
    trust: bool = True
    terms: str = ""

    @classmethod
    def load(cls, checkpoint: str | None) -> State | None:
        """The state in a checkpoint; None if there is none or it cannot be read."""
        try:
            raw = json.loads(checkpoint or "null")
        except (ValueError, RecursionError):
            return None
        return _from_json(raw) if isinstance(raw, dict) else None

    def dump(self) -> str:
        """The state as small JSON text."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def conditional_headers(self, terms: Sequence[Term]) -> dict[str, str]:
        """If-None-Match and If-Modified-Since, or nothing where a plain look is due."""
        plain = self.unchanged >= BELIEVED or not self.trust
        if plain or self.terms != terms_hash(terms):
            return {}
        both = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in both.items() if value}

    def after_304(self) -> State:
        """One more answer of "not modified"."""
        return replace(self, unchanged=self.unchanged + 1)

    def after_same_body(self, response: httpx.Response) -> State:
        """The same body came again in full: it is unchanged beyond doubt."""
        etag, modified = validators(response)
        moved = bool(self.etag or self.modified) and (etag, modified) != (
            self.etag,
            self.modified,
        )
        doubt = BELIEVED if moved else 0
        return replace(self, etag=etag, modified=modified, unchanged=doubt)

    def caught_lying(self, response: httpx.Response, seen: Sequence[str]) -> bool:
        """Whether the old validators came with other items."""
        etag, modified = validators(response)
        same = (etag == self.etag) if etag else (modified == self.modified)
        return bool(etag or modified) and same and set(seen) != set(self.seen)


def _from_json(raw: dict[str, Any]) -> State:
    seen = raw.get("seen")
    unchanged = raw.get("unchanged")
    return State(
        **{name: _text(raw.get(name)) for name in _TEXTS},
        seen=tuple(map(str, seen)) if isinstance(seen, list) else (),
        unchanged=unchanged if isinstance(unchanged, int) else 0,
        trust=raw.get("trust") is not False,
    )


_TEXTS = ("etag", "modified", "hash", "newest", "terms")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def validators(response: httpx.Response) -> tuple[str, str]:
    """An answer's ETag and Last-Modified, each empty where it is missing or unusable."""
    return _header(response, "etag"), _header(response, "last-modified")


def _header(response: httpx.Response, name: str) -> str:
    value: str = response.headers.get(name, "")
    # What cannot be sent back as it came is as good as none.
    return value if value.isascii() and value.isprintable() and len(value) < 500 else ""


def terms_hash(terms: Sequence[Term]) -> str:
    """A short hash that changes when the terms do, whatever their order."""
    return short_hash(*sorted(f"{term.kind}:{term.key}" for term in terms))


def seen_hashes(uris: Sequence[str]) -> tuple[str, ...]:
    """Short hashes of a window's ids; both ends of it when it is very long."""
    half = _KEPT_IDS // 2
    kept = uris if len(uris) <= _KEPT_IDS else [*uris[:half], *uris[-half:]]
    return tuple(short_hash(uri, length=_ID_LENGTH) for uri in kept)
