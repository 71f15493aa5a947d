"""What says that two accounts are one person's. Only what the person showed in public and
a platform checked, a bridge's word, and staff's: never names alone, words or style.

- link: both accounts proved the same address. A Bluesky handle proves its domain.
- profile: one account proved the address of the other's profile, which leads back.
- page: both have the same profile: one account that two kinds of server tell of, each by
  another identity.
- bridge: one is the mirror that Bridgy Fed keeps of the other. It names its mirror after
  the fediverse account: @ana_b@social.example becomes ana-b.social.example.ap.brid.gy.
  Handles under its domain are its own to give, so the name is proof. Whom the other
  bridges carry is known by their own id (platforms.md section 21).
- staff: they were joined by hand.

An address that two accounts of the same platform proved says nothing: it is more than
one person's, like a newsroom's. Accounts that are gone or asked not to be indexed have no
proofs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import Literal, NamedTuple

from db.identity import plain_address, spellings
from db.parameters import listed

Why = Literal["staff", "page", "bridge", "profile", "link"]
# The order in which they count, where staff parted some of those who are connected.
WHYS: tuple[Why, ...] = ("staff", "page", "bridge", "profile", "link")

BRIDGE = ".ap.brid.gy"
# Platforms whose servers tell a profile's address themselves.
_TELL = frozenset({"bluesky", "threads", "tumblr"})
# Those where the account's id is an address: the page must be on the same host.
_FEDIVERSE = frozenset({"mastodon", "misskey", "lemmy", "peertube"})
# Front pages that are everybody's.
_EVERYBODYS = frozenset(
    {
        "bsky.app", "codeberg.org", "facebook.com", "github.com", "gitlab.com",
        "google.com", "instagram.com", "ko-fi.com", "linkedin.com", "linktr.ee",
        "mastodon.social", "medium.com", "patreon.com", "reddit.com", "substack.com",
        "t.me", "threads.com", "threads.net", "tiktok.com", "tumblr.com", "twitter.com",
        "wikipedia.org", "wordpress.com", "x.com", "youtube.com",
    }
)  # fmt: skip


class Tie(NamedTuple):
    """Two accounts (ids of authors, the lower first), why they are one person's, and the
    address or name that shows it."""

    one: int
    other: int
    why: Why
    proof: str


class Account(NamedTuple):
    """An author as far as evidence goes. uri, pages: the identity, where it is an address,
    and the profile's addresses, all plain; written: those of them that were told in just
    this form. stands: neither gone nor opted out."""

    id: int
    platform: str
    uri: str
    handle: str
    pages: set[str]
    written: set[str]
    stands: bool


def provable(url: str) -> str:
    """An address in plain form; empty where it could not be one person's."""
    address = plain_address(url)
    return "" if _is_front(address) and _host(address) in _EVERYBODYS else address


def accounts(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Account]:
    """Stored authors by id."""
    return _accounts(conn, "id in (select value from json_each(?))", listed(ids))


def _accounts(conn: sqlite3.Connection, which: str, *values: str) -> dict[int, Account]:
    rows = conn.execute(
        "select id, platform, uri, lower(coalesce(handle, '')), url, "
        f"state = 'active' and opt_out is not 1 from authors where {which}",
        values,
    )
    return {
        i: _account(i, platform, uri, handle, url, bool(stands))
        for i, platform, uri, handle, url, stands in rows
    }


def _account(
    i: int, platform: str, uri: str, handle: str, url: str | None, stands: bool
) -> Account:
    """The profile's addresses are those that the account's own platform vouches for: a
    feed, or another server, may claim anybody's."""
    identity = plain_address(uri) if platform in _FEDIVERSE else ""
    pages = {identity, plain_address(url) if url else ""} - {""}
    if identity:
        pages = {page for page in pages if _host(page) == _host(identity)}
    elif platform not in _TELL:
        pages = set()
    return Account(i, platform, identity, handle, pages, pages & {uri, url}, stands)


def _host(plain: str) -> str:
    return plain.split("/", 3)[2]


def _is_front(plain: str) -> bool:
    """Whether a plain address is a site's front page."""
    return plain.count("/") == 3 and plain.endswith("/")


class Sight(NamedTuple):
    """What was found about some accounts: their ties, and whose ties may have changed with
    theirs."""

    ties: set[Tie]
    near: set[int]


def look(conn: sqlite3.Connection, ids: set[int]) -> Sight:
    """Everything that ties these authors to others, or stopped doing so."""
    known = accounts(conn, ids)
    found = Sight(set(), set())
    for part in (
        _by_address(conn, known),
        _by_page(conn, known),
        _by_bridge(conn, known),
    ):
        found.ties.update(part.ties)
        found.near.update(part.near)
    found.ties.update(_by_staff(conn, ids))
    found.near.update(i for tie in found.ties for i in (tie.one, tie.other))
    return found


