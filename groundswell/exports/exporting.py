"""An export from end to end: posts chosen, facts gathered, bytes given."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TypeVar

from db import exporting, networks
from db.choosing import Selection, chosen
from db.connection import Database
from groundswell.exports import about as facts
from groundswell.exports import delimited, gexf, ndjson
from groundswell.exports.about import About
from groundswell.exports.forms import Form

_T = TypeVar("_T")
Tick = Callable[[], None]
_PART = 1 << 16


def _untold() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Export:
    """Chosen posts in a form."""

    form: Form
    about: About
    _db: Database

    def readme(self) -> str:
        """The README that lies beside the file."""
        lines = facts.readme(
            self.about, self.form.title, self.form.notes or (), table=self.form.table
        )
        return "\n".join(lines) + "\n"

    def chunks(self, *, bom: bool = False, tick: Tick = _untold) -> Iterator[bytes]:
        """The file, piece by piece; memory stays flat.

        tick: called for each post, `form.passes` times; what it raises ends the export.
        """
        db, campaign_id = self._db, self.about.selection.campaign_id
        if self.form.name == "ndjson":
            yield from ndjson.lines(ticking(exporting.posts(db), tick))
        elif self.form.name == "csv":
            rows = ticking(exporting.rows(db, campaign_id), tick)
            yield from delimited.chunks(rows, bom=bom)
        elif self.form.name == "gexf":
            yield self._network()
        else:
            write = self._workbook if self.form.name == "xlsx" else self._pack
            with tempfile.TemporaryFile() as file:
                write(file, tick)
                file.seek(0)
                while part := file.read(_PART):
                    yield part

    def _network(self) -> bytes:
        told = facts.readme(
            self.about, self.form.title, self.form.notes or (), table=False
        )
        with networks.hashtags(self._db, gexf.MOST) as (tags, pairs):
            return gexf.document(
                tags, pairs, about=told, written_at=self.about.written_at
            )

    def _workbook(self, file: IO[bytes], tick: Tick) -> None:
        from groundswell.exports import xlsx  # openpyxl takes long to load

        rows = exporting.rows(self._db, self.about.selection.campaign_id)
        readme = facts.readme(self.about, self.form.title, xlsx.NOTES, table=True)
        xlsx.write(
            file, ticking(rows, tick), readme=readme, written_at=self.about.written_at
        )

    def _pack(self, file: IO[bytes], tick: Tick) -> None:
        from groundswell.exports import pack

        pack.write(file, self._db, self.about, tick)


class TooMany(ValueError):
    """There are more posts than may be taken. most: so many may."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most:,} posts")
        self.most = most


@contextmanager
def opened(
    db: Database,
    selection: Selection,
    form: Form,
    now: datetime,
    *,
    one_moment: bool = True,
    most: int | None = None,
) -> Iterator[Export]:
    """The selection's posts, chosen now. one_moment, most: as of db.choosing.chosen.

    Raises TooMany, before anything is written.
    """
    with chosen(db, selection, one_moment=one_moment, most=most) as posts:
        if most is not None and posts > most:
            raise TooMany(most)
        yield Export(form, facts.gather(db, selection, posts, now), db)


def ticking(items: Iterable[_T], tick: Tick) -> Iterator[_T]:
    """The items; tick is called after each."""
    for item in items:
        yield item
        tick()
