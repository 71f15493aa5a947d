"""What is in an archive: its parts, each with its container, format and columns.

What becomes of their records, block by block: groundswell.digesting. Memory holds a few
blocks, however large the file. Where an import stops, it may go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from collectors.base import Author
from groundswell.archives import containers, packed, table, tabular
from groundswell.archives.formats import Format, load, recognise
from groundswell.archives.formats.x_posts import owner_of
from groundswell.archives.packed import Member
from groundswell.archives.records import (
    ArchiveError,
    Container,
    Context,
    Entry,
    Record,
    Sample,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One text or table of a file, with what it is. read: its records, not yet decoded
    where that takes time."""

    name: str
    container: Container
    format: Format
    context: Context
    read: Callable[[], Iterator[containers.Piece]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What staff asked for. format: by name, None to recognise it. columns: names for a
    table without them. mapping: field to column. platform: of a table that does not say.
    day_first: how its dates like 01/02/2026 are read.
    """

    format: str | None = None
    columns: tuple[str, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    platform: str | None = None
    day_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a file. left: why each of its other files is not read, as sentences."""

    parts: tuple[Part, ...]
    left: tuple[str, ...] = ()


def contents(
    path: Path, wishes: Wishes, progress: Callable[[int], None] | None = None
) -> Contents:
    """What is in a file that can be imported. Raises ArchiveError, naming what is there
    where nothing can be."""
    if packed.magic(path).startswith(b"PAR1"):
        read: Callable[[], Iterator[Record]] = partial(tabular.parquet, path)
        return Contents((_table(path, "parquet", read, wishes),))
    if packed.is_workbook(path):
        read = partial(tabular.workbook, path, wishes.columns)
        return Contents((_table(path, "xlsx", read, wishes),))
    found, left = [], []
    everything = packed.members(path)
    owner = _owner(everything)
    for member in everything:
        if owner is not None and _tells_owner(member):
            continue
        try:
            found.append(_text(member, wishes, owner, progress))
        except ArchiveError as error:
            left.append(str(error))
    if not found:
        raise ArchiveError("\n".join(left[:5]))
    return Contents(tuple(found), tuple(left))


def _text(
    member: Member,
    wishes: Wishes,
    owner: Author | None,
    progress: Callable[[int], None] | None,
) -> Part:
    container = containers.container_of(member)

    def read(
        told: Callable[[int], None] | None = progress,
    ) -> Iterator[containers.Piece]:
        return containers.pieces(
            member, container, columns=wishes.columns, progress=told
        )

    sample = containers.sample(read(None), container, member.name)
    return _part(sample, read, wishes, owner)


def _table(
    path: Path,
    container: Container,
    read: Callable[[], Iterator[containers.Piece]],
    wishes: Wishes,
) -> Part:
    return _part(containers.sample(read(), container, path.name), read, wishes)


def _part(
    sample: Sample,
    read: Callable[[], Iterator[containers.Piece]],
    wishes: Wishes,
    owner: Author | None = None,
) -> Part:
    name = sample.member
    chosen = load(wishes.format) if wishes.format else recognise(sample)
    columns = {**_proposal(sample), **wishes.mapping}
    if chosen is None and wishes.mapping and not table.missing(columns):
        chosen = load("any_table")
    if sample.records:
        _check(name, sample, wishes.mapping)
    if chosen is None:
        raise ArchiveError(_unknown(name, sample))
    if chosen.NAME == "any_table" and (gone := table.missing(columns)):
        raise ArchiveError(f"{name}: no column is {' and '.join(gone)}; {_how(sample)}")
    platform = wishes.platform or table.UNKNOWN
    context = Context(columns, platform, owner, wishes.day_first)
    return Part(name, sample.container, chosen, context, read)


def _columns(sample: Sample) -> tuple[str, ...]:
    return sample.columns or tuple(sample.records[0] if sample.records else ())


def _proposal(sample: Sample) -> dict[str, str]:
    return table.proposed(_columns(sample))


def _check(name: str, sample: Sample, mapping: dict[str, str]) -> None:
    there = _columns(sample)
    for said, column in mapping.items():
        if said not in table.NAMES:
            known = ", ".join(table.NAMES)
            raise ArchiveError(
                f"--map {said}=…: no field is called so; there are {known}"
            )
        if there and column not in there:
            raise ArchiveError(
                f"{name}: --map {said}={column}: there is no such column; "
                f"there are {', '.join(there[:40])}"
            )


def _unknown(name: str, sample: Sample) -> str:
    if not sample.records:
        return f"{name}: there is not one record in it that can be read"
    return f"{name}: these records are of no format that is known here; {_how(sample)}"


def _how(sample: Sample) -> str:
    there = ", ".join(_columns(sample)[:40])
    return (
        "say which column is what, like --map text=body,published_at=date "
        f"(there are {there})"
    )


def _tells_owner(member: Member) -> bool:
    return member.name.rpartition("/")[2] == "account.js"


def _owner(everything: Sequence[Member]) -> Author | None:
    """Whose X archive it is, from its data/account.js."""
    for member in everything:
        if _tells_owner(member):
            for piece in containers.pieces(member, "json"):
                return owner_of(containers.record_of(piece).value or {})
    return None


def entries(found: Sequence[Part]) -> Iterator[tuple[Part, Entry]]:
    """Everything that the parts of a file give, in order."""
    for part in found:
        for record in map(containers.record_of, part.read()):
            if record.value is None:
                yield part, Entry(record.line, rejected=record.problem)
            else:
                for entry in part.format.entries(record, part.context):
                    yield part, entry