def _tie(one: int, other: int, why: Why, proof: str) -> Tie:
    return Tie(min(one, other), max(one, other), why, proof)


def _by_address(conn: sqlite3.Connection, known: Mapping[int, Account]) -> Sight:
    """Proven addresses: of these accounts, and those that are their profiles."""
    pages = {page for one in known.values() if one.stands for page in one.pages}
    provers = _provers(conn, known, pages)
    found = Sight(set(), set())
    good = {}
    for address, by in provers.items():
        if _apart(by.values()):
            good[address] = by
        # Of many accounts' address only what changed just now can matter to the others.
        before = {i: platform for i, platform in by.items() if i not in known}
        if _apart(before.values()):
            found.near.update(before)
    for address, by in good.items():
        found.ties.update(_tie(*two, "link", address) for two in combinations(by, 2))
    for address, there in _at(conn, good).items():
        found.near.update(one.id for one in there)
        if _is_one(there):
            pairs = [(i, one.id) for i in good[address] for one in there if i != one.id]
            found.ties.update(_tie(*two, "profile", address) for two in pairs)
    return found


def _apart(platforms: Iterable[str]) -> bool:
    """Whether no two are the same."""
    names = list(platforms)
    return len(names) == len(set(names))


def _provers(
    conn: sqlite3.Connection, known: Iterable[int], pages: Iterable[str]
) -> dict[str, dict[int, str]]:
    """By address: who proved it, with their platforms."""
    rows = conn.execute(
        "select l.address, l.author_id, a.platform from author_links l "
        "join authors a on a.id = l.author_id where l.address in ("
        "select address from author_links where author_id in "
        "(select value from json_each(?)) union select value from json_each(?)) "
        "order by l.address, l.author_id",
        (listed(known), listed(pages)),
    )
    found: dict[str, dict[int, str]] = {}
    for address, author_id, platform in rows:
        found.setdefault(address, {})[author_id] = platform
    return found


def _at(conn: sqlite3.Connection, addresses: Iterable[str]) -> dict[str, list[Account]]:
    """By address: whose profile it is, however their platform writes it."""
    wanted = set(addresses)
    written = [spelling for one in wanted for spelling in spellings(one)]
    found: dict[str, list[Account]] = {}
    for one in _named(conn, written):
        for page in one.pages & wanted:
            found.setdefault(page, []).append(one)
    return found


def _named(conn: sqlite3.Connection, written: Collection[str]) -> list[Account]:
    """The accounts that have one of these addresses, written just so."""
    if not written:
        return []
    which = (
        "uri in (select value from json_each(?)) "
        "or url in (select value from json_each(?))"
    )
    found = _accounts(conn, which, *(listed(written),) * 2).values()
    return [one for one in found if one.stands]


def _by_page(conn: sqlite3.Connection, known: Mapping[int, Account]) -> Sight:
    """Accounts with the same profile, where it can only be one account. Those who differ
    in how they write it are not looked for: every account that is met is asked about."""
    pages = {
        page
        for one in known.values()
        if one.platform in _FEDIVERSE
        for page in one.written
        if not _is_front(page)
    }
    by_page: dict[str, list[Account]] = {}
    for one in _named(conn, pages):
        for page in one.written & pages if one.platform in _FEDIVERSE else ():
            by_page.setdefault(page, []).append(one)
    found = Sight(set(), set())
    for page, there in by_page.items():
        ids = [one.id for one in there]
        found.near.update(ids)
        if _is_one(there):
            found.ties.update(_tie(*two, "page", page) for two in combinations(ids, 2))
    return found


def _is_one(there: Iterable[Account]) -> bool:
    """Whether accounts with one profile can be one: no two of a platform, as when a name
    was given out again."""
    return _apart(one.platform for one in _distinct(there))


def _distinct(people: Iterable[Account]) -> list[Account]:
    """Those who are somebody else than the others here. Some servers tell no more of an
    account than its page, and it is stored under that (docs/platforms.md, misskey)."""
    there = list(people)
    return [
        one
        for one in there
        if not any(one.uri in other.pages for other in there if other is not one)
    ]


def mirror_of(platform: str, handle: str) -> str | None:
    """The handle that an account's mirror has, or that it has itself as a mirror."""
    if platform == "bluesky" and handle.endswith(BRIDGE):
        return handle
    if platform == "mastodon" and "@" in handle:
        plain = handle.replace("@", ".").replace("_", "-").replace("~", "-")
        return f"{plain}{BRIDGE}"
    return None


