"""Paragraphs of a README."""

from __future__ import annotations


def paragraphs(text: str) -> tuple[str, ...]:
    """The text's paragraphs, which empty lines part, each on one line."""
    return tuple(" ".join(part.split()) for part in text.strip().split("\n\n"))
