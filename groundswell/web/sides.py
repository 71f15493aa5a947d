"""The two halves of a comparison, as the address names them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from db.published import queries
from db.times import to_text
from groundswell import effects_terms
from groundswell.web import ranges, zones
from groundswell.web.data import Ask, Row, ask

Terms = Mapping[str, Sequence[Row]]
_BY_DAY = ("top_hashtags", "top_links", "top_voices")  # counted in whole days always


@dataclass(frozen=True, slots=True)
class Side:
    """One half of a comparison. name: a or b. term: its row of `terms_of`; None: all of the
    campaign's posts. dated: the address has its times, and they are not what they are left
    out."""

    name: str
    about: Row
    view: ranges.View
    problems: tuple[str, ...] = ()
    term: Row | None = None
    dated: bool = True

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of the published queries that count by the bucket, but for the
        term."""
        return {"campaign": self.about["campaign"], **self.view.counted}

    @property
    def daily(self) -> dict[str, str]:
        """The same, of those that count by the day."""
        return {"campaign": self.about["campaign"], **self.view.daily}

    @property
    def value(self) -> str:
        """The term as the queries take it; '' for all posts."""
        return str(self.term["value"]) if self.term else ""

    @property
    def title(self) -> str:
        """What it is called: the campaign, or the campaign and the term."""
        title = str(self.about["title"])
        return f"{title}: {effects_terms.shown(self.term)}" if self.term else title

    def ask(self, query: str, **more: object) -> Ask:
        """A published query of this half; of its term where the query takes one."""
        asked = self.daily if query in _BY_DAY else self.asked
        return ask(query, **asked, **self._term(query), **more)

    def heeds(self, query: str) -> bool:
        """Whether what the query counts is of this half: it has no term, or the query can
        be asked for one."""
        return self.term is None or bool(self._term(query))

    def _term(self, query: str) -> dict[str, str]:
        return {"term": self.value} if "term" in queries()[query].params else {}

    @property
    def given(self) -> dict[str, str]:
        """What stands in the form's fields."""
        last = (self.view.to_at - timedelta(seconds=1)).astimezone(self.view.zone)
        first = zones.day_of(self.view.from_at, self.view.zone)
        return {
            "campaign": self.about["campaign"],
            "term": self.value,
            "from": f"{first}" if self.dated else "",
            "to": f"{last:%Y-%m-%d}" if self.dated else "",
            "platform": self.view.platform,
        }


def campaigns(args: Mapping[str, str], known: Mapping[str, Row]) -> dict[str, str]:
    """The campaign of each half, whose terms `read_sides` needs."""
    first = _campaign(args.get("a_campaign", ""), known)
    return {"a": first, "b": _campaign(args.get("b_campaign", "") or first, known)}


def read_sides(
    args: Mapping[str, str],
    known: Mapping[str, Row],
    platforms: Sequence[str],
    now: datetime,
    terms: Terms,
) -> list[Side]:
    """Both halves: a_campaign, a_term, a_from, a_to, a_platform, and the same of b. What is
    left out of b is what a is, a length of time before; of another campaign or another
    term over the same time. Where one is counted by the day both are: their bars, and
    their hours, could not be compared. known: rows of `overview`, terms: of `terms_of`, by
    campaign.
    """

    def read(name: str, given: Mapping[str, str], *, by_day: bool = False) -> Side:
        return _side(name, given, known, platforms, now, terms, by_day=by_day)

    sides = _two(args, read)
    if len({side.view.bucket for side in sides}) > 1:
        sides = _two(args, partial(read, by_day=True))
    return sides


def _two(args: Mapping[str, str], read: Callable[..., Side]) -> list[Side]:
    first = read("a", args)
    own = {key: value for key, value in args.items() if key.startswith("b_") and value}
    if "b_term" in args and "b_term" not in own:  # named: all of the posts
        own["b_term"] = ""
    second = read("b", _second(first, own))
    dated = bool({"b_from", "b_to"} & own.keys())
    return [first, replace(second, dated=dated)]


def _second(first: Side, own: Mapping[str, str]) -> dict[str, str]:
    """What the address says of b, with what it leaves out."""
    slug = first.about["campaign"]
    elsewhere = own.get("b_campaign", slug) != slug
    term = own.get("b_term", "" if elsewhere else first.value)
    begin, end = first.view.from_at, first.view.to_at
    if not elsewhere and _plain(term) == _plain(first.value):
        begin, end = begin - (end - begin), begin
    return {
        "b_campaign": slug,
        "b_from": to_text(begin),
        "b_to": to_text(end),
        "b_platform": first.view.platform,
        "b_term": term,
        **own,
    }


def _plain(term: str) -> str:
    return term.strip().removeprefix("#").casefold()


def _campaign(slug: str, known: Mapping[str, Row]) -> str:
    return slug if slug in known else next(iter(known))


def _side(
    name: str,
    args: Mapping[str, str],
    known: Mapping[str, Row],
    platforms: Sequence[str],
    now: datetime,
    terms: Terms,
    *,
    by_day: bool,
) -> Side:
    """by_day: as `ranges.read` has it; a preset begins with a day, so that no day is
    counted for both halves."""
    own = {key[2:]: value for key, value in args.items() if key.startswith(f"{name}_")}
    asked, problems = own.get("campaign", ""), []
    slug = _campaign(asked, known)
    if asked and asked != slug:
        problems.append(f"There is no campaign called “{asked[:40]}”.")
    written, of_campaign = own.get("term", ""), terms.get(slug, ())
    term = effects_terms.find(of_campaign, written) if written else None
    if written and term is None:
        problems.append(
            f"{effects_terms.unknown(slug, of_campaign, written)}. Showing all posts."
        )
    zone = zones.named(known[slug]["timezone"])
    view = ranges.read(own, now=now, platforms=platforms, zone=zone, by_day=by_day)
    return Side(name, known[slug], view, (*problems, *view.problems), term)