def _by_bridge(conn: sqlite3.Connection, known: Mapping[int, Account]) -> Sight:
    """Mirrors. Where two accounts' names give the same one, it stays a voice of its own."""
    found_names = (mirror_of(one.platform, one.handle) for one in known.values())
    names = {name for name in found_names if name is not None}
    own: dict[str, list[int]] = {}
    mirrors: dict[str, list[int]] = {}
    for sides, select in ((mirrors, _MIRRORS), (own, _MIRRORED)):
        for name, author_id in conn.execute(select, (listed(names),)):
            sides.setdefault(name, []).append(author_id)
    found = Sight(set(), set())
    for name, copies in mirrors.items():
        found.near.update(copies)
        mirrored = _distinct(accounts(conn, own.get(name, ())).values())
        if len(mirrored) == 1:
            found.ties.update(_tie(mirrored[0].id, i, "bridge", name) for i in copies)
    return found


# The expressions are those of the indexes authors_mirror and authors_mirrored.
_MIRRORS = """
select n.value, a.id from json_each(?) n
cross join authors a on a.platform = 'bluesky' and lower(a.handle) = n.value
"""
_MIRRORED = f"""
select n.value, a.id from json_each(?) n
cross join authors a on a.platform = 'mastodon'
and replace(replace(replace(lower(a.handle), '@', '.'), '_', '-'), '~', '-')
  = substr(n.value, 1, length(n.value) - {len(BRIDGE)})
"""


def _by_staff(conn: sqlite3.Connection, ids: Iterable[int]) -> Iterable[Tie]:
    rows = conn.execute(
        "select author_id, other_id, by from voice_decisions where together = 1 "
        "and (author_id in (select value from json_each(?1)) "
        "or other_id in (select value from json_each(?1)))",
        (listed(ids),),
    )
    return [Tie(one, other, "staff", by) for one, other, by in rows]


def note(conn: sqlite3.Connection, proven: Mapping[str, Iterable[str]]) -> set[int]:
    """Keep what is proven, by the authors' uris; who has something new of it.

    What was proven once stays until the account is gone, opts out or, on Bluesky, has
    another handle: servers check at different times, so one that does not know is no news.
    """
    given = [
        (uri, address)
        for uri, urls in proven.items()
        for address in {provable(url) for url in urls} - {""}
    ]
    if not given:
        return set()
    rows = conn.execute(
        "insert into author_links (author_id, address) "
        "select a.id, json_extract(g.value, '$[1]') from json_each(?) g "
        "cross join authors a on a.uri = json_extract(g.value, '$[0]') "
        "where a.state = 'active' and a.opt_out is not 1 "
        "on conflict do nothing returning author_id",
        (json.dumps(given),),
    ).fetchall()
    return {author_id for (author_id,) in rows}


def lapse(conn: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Take away what no longer holds for these authors; who else proved the same."""
    known = accounts(conn, ids)
    gone = [one.id for one in known.values() if not one.stands]
    renamed = [
        (one.id, f"https://{one.handle.removeprefix('www.')}/")
        for one in known.values()
        if one.platform == "bluesky" and one.stands
    ]
    dropped = _drop(conn, "author_id in (select value from json_each(?))", listed(gone))
    dropped |= _drop(
        conn,
        "(author_id, address) in (select l.author_id, l.address from json_each(?) r "
        "cross join author_links l on l.author_id = json_extract(r.value, '$[0]') "
        "where l.address <> json_extract(r.value, '$[1]'))",
        json.dumps(renamed),
    )
    conn.execute(
        "delete from voice_decisions where together = 1 and ("
        "author_id in (select value from json_each(?1)) "
        "or other_id in (select value from json_each(?1)))",
        (listed(gone),),
    )
    return sharers(conn, dropped)


def _drop(conn: sqlite3.Connection, which: str, values: str) -> set[str]:
    rows = conn.execute(
        f"delete from author_links where {which} returning address", (values,)
    ).fetchall()
    return {address for (address,) in rows}


def erase(conn: sqlite3.Connection, ids: Iterable[int]) -> set[str]:
    """Take away all that is kept of these authors here; the addresses they had proved."""
    which = listed(ids)
    conn.execute(
        "delete from voice_decisions where author_id in (select value from json_each(?1)) "
        "or other_id in (select value from json_each(?1))",
        (which,),
    )
    return _drop(conn, "author_id in (select value from json_each(?))", which)


def sharers(conn: sqlite3.Connection, addresses: Iterable[str]) -> set[int]:
    """Whom these addresses tie now: those who proved them, where that says anything."""
    found: set[int] = set()
    for by in _provers(conn, (), addresses).values():
        if _apart(by.values()):
            found.update(by)
    return found
