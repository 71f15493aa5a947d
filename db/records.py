"""What the store is given and what it answers. Posts come as collectors.base.Post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from collectors.base import AccountChange, Post, Rejected, TermKind, Walk

# A known post is looked at again at these ages, then no more (design.md section 4).
RECHECK_AGES = tuple(
    timedelta(minutes=minutes) for minutes in (15, 60, 360, 1440, 4320, 10080)
)

SpanState = Literal["complete", "overlapping", "imported", "capped", "blind"]
Outcome = Literal["complete", "capped", "broken"]
SourceState = Literal["new", "ok", "limited", "failing", "parked", "removed"]


@dataclass(frozen=True, slots=True)
class Score:
    """A post's sentiment. Either `sentiment` or the reason in `unscored` is set.

    polarity: -1 to 1; subjectivity: 0 to 1; confidence: 0 to 1, None where the engine
    has none. lang: as detected from the text, "und" if it could not be told. evidence:
    whether a lexicon knows any of its words, signs or pictures; None: not looked at.
    """

    lang: str = "und"
    polarity: float | None = None
    subjectivity: float | None = None
    sentiment: str | None = None
    confidence: float | None = None
    unscored: str | None = "not scored yet"
    scorer: str | None = None
    evidence: bool | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A post as one walk met it, with the terms (id, how) that it matched."""

    post: Post
    terms: tuple[tuple[int, str], ...]
    score: Score


@dataclass(frozen=True, slots=True)
class Span:
    """What is known of one term on one source between two moments."""

    from_at: datetime
    to_at: datetime
    state: SpanState
    evidence: str | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What is taken in at once, from a walk or from an archive.

    at: when it was seen. rechecked: posts that a recheck got an answer for (uris), found
    or not. postponed: those that it asked about; what got no answer waits, so that others
    get their turn. absent: posts that their source no longer has: hidden, until a source
    that is no bridge shows them again. ages: at which a post is looked at again.
    recheck_every: how often when those looks are over; None: no more. central: the
    source is the one place where its posts are.
    """

    source_id: int
    at: datetime
    sightings: tuple[Sighting, ...] = ()
    deletions: tuple[str, ...] = ()
    accounts: tuple[AccountChange, ...] = ()
    rechecked: tuple[str, ...] = ()
    postponed: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    opt_out: Literal["withhold", "keep"] = "withhold"
    ages: tuple[timedelta, ...] = RECHECK_AGES
    recheck_every: timedelta | None = None
    central: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRecord:
    """Everything that one walk brings, stored in one transaction.

    term_id: 0 where one walk serves all terms. term_ids: the terms that `spans` tell of.
    checkpoint: None keeps the one that is stored. failures: in a row, after this walk.
    source_error: None clears the source's last error. The rest is as in Intake.
    """

    source_id: int
    term_id: int
    term_ids: tuple[int, ...]
    walk: Walk
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    requests: int
    sightings: tuple[Sighting, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    deletions: tuple[str, ...] = ()
    accounts: tuple[AccountChange, ...] = ()
    rechecked: tuple[str, ...] = ()
    postponed: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    checkpoint: str | None = None
    next_due_at: datetime
    interval_s: int
    failures: int
    source_state: SourceState
    error: str | None = None
    opt_out: Literal["withhold", "keep"] = "withhold"
    ages: tuple[timedelta, ...] = RECHECK_AGES
    recheck_every: timedelta | None = None
    central: bool = False

    @property
    def intake(self) -> Intake:
        """The part that is taken in."""
        return Intake(
            source_id=self.source_id,
            at=self.finished_at,
            sightings=self.sightings,
            deletions=self.deletions,
            accounts=self.accounts,
            rechecked=self.rechecked,
            postponed=self.postponed,
            absent=self.absent,
            opt_out=self.opt_out,
            ages=self.ages,
            recheck_every=self.recheck_every,
            central=self.central,
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """What a walk changed: its run, posts met, posts new, posts removed."""

    run_id: int
    seen: int
    new: int
    removed: int


@dataclass(frozen=True, slots=True)
class TermRow:
    """A stored term and the campaign that it belongs to."""

    id: int
    campaign_id: int
    campaign: str
    kind: TermKind
    value: str
    display: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWalk:
    """A walk whose time has come, with what it needs to know."""

    source_id: int
    source: str
    platform: str
    base_url: str
    term_id: int
    walk: Walk
    interval_s: int
    failures: int
    checkpoint: str | None
    checkpoint_at: datetime | None
