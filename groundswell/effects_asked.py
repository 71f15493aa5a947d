"""What an event is measured in, and against what: a campaign's posts or those of one of
its terms; nothing, another campaign, or a term that it does not concern. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from groundswell import effects_terms
from groundswell.effects_overlap import Overlap, overlap

Row = Mapping[str, Any]
Params = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """campaign, control: slugs; control is None without a control, and the same campaign
    where it is one of its terms. term, control_term: rows of `terms_of`; None: all posts.
    titles: what campaigns are called, where not by their slugs."""

    campaign: str
    term: Row | None = None
    control: str | None = None
    control_term: Row | None = None
    titles: Mapping[str, str] | None = None

    @property
    def apart(self) -> bool:
        """Whether the control's posts are left out of what is measured: they are, where it
        is a part of it."""
        own = self.control == self.campaign
        return bool(own and self.control_term and self.term is None)

    @property
    def counts(self) -> Params:
        """What `event_counts` is asked, for what is measured."""
        without = _value(self.control_term) if self.apart else ""
        return {
            "campaign": self.campaign,
            "term": _value(self.term),
            "without": without,
        }

    @property
    def control_counts(self) -> Params | None:
        """What it is asked for the control."""
        if self.control is None:
            return None
        return {"campaign": self.control, "term": _value(self.control_term)}

    @property
    def shared(self) -> Params | None:
        """What `shared_posts` is asked: which of the control's posts are measured ones."""
        if self.control_counts is None or self.apart:
            return None
        other = {"other": self.campaign, "other_term": _value(self.term)}
        return {**self.control_counts, **other, "bucket": "hour"}

    @property
    def control_name(self) -> str:
        """`#B`, `#B in bridges`, `bridges`."""
        if self.control_term is None:
            return self._title(self.control or "")
        name = effects_terms.shown(self.control_term)
        if self.control == self.campaign:
            return name
        return f"{name} in {self._title(self.control or '')}"

    @property
    def told(self) -> str | None:
        """What is measured and against what, in a sentence; None: all posts, no control."""
        own = f"the posts with {effects_terms.shown(self.term)}" if self.term else ""
        if self.control is None:
            return f"Measured: {own}." if own else None
        if self.apart:
            name = self.control_name
            return f"Measured: the posts without {name}, against those with {name}."
        of = "with" if self.control_term else "of"
        own = own or f"the posts of {self._title(self.campaign)}"
        return f"Measured: {own}, against those {of} {self.control_name}."

    def overlap(self, rows: Sequence[Row], at: datetime, hours: int) -> Overlap | None:
        """How much of the control is measured too. rows: those of `shared`; None without
        a control, or with one that is left out of what is measured."""
        if self.shared is None:
            return None
        measured = (
            f"carry {effects_terms.shown(self.term)}"
            if self.term
            else f"belong to {self._title(self.campaign)}"
        )
        name = f"{self.control_name}'s"
        return overlap(rows, at, hours=hours, control=name, measured=measured)

    def _title(self, slug: str) -> str:
        return (self.titles or {}).get(slug, slug)


def asked(
    campaign: str,
    terms: Mapping[str, Sequence[Row]],
    *,
    term: str | None = None,
    control: str | None = None,
    control_term: str | None = None,
) -> Asked:
    """As somebody writes it: terms with or without `#`, in any case; a control term is one
    of the control campaign, or of the same one without. terms: rows of `terms_of`, by
    campaign. Raises LookupError for a term that there is not, naming those there are."""
    other = control or (campaign if control_term else None)
    return Asked(
        campaign=campaign,
        term=_term(campaign, terms, term),
        control=other,
        control_term=_term(other or "", terms, control_term),
    )


def _term(
    campaign: str, terms: Mapping[str, Sequence[Row]], written: str | None
) -> Row | None:
    if not written:
        return None
    known = terms.get(campaign, ())
    found = effects_terms.find(known, written)
    if found is None:
        raise LookupError(effects_terms.unknown(campaign, known, written))
    return found


def _value(term: Row | None) -> str:
    return str(term["value"]) if term else ""
