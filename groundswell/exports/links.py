"""Which addresses may be links."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Spreadsheet programs repair, that is drop, links that are longer or hold these.
_LONGEST = 2079
_ODD = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")


def safe_url(url: str | None) -> str | None:
    """The address if it is an absolute http(s) one, else None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def sheet_url(url: str | None) -> str | None:
    """The address if a spreadsheet can hold it as a link, else None."""
    found = safe_url(url)
    return (
        None if found is None or len(found) > _LONGEST or _ODD.search(found) else found
    )
