"""What the benchmarks measured, gathered for the one table that `./run bench` ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """value: with its unit. reference, ratio: what it was measured against in the same
    run. aim: what it should be."""

    what: str
    value: str
    reference: str = ""
    ratio: str = ""
    aim: str = ""


FIGURES: list[Figure] = []


def note(
    what: str,
    value: str,
    *,
    reference: str = "",
    ratio: float | None = None,
    aim: str = "",
) -> None:
    """Print a figure, and keep it for the table."""
    told = f"{ratio:.2f}" if ratio is not None else ""
    FIGURES.append(Figure(what, value, reference, told, aim))
    against = f"; {reference}: ratio {told}" if reference else ""
    print(f"{what}: {value}{against}{f' (aim: {aim})' if aim else ''}", flush=True)


def table() -> list[str]:
    """The lines of the table, all figures under one another."""
    head = Figure("figure", "measured", "against, in the same run", "ratio", "aim")
    rows = [(f.what, f.value, f.reference, f.ratio, f.aim) for f in (head, *FIGURES)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        .rstrip()
        for row in rows
    ]  # fmt: skip


def measured(name: str, arguments: Mapping[str, Any]) -> tuple[int, list[Figure]]:
    """Run a benchmark in this process: its exit code, and what it noted."""
    main: Callable[..., int] = import_module(f"benchmarks.{name}").main
    return main(**arguments), FIGURES
