"""Accounts that are the same person: a bridge's mirror of an account, and the account.

Bridgy Fed names its mirror on Bluesky after the fediverse account: @ana_b@social.example
becomes ana-b.social.example.ap.brid.gy. Handles under its domain are its own to give, so
the name is proof. Whom the other bridges carry is known by their own id (platforms.md
section 21), and needs no mirror here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from db.rows import AUTHOR, Cell

_BRIDGE = ".ap.brid.gy"
_PLATFORM, _HANDLE = AUTHOR.index("platform"), AUTHOR.index("handle")


def link(conn: sqlite3.Connection, people: Iterable[tuple[Cell, ...]]) -> None:
    """Note of whom the mirrors among these stored authors are mirrors, and which stored
    mirrors are of one of them. people: cells of AUTHOR.

    Where two accounts' names give the same mirror, it stays a voice of its own.
    """
    mirrors = {
        name
        for cells in people
        if (name := _mirror(cells[_PLATFORM], cells[_HANDLE])) is not None
    }
    conn.executemany(
        _LINK,
        [{"mirror": n, "own": n.removesuffix(_BRIDGE)} for n in mirrors],
    )


def _mirror(platform: Cell, handle: Cell) -> str | None:
    """The handle that an account's mirror has, or that it has itself as a mirror."""
    name = str(handle or "").lower()
    if platform == "bluesky" and name.endswith(_BRIDGE):
        return name
    if platform == "mastodon" and "@" in name:
        plain = name.replace("@", ".").replace("_", "-").replace("~", "-")
        return f"{plain}{_BRIDGE}"
    return None


# The expressions are those of the indexes authors_mirror and authors_mirrored.
_LINK = """
update authors set voice = (
  select iif(count(*) = 1, min(own.id), null) from authors own
  where own.platform = 'mastodon'
  and replace(replace(replace(lower(own.handle), '@', '.'), '_', '-'), '~', '-')
    = :own
)
where platform = 'bluesky' and lower(handle) = :mirror
"""
