"""Which campaigns a post belongs to: its terms, less what staff exclude, within dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collectors._matching import matches
from collectors.base import Post, Term
from db.records import TermRow
from groundswell.config.loading import Campaign


@dataclass(frozen=True, slots=True)
class Watch:
    """What one walk asks for and what its posts are held against.

    rows: every term that the source serves; a tag's timeline also shows which others its
    posts carry. asked: the ids that this walk asks for, whose coverage it is.
    vouched: the platform searched for just these, so that a post without a local match
    is theirs by the server's word.
    """

    rows: tuple[TermRow, ...]
    campaigns: tuple[Campaign, ...]
    asked: frozenset[int]
    vouched: bool = False
    _known: tuple[Term, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = tuple(dict.fromkeys(_term(row) for row in self.rows))
        object.__setattr__(self, "_known", known)

    def terms(self) -> tuple[Term, ...]:
        """The distinct terms to ask for."""
        wanted = (row for row in self.rows if row.id in self.asked)
        return tuple(dict.fromkeys(_term(row) for row in wanted))

    def terms_of(self, post: Post, now: datetime) -> tuple[tuple[int, str], ...]:
        """The ids of the terms that a post counts for, each with how it matched."""
        open_campaigns = {c.slug for c in self.campaigns if _wants(c, post, now)}
        how = {(term.kind, term.key): by for term, by in matches(post, self._known)}
        found: list[tuple[int, str]] = []
        for row in self.rows:
            by = how.get((row.kind, row.value))
            if by is None and self.vouched and row.id in self.asked:
                by = "server"
            if by is not None and row.campaign in open_campaigns:
                found.append((row.id, by))
        return tuple(found)


def _term(row: TermRow) -> Term:
    return Term(row.kind, row.display)


def _wants(campaign: Campaign, post: Post, now: datetime) -> bool:
    moment = min(post.published_at or now, now)
    if campaign.starts and moment < campaign.starts:
        return False
    if campaign.ends and moment >= campaign.ends:
        return False
    excluded = campaign.excluded()
    return not (excluded and matches(post, excluded))


def same_term(rows: Sequence[TermRow], term_id: int) -> frozenset[int]:
    """The ids of the rows that ask for the same as one row, in whatever campaign."""
    wanted = next((row for row in rows if row.id == term_id), None)
    if wanted is None:
        return frozenset()
    same = (r for r in rows if (r.kind, r.value) == (wanted.kind, wanted.value))
    return frozenset(row.id for row in same)
