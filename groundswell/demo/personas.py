"""Which of the invented accounts are one person's, and what they show for it: the truth
that `db/voices.py` is measured against.

Nobody posts more or less for it: accounts that were drawn one by one are given to persons
afterwards, from a random generator of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from groundswell.demo.ids import did
from groundswell.demo.records import Network, Person

# How many of each kind; two accounts each. Invented shares, not measured ones.
_DOMAINS = 60  # a link on Mastodon to the domain that is the handle on Bluesky
_PROFILES = 16  # two on Mastodon that link to each other
_THREE = 6  # both: two on Mastodon, one of them tied to one on Bluesky
_SILENT = 8  # on both networks, and nothing that says so
_SITES = 3  # two on Mastodon that link to one site, and not to each other
_ALIKE = 12  # strangers with one name
_CLAIMS = 8  # who claims another's domain: the link does not lead back
_STAFF = 7  # who link to their newsroom, which has an account too
_NEWSROOM, _OFFICE = "newsroom.example", "office.example"


class _Cast:
    """People that have no part yet, in a random order, and those that have one."""

    def __init__(self, seed: int, people: Sequence[Person]) -> None:
        self.people = list(people)
        self.who = {person.index: person.index for person in people}
        rng = Random(f"{seed}/personas")
        free = rng.sample(range(len(people)), len(people))
        self._free = {
            network: iter([i for i in free if people[i].network == network])
            for network in ("mastodon", "bluesky")
        }

    def next(self, network: Network) -> int:
        """An account that has no part yet."""
        return next(self._free[network])

    def change(self, index: int, **changes: object) -> None:
        """Give an account something more."""
        self.people[index] = replace(self.people[index], **changes)  # type: ignore[arg-type]

    def verify(self, index: int, url: str) -> None:
        """A link that leads back."""
        self.change(index, verified=(*self.people[index].verified, url))

    def unite(self, one: int, other: int) -> None:
        """The same person, by the same name."""
        self.who[other] = self.who[one]
        self.change(other, name=self.people[one].name)


def several_accounts(
    seed: int, people: Sequence[Person]
) -> tuple[list[Person], dict[str, int]]:
    """The people with what their profiles show, and for each account's uri whose it is."""
    cast = _Cast(seed, people)
    parts: tuple[tuple[int, Callable[[_Cast], None]], ...] = (
        (_DOMAINS, _domain), (_PROFILES, _profiles), (_THREE, _three),
        (_SILENT, _silent), (_SITES, _site), (_ALIKE, _alike), (_CLAIMS, _claim),
    )  # fmt: skip
    for count, part in parts:
        for _ in range(count):
            part(cast)
    _newsroom(cast, _NEWSROOM, staff=_STAFF)
    # The only one of an office who shows it looks just as the office itself would.
    _newsroom(cast, _OFFICE, staff=1)
    return cast.people, dict(_accounts(cast))


def _accounts(cast: _Cast) -> Iterator[tuple[str, int]]:
    for person in cast.people:
        yield person.uri, cast.who[person.index]
        if person.bridged and person.network == "mastodon":
            yield did(f"bridge/{person.user}"), cast.who[person.index]


def _own_domain(cast: _Cast, here: int) -> None:
    there = cast.next("bluesky")
    domain = f"{cast.people[here].user}.example"
    cast.unite(here, there)
    cast.verify(here, f"https://www.{domain}" if here % 3 else f"https://{domain}/")
    cast.change(there, domain=domain)


def _domain(cast: _Cast) -> None:
    _own_domain(cast, cast.next("mastodon"))


def _each_other(cast: _Cast) -> int:
    one, other = cast.next("mastodon"), cast.next("mastodon")
    cast.unite(one, other)
    cast.verify(one, cast.people[other].url)
    cast.verify(other, cast.people[one].url)
    return one


def _profiles(cast: _Cast) -> None:
    _each_other(cast)


def _three(cast: _Cast) -> None:
    _own_domain(cast, _each_other(cast))


def _silent(cast: _Cast) -> None:
    cast.unite(cast.next("mastodon"), cast.next("bluesky"))


def _site(cast: _Cast) -> None:
    one, other = cast.next("mastodon"), cast.next("mastodon")
    cast.unite(one, other)
    for index in (one, other):
        cast.verify(index, f"https://{cast.people[one].user}.example/")


def _alike(cast: _Cast) -> None:
    one, other = cast.next("mastodon"), cast.next("bluesky")
    cast.change(other, name=cast.people[one].name)


def _claim(cast: _Cast) -> None:
    victim, liar = cast.next("bluesky"), cast.next("mastodon")
    domain = f"{cast.people[victim].user}.example"
    cast.change(victim, domain=domain)
    claimed = (f"https://{domain}/", cast.people[victim].url)
    cast.change(liar, claimed=claimed, name=cast.people[victim].name)


def _newsroom(cast: _Cast, domain: str, *, staff: int) -> None:
    cast.change(cast.next("bluesky"), domain=domain)
    for _ in range(staff):
        cast.verify(cast.next("mastodon"), f"https://{domain}/")
