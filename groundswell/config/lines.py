"""Where in the file a path such as "campaign[1].hashtags" stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(#.*)?")
_PATH = re.compile(r"([\w-]+)(?:\[(\d+)\])?(?:\.([\w-]+|'[^']*'))?")


def line_of(text: str, path: str) -> int | None:
    """The line, from 1, of a key, or of its section's header where the key is missing.

    A plain look at the lines: inline tables and dotted keys are not found (None).
    """
    parsed = _PATH.match(path)
    if parsed is None:
        return None
    section, index, key = parsed[1], int(parsed[2] or 0), parsed[3]
    if key is None and parsed[2] is None:
        return _first(text, section)
    for start, body in _sections(text, section, index):
        pattern = re.compile(
            rf"\s*[\"']?{re.escape((key or '').strip(chr(39)))}[\"']?\s*="
        )
        inside = (start + n for n, line in enumerate(body, 1) if pattern.match(line))
        return next(inside, start) if key else start
    return None


def _first(text: str, section: str) -> int | None:
    """A key at the top level, or the first header of that name."""
    pattern = re.compile(rf"\s*(\[\[?\s*)?{re.escape(section)}\s*(\]|=|\.)")
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if pattern.match(line)), None)


def _sections(text: str, section: str, index: int) -> Iterator[tuple[int, list[str]]]:
    """The index-th section of that name: its header's line number and its body."""
    lines = text.splitlines()
    heads = [
        (number, header[1])
        for number, line in enumerate(lines, 1)
        if (header := _HEADER.fullmatch(line))
    ]
    ends = [number - 1 for number, _ in heads[1:]] + [len(lines)]
    found = [
        (number, lines[number:end])
        for (number, name), end in zip(heads, ends, strict=True)
        if name == section
    ]
    yield from found[index : index + 1]
