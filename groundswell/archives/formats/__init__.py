"""The formats that are known, one module each, found by their files."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Protocol

from groundswell.archives.records import Context, Entry, Record, Sample

SURE = 0.4


class Format(Protocol):
    """What every module here has."""

    NAME: str
    TITLE: str

    @staticmethod
    def fits(sample: Sample) -> float:
        """How sure it is that these are its records, 0 to 1."""

    @staticmethod
    def entries(record: Record, context: Context) -> Iterator[Entry]:
        """What a record gives; one that has no value never comes here."""


@cache
def available() -> tuple[str, ...]:
    """The names of the formats, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(name: str) -> Format:
    """A format by its name. Raises LookupError, naming those there are."""
    if name not in available():
        known = ", ".join(available())
        raise LookupError(f"no format is called {name!r}; there are {known}")
    module: Format = import_module(f"groundswell.archives.formats.{name}")  # type: ignore[assignment]
    return module


def recognise(sample: Sample) -> Format | None:
    """The format of a file, by its content; None where none is sure."""
    sure = [(load(name).fits(sample), name) for name in available()]
    best, name = max(sure)
    return load(name) if best >= SURE else None
