"""The forms that an export can have, and their files' names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import PurePath

from groundswell.exports import delimited, gexf, ndjson
from groundswell.exports.selecting import Wish, option

PACKED = (".gz", ".zst")
_LINES = (".ndjson", ".jsonl", ".json")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Form:
    """A form. passes: how often it reads each post. lines: it comes line by line, so it
    may be packed. table: it has columns. notes: about the file, None where it holds its
    own README."""

    name: str
    ending: str
    title: str
    content_type: str
    passes: int = 1
    lines: bool = False
    table: bool = False
    notes: tuple[str, ...] | None = None


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("ndjson", ".ndjson", "posts as NDJSON", "application/x-ndjson",
             lines=True, notes=ndjson.NOTES),
        Form("csv", ".csv", "posts as CSV", "text/csv; charset=utf-8",
             lines=True, table=True, notes=delimited.NOTES),
        Form("xlsx", ".xlsx", "posts as a workbook", XLSX_TYPE, table=True),
        Form("gexf", ".gexf", "hashtags that stand together", "application/gexf+xml",
             passes=0, notes=gexf.NOTES),
        Form("evidence", ".zip", "an evidence pack", "application/zip", passes=3),
    )
}  # fmt: skip


def guessed(name: str) -> Form:
    """The form that a file's name ends in, packed or not; NDJSON where it says nothing.
    Raises LookupError, with a sentence, where it ends in what is no form."""
    path = PurePath(name)
    ending = PurePath(path.stem if path.suffix in PACKED else name).suffix.lower()
    if not ending or ending in _LINES:
        return FORMS["ndjson"]
    for form in FORMS.values():
        if form.ending == ending:
            return form
    known = ", ".join(form.ending for form in FORMS.values())
    raise LookupError(
        f"no export ends in {ending}: end the file in one of {known}, or choose with "
        "--format"
    )


def file_name(wish: Wish, form: Form) -> str:
    """A name for a download: letters, digits, dots and dashes alone."""
    parts = [wish.campaign, wish.from_at[:10], wish.to_at[:10], wish.platform]
    if wish.post:
        many = len(wish.post) > 1
        parts.append(f"{len(wish.post)}-posts" if many else f"post-{wish.post[0]}")
    if form.name == "evidence":
        parts.append("evidence")
    name = "-".join(part for part in parts if part)
    if form.name == "gexf":
        name += "-hashtags"
    safe = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")[:100]
    return f"{safe or 'posts'}{form.ending}"


def command(wish: Wish, form: Form) -> str:
    """The command line that writes the same file, for a shell."""
    parts = ["groundswell", "export"]
    for one in fields(wish):
        value = getattr(wish, one.name)
        for each in [value] if isinstance(value, str) else value:
            parts += [option(one.name), each] if each else []
    return shlex.join([*parts, "--format", form.name, "-o", file_name(wish, form)])
