"""A campaign's terms as people write and read them. Pure; rows are those of `terms_of`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
_MOST_NAMED = 20


def shown(term: Row) -> str:
    """As staff wrote it: `#LabourLeaks`, `the leaked report`."""
    return f"#{term['display']}" if term["kind"] == "hashtag" else str(term["display"])


def find(terms: Sequence[Row], written: str) -> Row | None:
    """The term that is written so, with or without `#`, in any case; None: it is none."""
    wanted = _plain(written)
    return next(
        (
            term
            for term in terms
            if wanted in {_plain(term["value"]), _plain(term["display"])}
        ),
        None,
    )


def unknown(campaign: str, terms: Sequence[Row], written: str) -> str:
    """What is told where there is no such term: which there are."""
    names = [shown(term) for term in terms]
    more = len(names) - _MOST_NAMED
    listed = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    there = (
        f"there {'is' if len(names) == 1 else 'are'} {listed}" if names else "none is"
    )
    return f"{campaign} has no term “{written[:60]}”; {there}"


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).removeprefix("#")
