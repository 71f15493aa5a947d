"""How wide a text is where every letter has one width: terminals, plain text."""

from __future__ import annotations

import unicodedata


def columns_of(text: str) -> int:
    """How many columns a text takes: wide characters two, combining marks none."""
    return sum(
        0
        if unicodedata.category(char) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )
