"""What templates may do with a value. Text from posts is hostile: all of it is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from db.times import to_text
from groundswell.exports.links import safe_url
from groundswell.web import times, words
from groundswell.web.charts import SENTIMENTS
from groundswell.web.zones import UTC

_URL = re.compile(r"https?://[^\s<>\"“”«»\x00-\x1f]+", re.IGNORECASE)
_TAIL = ".,;:!?'\")]}…*_"
REL = "nofollow noopener noreferrer ugc"
SHOWN = 500  # characters of a post on a page; the rest is one click away


def safe_path(path: str | None) -> str:
    """The address if it is one on this host, else that of the campaigns' page."""
    inside = (path or "").startswith("/") and not (path or "").startswith("//")
    return path if path and inside else "/"


def linkify(text: str) -> Markup:
    """The text escaped, its http(s) addresses as links that vouch for nothing."""
    parts: list[Markup] = []
    end = 0
    for found in _URL.finditer(text):
        address = _trim(found[0])
        if safe_url(address) is None:
            continue
        parts += [escape(text[end : found.start()]), _anchor(address)]
        end = found.start() + len(address)
    return Markup("").join([*parts, escape(text[end:])])


def _anchor(address: str) -> Markup:
    shown = address if len(address) <= 80 else address[:77] + "…"
    template = Markup('<a href="{}" rel="{}">{}</a>')
    return template.format(address, REL, shown)


def _trim(address: str) -> str:
    trimmed = address.rstrip(_TAIL)
    if address[len(trimmed) :].startswith(")") and "(" in trimmed:
        return trimmed + ")"
    return trimmed


def excerpt(text: str, length: int = SHOWN) -> str:
    """The text's beginning, cut between words where there are any."""
    if len(text) <= length:
        return text
    cut = text[:length]
    return cut.rsplit(None, 1)[0] if " " in cut[length // 2 :] else cut


def quote_all(text: str) -> str:
    """Text as one part of a path or query: slashes are quoted too."""
    return quote(text, safe="")


def lines(
    table: Iterable[tuple[str, Sequence[Mapping[str, Any] | None]]],
    by: str,
    zone: ZoneInfo = UTC,
) -> Markup:
    """The table of posts by time: `12`, `not seen`, `12 (of 50 % seen)`.

    A week has more than a thousand cells, each of which costs a template ten times as much.
    """
    told = "\n".join(
        _line(
            times.slot(bucket, by, zone),
            "".join(f'<td class="num">{_cell(one)}</td>' for one in cells),
        )
        for bucket, cells in table
    )
    return Markup(told)  # noqa: S704 - numbers and our own words


def _line(begin: Markup, cells: str) -> str:
    return f'<tr><th scope="row">{begin}</th>{cells}</tr>'


def _cell(one: Mapping[str, Any] | None) -> str:
    if one is None or one["posts"] is None:
        return f"<i>{_unknown(one)}</i>"
    posts, seen = words.number(one["posts"]), one["covered"]
    if seen >= 0.999:
        return posts
    share = f"of {words.percent(seen, 1)} seen"
    note = share if seen else "known, but the time was not seen"
    return f'{posts} <span class="quiet">({note})</span>'


def _unknown(one: Mapping[str, Any] | None) -> str:
    """Why there is no count: nothing was seen, or the newest posts that pass sufficed."""
    return "not looked at" if one and one["covered"] else "not seen"


def moods(rows: Iterable[Mapping[str, Any]], by: str, zone: ZoneInfo = UTC) -> Markup:
    """The table of sentiment by time, for the same reason."""
    told = "\n".join(
        _line(times.slot(row["bucket"], by, zone), _moods(row)) for row in rows
    )
    return Markup(told)  # noqa: S704 - numbers


def _moods(row: Mapping[str, Any]) -> str:
    if row["negative"] is None:
        return f'<td class="num" colspan="5"><i>{_unknown(row)}</i></td>'
    told = [words.number(row[kind]) for kind in SENTIMENTS]
    told.append("–" if row["polarity"] is None else f"{row['polarity']:+.2f}")
    return "".join(f'<td class="num">{one}</td>' for one in told)


def sql_error(message: str) -> str:
    """The sentence that a published query sent, out of SQLite's wrapping."""
    found = re.search(r"JSON path(?: error near|:) '(.*)'$", message, re.DOTALL)
    return found[1].replace("''", "'") if found else message


FILTERS: Mapping[str, Callable[..., Any]] = {
    "gs_number": words.number,
    "gs_alert": words.alert,
    "gs_lines": lines,
    "gs_moods": moods,
    "gs_about": words.about,
    "gs_percent": words.percent,
    "gs_plural": words.plural,
    "gs_param": words.param,
    "gs_covered": words.covered,
    "gs_hours": words.hours,
    "gs_lang": words.language,
    "gs_time": words.time,
    "gs_when": times.when,
    "gs_when_named": times.when_named,
    "gs_between": times.between,
    "gs_slot": times.slot,
    "gs_iso": to_text,
    "gs_span": words.span,
    "gs_ago": times.ago,
    "gs_every": words.every,
    "gs_safe_url": safe_url,
    "gs_safe_path": safe_path,
    "gs_linkify": linkify,
    "gs_excerpt": excerpt,
    "gs_sql_error": sql_error,
    "gs_quote": quote_all,
}
