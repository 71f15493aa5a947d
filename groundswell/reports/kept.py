"""Reports that were made on schedule, in a folder beside the database."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from groundswell.delivering import Letter

AGE = timedelta(days=30)
_DATED = re.compile(r"-(\d{4}-\d\d-\d\dT\d\d)\.(?:html|txt|pdf)(?:\.part)?")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A report in its forms. pdf: None where the library for it is not installed.
    missing: campaigns that were asked for and are not there; known: those that are."""

    title: str
    html: str
    text: str
    pdf: bytes | None = None
    missing: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    def letter(self, name: str) -> Letter:
        """What is sent of it. name: of the files, without an ending."""
        files = [(f"{name}.html", "text/html", self.html.encode())]
        if self.pdf is not None:
            files.append((f"{name}.pdf", "application/pdf", self.pdf))
        return Letter(self.title, self.text, self.html, tuple(files))


def folder_of(database: Path) -> Path:
    """Where the reports of a database are kept."""
    return database.parent / "reports"


def file_name(name: str, period_from: datetime) -> str:
    """A kept report's name, without an ending: its own, and where its time begins."""
    return f"{name}-{period_from:%Y-%m-%dT%H}"


def keep(folder: Path, name: str, drawn: Drawn) -> None:
    """Write its files, each whole or not at all, for this user's group at most."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {".html": drawn.html.encode(), ".txt": drawn.text.encode()}
    if drawn.pdf is not None:
        contents[".pdf"] = drawn.pdf
    for ending, content in contents.items():
        part = folder / f"{name}{ending}.part"
        part.write_bytes(content)
        part.chmod(0o640)
        os.replace(part, folder / f"{name}{ending}")


def clear(folder: Path, now: datetime) -> None:
    """Remove reports of times longer ago than AGE: they quote posts, and no later
    deletion reaches them."""
    for file in folder.iterdir():
        dated = _DATED.search(file.name)
        if dated is None:
            continue
        begun = datetime.fromisoformat(f"{dated[1]}:00:00+00:00")
        if now - begun > AGE:
            file.unlink(missing_ok=True)


def remove_all(folder: Path) -> int:
    """Remove every report: somebody whom they may quote is to be forgotten. How many
    files there were."""
    files = [file for file in folder.glob("*") if _DATED.search(file.name)]
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def letter_of(folder: Path, name: str) -> Letter:
    """A report as it was kept. Raises OSError."""
    plain = (folder / f"{name}.txt").read_text(encoding="utf-8")
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    paper = folder / f"{name}.pdf"
    drawn = Drawn(
        plain.partition("\n")[0], page, plain,
        paper.read_bytes() if paper.exists() else None,
    )  # fmt: skip
    return drawn.letter(name)
