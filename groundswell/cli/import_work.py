"""What `import` does: files into the store, with processes that score, until a signal."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from groundswell.cli.import_told import Meter, Told
from groundswell.cli.output import one_line, plural, say, wrapped

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from db.connection import Database
    from groundswell.config.loading import Campaign, Config
    from groundswell.digesting import Desk
    from groundswell.importing import Contents, Part, Wishes
    from groundswell.scoring import Scorer


def tell_contents(found: Contents, told: Told) -> None:
    """What a file holds, and of a table which column is what."""
    told.formats = sorted({part.format.TITLE for part in found.parts})
    told.left = list(found.left)
    for part in found.parts:
        say(wrapped(f"{part.name}: {part.format.TITLE} ({part.container})"))
        if part.format.NAME == "any_table":
            pairs = ", ".join(f"{a}={b}" for a, b in part.context.columns.items())
            say(wrapped(f"columns: --map {pairs}", "  "))
        if _is_of_no_platform(part):
            say(
                wrapped("no column says of which platform it is: --platform does", "  ")
            )
    if found.left:
        say(f"{plural(len(found.left), 'file')} in it not read, for instance:")
    for reason in found.left[:_SAID]:
        say(wrapped(one_line(reason, 200), "  "))


def _is_of_no_platform(part: Part) -> bool:
    from groundswell.archives.table import UNKNOWN

    is_table = part.format.NAME in {"any_table", "fourcat"}
    is_said = "platform" in part.context.columns or part.context.platform != UNKNOWN
    return is_table and not is_said


def desk_for(
    campaign: Campaign, rows: tuple[Any, ...], options: dict[str, Any]
) -> Desk:
    """What the posts of a campaign's archive are held against."""
    from groundswell.digesting import Desk

    own = tuple(row for row in rows if row.campaign == campaign.slug)
    return Desk(campaign, own, None if options["only_matching"] else own[0].id)


_SAID = 3
_SMALL = 2_000_000  # bytes that are read before a second process is ready


@contextlib.contextmanager
def scoring(
    config: Config, files: Sequence[Path], options: dict[str, Any]
) -> Iterator[tuple[Scorer | None, ProcessPoolExecutor | None]]:
    """The scorer, and the processes that read and score where the files are worth it."""
    from groundswell import workers
    from groundswell.archives.packed import likely_size
    from groundswell.runtime import scorer_for

    workers.relax()
    scorer = scorer_for(config) if options["score"] else None
    count = options["processes"] or workers.processors()
    size = sum(likely_size(path) for path in files)
    if count == 1 or size < _SMALL:
        yield scorer, None
        return
    with workers.pool(count, scorer) as pool:
        yield scorer, pool


@contextlib.contextmanager
def until_signal() -> Iterator[list[int]]:
    """A list that a signal puts itself into: the batch in hand is finished first."""
    got: list[int] = []
    old = {
        number: signal.signal(number, lambda n, _: got.append(n))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield got
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


@dataclass(slots=True)
class Work:
    """An import of several files into one campaign. stopping: the signals that came."""

    database: Database
    config: Config
    campaign: Campaign
    wishes: Wishes
    options: dict[str, Any]
    scorer: Scorer | None
    pool: ProcessPoolExecutor | None
    stopping: list[int]

    def file(self, path: Path) -> Told:
        """One file; what is wrong with it is told and the others go on."""
        from groundswell.archives.records import ArchiveError

        told = Told(str(path))
        meter = Meter(path)
        try:
            self._read(path, told, meter)
        except ArchiveError as error:
            told.problem = str(error)
        finally:
            meter.end()
        return told

    def _read(self, path: Path, told: Told, meter: Meter) -> None:
        from db import imports, watchlist
        from groundswell.archives import packed
        from groundswell.clock import utcnow
        from groundswell.digesting import blocks, digests
        from groundswell.importing import contents

        found = contents(path, self.wishes, meter.bytes)
        tell_contents(found, told)
        rows = tuple(watchlist.active_terms(self.database))
        desk = desk_for(self.campaign, rows, self.options)
        known = imports.begin(
            self.database,
            desk.rows[0].campaign_id,
            fingerprint=packed.fingerprint(path),
            name=path.name,
            form=", ".join(sorted({part.format.NAME for part in found.parts})),
            now=utcnow(),
        )
        position = self._resume(path, known)
        if position is None:
            return
        meter.resumed(position)
        with _rejects(self._rejects_path(path), told) as reject:
            stretch = blocks(found.parts, skip=position)
            for one in digests(stretch, desk, utcnow(), self.scorer, self.pool):
                batch = one.batch
                for rejected in one.rejects:
                    reject(*rejected)
                told.skipped.update(one.skipped)
                told.new += imports.keep(
                    self.database, known.id, batch, opt_out=self.config.monitor.opt_out
                )
                told.posts += len(batch.posts)
                told.rejected += batch.rejected
                meter.done(batch.position)
                if self.stopping:
                    told.stopped = True
                    return
        ids = [row.id for row in desk.rows]
        imports.finish(self.database, known.id, ids, utcnow())

    def _resume(self, path: Path, known: Any) -> int | None:  # noqa: ANN401 - an Import
        """Where to begin; None where nothing is left to do."""
        from db import imports

        if known.finished and not self.options["again"]:
            say(wrapped(
                f"{path}: imported already ({plural(known.posts, 'post')}); nothing to do. "
                "--again reads it anew."
            ))  # fmt: skip
            return None
        if self.options["again"]:
            imports.again(self.database, known.id)
            return 0
        if known.position:
            say(f"{path}: goes on after record {known.position:,}")
        return int(known.position)

    def _rejects_path(self, path: Path) -> Path:
        chosen: Path | None = self.options["rejected"]
        folder = self.config.monitor.database.parent
        return chosen or folder / f"{path.name}.rejected.ndjson"


@contextlib.contextmanager
def _rejects(path: Path, told: Told) -> Iterator[Any]:
    """Writes each line that could not be read to a file: its number and the reason, and
    nothing of what it said."""
    opened: list[IO[str]] = []

    def reject(member: str, line: int, reason: str) -> None:
        if not opened:
            opened.append(path.open("a", encoding="utf-8"))
            told.rejects_file = str(path)
        entry = {"file": told.file, "part": member, "line": line, "reason": reason}
        opened[0].write(json.dumps(entry, ensure_ascii=False) + "\n")

    try:
        yield reject
    finally:
        for file in opened:
            file.close()
