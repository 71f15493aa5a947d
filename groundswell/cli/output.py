"""Words on a terminal: data on stdout, talk on stderr, safe and narrow enough."""

from __future__ import annotations

import errno
import json
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import click

from groundswell.config.problems import ConfigError, Problem
from groundswell.widths import columns_of

_REORDERS = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}

# The least room in which a folded column can still be read.
_FOLDED = 30


def make_safe(*streams: IO[str]) -> None:
    """A terminal that cannot show a character gets an escape, not a traceback."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Talk: to stderr."""
    click.echo(text, err=True)


def show(text: str) -> None:
    """Data: to stdout."""
    click.echo(text)


def show_json(data: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Data for scripts, in ASCII: any terminal, pipe or locale can carry it."""
    click.echo(json.dumps(data, indent=2))


def width() -> int:
    """The terminal's columns; 80 where there is no terminal."""
    return max(20, shutil.get_terminal_size().columns)


def one_line(text: str, columns: int) -> str:
    """A text on one line, at most so many columns wide, unable to move the cursor.

    Control characters and those that reorder what a reader sees are dropped.
    """
    spaced = " ".join(text.split())
    safe = "".join(char for char in spaced if _harmless(char))
    if columns_of(safe) <= columns:
        return safe
    kept, used = [], 0
    for char in safe:
        used += columns_of(char)
        if used > columns - 1:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def _harmless(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cs"} and char not in _REORDERS


def wrapped(text: str, indent: str = "") -> str:
    """Prose at the terminal's width; later lines are indented. Left whole in a pipe,
    where a script may look for it."""
    if not sys.stdout.isatty():
        return indent + text
    return textwrap.fill(
        text,
        width(),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns, the last one folded where it must be; where the terminal is too
    narrow even for that, each row as lines of its own."""
    cells = [[one_line(cell, 500) for cell in row] for row in rows]
    room = [max(map(columns_of, column)) for column in zip(head, *cells, strict=True)]
    left = width() - sum(room[:-1]) - 2 * (len(room) - 1)
    if left < min(room[-1], _FOLDED):
        return [line for row in cells for line in _card(head, row)]
    room[-1] = min(room[-1], left)
    return [line for row in (list(head), *cells) for line in _aligned(row, room)]


def _card(head: Sequence[str], row: Sequence[str]) -> list[str]:
    pairs = zip(head[1:], row[1:], strict=True)
    return [wrapped(row[0])] + [
        wrapped(f"{name}: {cell}", "  ") for name, cell in pairs if cell
    ]


def _aligned(row: Sequence[str], room: Sequence[int]) -> list[str]:
    """One row; the last cell goes on below itself. Words are never cut."""
    *cells, last = row
    start = "".join(
        cell + " " * (columns - columns_of(cell) + 2)
        for cell, columns in zip(cells, room, strict=False)
    )
    folded = textwrap.wrap(last, room[-1], break_long_words=False) or [""]
    rest = [" " * columns_of(start) + line for line in folded[1:]]
    return [(start + folded[0]).rstrip(), *rest]


def problem_lines(error: ConfigError) -> list[str]:
    """Every mistake of a configuration, under the name of the file."""
    name = one_line(str(error.file), 300) if error.file else "the environment"
    if len(error.problems) == 1 and not error.problems[0].path:
        return [f"{name}: {error.problems[0].message}"]
    count = len(error.problems)
    head = f"{name}: {count} mistake{'s' if count != 1 else ''}"
    return [head, *map(_problem_line, error.problems)]


def _problem_line(problem: Problem) -> str:
    place = f"line {problem.line}: " if problem.line else ""
    return wrapped(f"{place}{problem}", "  ")


def say_problems(error: ConfigError) -> None:
    """A configuration that a command cannot work with."""
    for line in problem_lines(error):
        say(line)


_TROUBLE = {
    errno.EACCES: "the rights of the file or of its folder do not allow it",
    errno.EPERM: "the rights of the file or of its folder do not allow it",
    errno.EROFS: "it is on a disk that can only be read; name another place",
    errno.ENOSPC: "the disk is full; free some space",
    errno.EEXIST: "a part of its path is a file and no folder; name another place",
    errno.ENOTDIR: "a part of its path is a file and no folder; name another place",
    errno.EISDIR: "it is a folder; name a file in it",
}


def file_trouble(
    error: OSError, path: str | Path | None = None, *, done: str = "used"
) -> str:
    """What is wrong with a file, and what to do. path: where the error names none. done:
    what was to be done with it."""
    name = Path(error.filename or path or "")
    if error.errno == errno.ENOENT and not name.parent.exists():
        why = f"there is no folder {name.parent}; make it first"
    else:
        why = _TROUBLE.get(error.errno or 0) or error.strerror or str(error)
    return one_line(f"{name}: cannot be {done}: {why}", 500)


def plural(count: int, word: str) -> str:
    """1 post, 2 posts."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
