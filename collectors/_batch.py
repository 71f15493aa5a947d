"""What one walk gave: pages gathered into a Batch, and how much a walk may bring."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Literal

from collectors.base import (
    AccountChange,
    BadPayload,
    CollectorError,
    Gap,
    Page,
    Post,
    Rejected,
    Secret,
    Walk,
)

Outcome = Literal["complete", "capped", "broken"]
Vouches = Literal["complete", "overlapping"]

TAKEN_BACK = "taken back in the same walk"
SEEN_AGAIN = "seen again in the same walk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one walk may bring. A platform's `pace.pages` may ask for fewer pages.

    items: records of all kinds held in memory at once. response_s: seconds for one
    answer; seconds: for a whole walk. The last four are for websockets; bad_in_a_row is
    how many unreadable messages end a stream.
    """

    pages: int = 50
    bytes_per_response: int = 10_000_000
    bytes_per_walk: int = 100_000_000
    items: int = 50_000
    redirects: int = 5
    retries: int = 2
    response_s: float = 60.0
    seconds: float = 300.0
    messages: int = 2_000_000
    bytes_per_message: int = 1_000_000
    bytes_per_stream: int = 1_000_000_000
    bad_in_a_row: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one walk gave, however it ended.

    outcome: complete; capped (a limit of ours ended it); broken (`error` says why). Posts
        are to be kept in every case.
    checkpoint: the proposal that may be stored with these posts, or None to keep the old
        one. A complete walk proposes its last; a capped one what is safe: going from
        old to new, or back, the last; else the first, and what lies between `reached`
        and the old checkpoint is a gap. A broken one proposes nothing, but for a stream
        in the order of time, which has read everything up to there.
    reached: how far in time the walk has read for sure; the newest moment where
        `ascending`, else the oldest.
    posts: unique by uri, the later one kept; none of them is in `deletions`.
    skipped: items understood and not kept, by reason. requests: those sent, retries and
        redirects included.
    """

    posts: tuple[Post, ...]
    rejected: tuple[Rejected, ...]
    deletions: tuple[str, ...]
    accounts: tuple[AccountChange, ...]
    skipped: Mapping[str, int]
    requests: int
    outcome: Outcome
    error: CollectorError | None
    checkpoint: str | None
    reached: datetime | None
    ascending: bool
    gaps: tuple[Gap, ...]
    vouches: Vouches
    session: Mapping[str, Secret] | None
    started_at: datetime
    finished_at: datetime


@dataclass
class Gathering:
    """Pages put together, in the order in which they came."""

    walk: Walk
    started_at: datetime
    streamed: bool = False
    pages: int = 0
    session: Mapping[str, Secret] | None = None
    _posts: dict[str, Post] = field(default_factory=dict)
    _deletions: dict[str, None] = field(default_factory=dict)
    _rejected: list[Rejected] = field(default_factory=list)
    _accounts: list[AccountChange] = field(default_factory=list)
    _skipped: Counter[str] = field(default_factory=Counter)
    _gaps: list[Gap] = field(default_factory=list)
    _vouches: Vouches = "complete"
    _ascending: bool = False
    _first: str | None = None
    _last: str | None = None
    _oldest: datetime | None = None
    _newest: datetime | None = None

    @property
    def posts(self) -> int:
        """How many posts are kept so far."""
        return len(self._posts)

    @property
    def items(self) -> int:
        """How many records of all kinds are held in memory."""
        held = len(self._posts) + len(self._deletions)
        return held + len(self._rejected) + len(self._accounts)

    def add(self, page: Page) -> None:
        """Take in one page. A stream calls this for each message, most of them empty."""
        self.pages += 1
        for post in page.posts:
            self._add_post(post)
        for uri in page.deletions:
            self._add_deletion(uri)
        for reason, count in page.skipped.items():
            self._skipped[reason] += count
        if page.rejected:
            self._rejected.extend(page.rejected)
        if page.accounts:
            self._accounts.extend(page.accounts)
        if page.gap is not None:
            self._gaps.append(page.gap)
        if page.session is not None:
            self.session = page.session
        if page.ascending:
            self._ascending = True
        elif self._ascending and (page.posts or page.checkpoint is not None):
            self._turn_round()
        if page.vouches == "overlapping":
            self._vouches = "overlapping"
        self._add_marks(page.checkpoint, page.reached)

    def reject(self, rejected: Rejected) -> None:
        """Take in one item that could not be read."""
        self._rejected.append(rejected)

    def _turn_round(self) -> None:
        """The walk began again from the newest: what it had read going up is no longer
        all that lies below where it is now."""
        self._ascending = False
        self._first = self._last = None
        self._oldest = self._newest = None

    def gap(self, gap: Gap) -> None:
        """Take in a stretch that is known not to have been read."""
        self._gaps.append(gap)

    def _add_post(self, post: Post) -> None:
        if self._posts.pop(post.uri, None) is not None:
            self._skipped[SEEN_AGAIN] += 1
        self._deletions.pop(post.uri, None)
        self._posts[post.uri] = post

    def _add_deletion(self, uri: str) -> None:
        if self._posts.pop(uri, None) is not None:
            self._skipped[TAKEN_BACK] += 1
        self._deletions[uri] = None

    def _add_marks(self, checkpoint: str | None, reached: datetime | None) -> None:
        if checkpoint is not None:
            self._last = checkpoint
            if self._first is None:
                self._first = checkpoint
        if reached is not None:
            if self._newest is None or reached > self._newest:
                self._newest = reached
            if self._oldest is None or reached < self._oldest:
                self._oldest = reached

    def batch(
        self,
        outcome: Outcome,
        error: CollectorError | None = None,
        *,
        requests: int,
        finished_at: datetime,
    ) -> Batch:
        """All that was gathered, as it stands."""
        return Batch(
            posts=tuple(self._posts.values()),
            rejected=tuple(self._rejected),
            deletions=tuple(self._deletions),
            accounts=tuple(self._accounts),
            skipped=dict(self._skipped),
            requests=requests,
            outcome=outcome,
            error=error,
            checkpoint=self._proposal(outcome),
            reached=self._newest if self._ascending else self._oldest,
            ascending=self._ascending,
            gaps=tuple(self._gaps),
            vouches=self._vouches,
            session=self.session,
            started_at=self.started_at,
            finished_at=finished_at,
        )

    def _proposal(self, outcome: Outcome) -> str | None:
        """The rule of Batch.checkpoint."""
        if outcome == "complete":
            return self._last
        if outcome == "broken":
            return self._last if self.streamed and self._ascending else None
        unbroken = self._ascending or self.walk == "back"
        return self._last if unbroken else self._first


def fault(bug: Exception, slug: str) -> BadPayload:
    """A collector's programming error as an error of the tree, so that it ends one walk.

    Names the type and the line, not the message: that may hold what a server sent.
    """
    frames = traceback.extract_tb(bug.__traceback__)
    place = (
        f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}"
        if frames
        else ""
    )
    found = BadPayload(f"a fault in the {slug} collector: {type(bug).__name__}{place}")
    found.__cause__ = bug
    return found
