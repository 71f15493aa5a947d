"""What travels between the layers of an import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from collectors.base import Author, Post

Container = Literal["ndjson", "json", "csv", "xlsx", "parquet"]


class ArchiveError(Exception):
    """A file that cannot be imported; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file. line: where it begins, from 1. value: None where it could not
    be read, for the reason in `problem`."""

    line: int
    value: Mapping[str, Any] | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a file. columns: of a table; () otherwise. member: its name inside
    an archive of files."""

    container: Container
    records: Sequence[Mapping[str, Any]]
    columns: tuple[str, ...] = ()
    member: str = ""

    def share(self, keys: Sequence[str]) -> float:
        """The share of the records that have all of these keys."""
        if not self.records:
            return 0.0
        return sum(all(k in one for k in keys) for one in self.records) / len(
            self.records
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of a record: a post, a deletion (a uri), or the reason for neither.

    deleted_by: the only author (a uri) whose post a deletion may take; None where the
    deletion itself proves it. rejected: it could not be read. skipped: it was understood
    and is not wanted.
    """

    line: int
    post: Post | None = None
    deletion: str | None = None
    deleted_by: str | None = None
    rejected: str | None = None
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a format may know beside the record. columns: field to column, for tables that
    no program's format fits. owner: whose archive it is. day_first: how 01/02/2026 is
    read; None where nobody said."""

    columns: Mapping[str, str] = field(default_factory=dict)
    platform: str = "archive"
    owner: Author | None = None
    day_first: bool | None = None
