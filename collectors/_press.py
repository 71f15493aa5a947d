"""What feeds and sites' own interfaces have in common, so that one article, one author and
one category are the same by whichever way they come."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_TAG_LIKE = re.compile(r"[\w·・-]{1,100}$")
_URI = re.compile(r"(?:https?://[^\s/]|tag:|urn:)\S+$", re.IGNORECASE)
MAX_URI = 1000


def as_tags(categories: Iterable[str]) -> list[str]:
    """Categories as tags write them: "Labour Leaks" is #labourleaks; paths are none."""
    joined = ("".join(name.split()).lstrip("#＃") for name in categories)
    return [name for name in joined if _TAG_LIKE.match(name)]


def author_uri(host: str | None, name: str) -> str:
    """Somebody who is only named, on one site."""
    slug = re.sub(r"[\W_]+", "-", name.casefold()).strip("-")
    return f"feed:{host or 'unknown'}:author:{slug or short_hash(name)}"


def is_uri(guid: str) -> bool:
    """Whether a guid can stand for its article everywhere."""
    return _URI.match(guid) is not None and len(guid) <= MAX_URI


def short_hash(*parts: str, length: int = 16) -> str:
    """A stable short name for texts, for identities and checkpoints."""
    joined = "\x1f".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(joined).hexdigest()[:length]
