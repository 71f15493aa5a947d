"""What `import` tells: how far it has come, and what it came to."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from groundswell.cli.frame import DONE, FAILED, PARTLY
from groundswell.cli.output import one_line, say, show, show_json, table, wrapped

_EVERY_S = 1.0


@dataclass(slots=True)
class Told:
    """What an import of one file came to."""

    file: str
    formats: list[str] = field(default_factory=list)
    posts: int = 0
    new: int = 0
    rejected: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejects_file: str | None = None
    stopped: bool = False
    problem: str | None = None
    left: list[str] = field(default_factory=list)


class Meter:
    """How far an import has come, with a rate and an estimate, on a terminal."""

    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size if path.exists() else 0
        self._bytes = self._records = self._from = 0
        self._began = self._shown = time.monotonic()

    def bytes(self, count: int) -> None:
        """So many bytes were read."""
        self._bytes += count

    def resumed(self, position: int) -> None:
        """So many records were done before."""
        self._records = self._from = position

    def done(self, position: int) -> None:
        """So many records are done."""
        self._records = position
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._shown >= _EVERY_S:
            self._shown = now
            click.echo(f"\r\033[K{self._line(now - self._began)}", err=True, nl=False)

    def _line(self, seconds: float) -> str:
        rate = (self._records - self._from) / max(seconds, 0.001)
        share = min(self._bytes / self._size, 1.0) if self._size else 0.0
        left = ""
        if 0.01 < share < 1:
            rest = int(seconds / share * (1 - share))
            left = f", {rest // 60}:{rest % 60:02d} left"
        return f"{self._records:,} records, {rate:,.0f} a second{left}"

    def end(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty() and self._shown != self._began:
            click.echo("\r\033[K", err=True, nl=False)


def report(results: Sequence[Told], options: dict[str, Any]) -> None:
    """The results, as a table or as JSON."""
    if options["as_json"]:
        show_json([_as_json(one, dry=options["dry_run"]) for one in results])
        return
    head = ["file", "posts", "new", "not read", "left out"]
    rows = [
        (one.file, str(one.posts), "-" if options["dry_run"] else str(one.new),
         str(one.rejected), str(one.skipped.total()))
        for one in results
        if one.problem is None
    ]  # fmt: skip
    for line in table(head, rows) if rows else ():
        show(line)
    for one in results:
        _tell_one(one)


def _tell_one(one: Told) -> None:
    if one.problem:
        for line in one.problem.splitlines():
            say(wrapped(one_line(line, 2000)))
    for reason, count in one.skipped.most_common(8):
        say(wrapped(f"{count:,} left out: {reason}", "  "))
    if one.rejects_file:
        say(
            wrapped(f"{one.rejected:,} could not be read: see {one.rejects_file}", "  ")
        )
    if one.stopped:
        say(f"{one.file}: stopped; the same command goes on from here")


def _as_json(one: Told, *, dry: bool) -> dict[str, Any]:
    return {
        "file": one.file,
        "formats": one.formats,
        "posts": one.posts,
        "new": None if dry else one.new,
        "rejected": one.rejected,
        "skipped": dict(one.skipped),
        "rejects_file": one.rejects_file,
        "stopped": one.stopped,
        "problem": one.problem,
        "files_not_read": one.left,
    }


def code(results: Sequence[Told]) -> int:
    """The exit code: 1 where no file could be read, 3 where not everything could."""
    if results and all(one.problem for one in results):
        return FAILED
    partly = any(one.problem or one.rejected or one.stopped for one in results)
    return PARTLY if partly else DONE
