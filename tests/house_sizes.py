"""Sizes: short functions, short files, everything annotated."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.house import Source

MEDIAN, NINE_IN_TEN, LONGEST, FILE = 10, 35, 60, 400

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(code: Sequence[Source]) -> Iterator[str]:
    """Each file and function over its budget, then the whole."""
    for source in code:
        if (lines := len(source.text.splitlines())) > FILE:
            yield f"{source.path}: {lines} lines; {FILE} is the most"
        for function in functions(source):
            if (lines := _lines(function)) > LONGEST:
                where = f"{source.path}:{function.lineno}"
                yield f"{where}: {function.name} has {lines} lines; {LONGEST} is the most"
    middle, ninth = spread(code)
    if middle > MEDIAN:
        yield f"functions: the median is {middle:g} lines; {MEDIAN} is the most"
    if ninth > NINE_IN_TEN:
        yield f"functions: nine in ten have {ninth:g} lines; {NINE_IN_TEN} is the most"


def functions(source: Source) -> list[_Function]:
    """Every function of a file, inner ones too."""
    return [node for node in ast.walk(source.tree) if isinstance(node, _Function)]


def _lines(function: _Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def spread(code: Sequence[Source]) -> tuple[float, float]:
    """The median length of the functions, and what nine in ten stay within."""
    lengths = [_lines(function) for source in code for function in functions(source)]
    if len(lengths) < 2:
        return (float(sum(lengths)), float(sum(lengths)))
    return median(lengths), quantiles(lengths, n=10, method="inclusive")[8]


def annotated(function: _Function) -> bool:
    """Whether it says what it takes and gives; self and cls need no saying."""
    of = function.args
    named = [*of.posonlyargs, *of.args, *of.kwonlyargs]
    named += [extra for extra in (of.vararg, of.kwarg) if extra]
    said = all(arg.annotation or arg.arg in {"self", "cls"} for arg in named)
    return said and function.returns is not None


def summary(code: Sequence[Source]) -> str:
    """One line over all files."""
    every = [function for source in code for function in functions(source)]
    middle, ninth = spread(code)
    longest = max(map(_lines, every), default=0)
    largest = max((len(source.text.splitlines()) for source in code), default=0)
    share = sum(map(annotated, every)) / len(every) if every else 1
    return (
        f"{len(code)} files, {len(every)} functions: median {middle:g} lines, "
        f"90 % within {ninth:g}, longest {longest}; largest file {largest}; "
        f"{share:.1%} annotated"
    )
