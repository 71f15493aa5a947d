"""What is wrong with a configuration: where, and what to write instead.

Imports nothing heavy: the command line needs these for every command.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. path: "campaign[0].hashtags[1]", an environment variable, or "" for
    the file as a whole. line: counted from 1, None where it is not known."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ConfigError(Exception):
    """A configuration that cannot be used; holds every mistake found in it.

    file: where it was read from, None for the environment or the built-in default.
    """

    def __init__(self, problems: Iterable[Problem], file: Path | None = None) -> None:
        self.problems = tuple(problems)
        self.file = file
        super().__init__("\n".join(map(str, self.problems)))
