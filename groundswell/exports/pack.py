"""The evidence pack: one zip that says what was found, when, by whom, and proves itself."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from db import choosing, evidence, exporting
from db.connection import Database
from db.times import to_text
from groundswell import __version__
from groundswell.exports import about as facts
from groundswell.exports import delimited, offline, selecting, xlsx
from groundswell.exports.about import About
from groundswell.exports.notes import paragraphs
from groundswell.exports.zipped import FORMAT, MANIFEST, SUMS, entry, sums

_PART = 1 << 20
_SPANS = (
    "source",
    "platform",
    "term",
    "from_at",
    "to_at",
    "state",
    "hours",
    "evidence",
)

NOTES = paragraphs(f"""
index.html: the posts, to be read in a browser; it opens without a network, holds no script
and asks for nothing. Control characters are shown as pictures (␀). More than
{offline.POSTS:,} posts go on in posts-0002.html and so on.

posts.sqlite: these posts with all that hangs on them (authors, terms, sources, who saw
them when, earlier versions, counts over time, coverage, walks), in the tables of the
store, for SQLite and Datasette. The texts are exactly as they were collected.

posts.xlsx: the posts as a workbook; its first sheet explains it.

capture-log.csv: which source saw which post, for which term, when first and last, and in
which walk. Walks older than 90 days are no longer known.

coverage.csv: for each source and term, what of the time was seen and what was not.

manifest.json: the size and the SHA-256 of every file, the filter, the time.

In the CSV files a text that a spreadsheet program might take for a formula or a number
stands behind an apostrophe.

SHA256SUMS: the SHA-256 of the files, for programs that most computers have.

Checking it without Groundswell: unpack it, open a terminal in its folder, and write
`sha256sum -c SHA256SUMS` on Linux, `shasum -a 256 -c SHA256SUMS` on a Mac; each file must
be told "OK". Windows shows one file's SHA-256 with `Get-FileHash NAME` (PowerShell) or
`certutil -hashfile NAME SHA256`; it must be that of the file's line in SHA256SUMS. The
SHA-256 of SHA256SUMS itself must be the one that manifest.json has for it, and that of
manifest.json must be the fingerprint, which was shown when the pack was written. Who gives
you the pack should give you the fingerprint by another way.

Checking it with Groundswell: `groundswell verify PACK.zip` ("./run verify PACK.zip" from a
checkout) holds every file against the manifest. Whoever changes a file and the lists as
well is found out by the fingerprint, the manifest's own SHA-256: keep it in another place,
and give it to verify as --fingerprint. None of this proves when
the pack was made, or that a platform showed what was really said.
""")


def write(
    file: IO[bytes], db: Database, about: About, tick: Callable[[], None]
) -> None:
    """The pack of the chosen posts, into a binary file.

    The slice is made first and all else from it, so that the store's one moment is over as
    soon as it is copied. The same posts, time and version give the same bytes.
    tick: called three times for each post.
    """
    with (
        ZipFile(file, "w", ZIP_DEFLATED) as archive,
        tempfile.TemporaryDirectory() as folder,
    ):
        pack, path = _Pack(archive, about), Path(folder) / "posts.sqlite"
        campaign_id = about.selection.campaign_id
        lines = facts.readme(about, "an evidence pack", NOTES, table=True)
        pack.add("README.txt", ["\n".join(lines).encode() + b"\n"])
        span = (about.from_at, about.to_at)
        evidence.slice_to(db, about.selection, span, path, tick)
        choosing.let_go(db)
        with evidence.read_slice(path, campaign_id) as own:
            _add_pages(pack, own, tick)
            _add_workbook(pack, own, Path(folder) / "posts.xlsx", tick)
            pack.add(path.name, _parts(path))
            _add_logs(pack, own)
        pack.close()


class _Pack:
    """A zip that keeps the sizes and hashes of what goes in."""

    def __init__(self, archive: ZipFile, about: About) -> None:
        self.about = about
        self._archive = archive
        self._files: list[dict[str, Any]] = []

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        # How large it gets is not known before it is written.
        told = entry(name, self.about.written_at)
        with self._archive.open(told, "w", force_zip64=True) as out:
            for part in parts:
                out.write(part)
                digest.update(part)
                size += len(part)
        self._files.append({"name": name, "size": size, "sha256": digest.hexdigest()})

    def close(self) -> None:
        listed = ((one["name"], one["sha256"]) for one in self._files)
        self.add(SUMS, [sums(listed)])
        told = entry(MANIFEST, self.about.written_at)
        self._archive.writestr(told, self._manifest())

    def _manifest(self) -> bytes:
        about = self.about
        told = {
            "format": FORMAT,
            "tool": f"groundswell {__version__}",
            "written_at": to_text(about.written_at),
            "filter": selecting.as_data(about.selection),
            "simulated": about.known.simulated,
            "posts": about.posts,
            "files": sorted(self._files, key=lambda one: one["name"]),
        }
        return json.dumps(told, indent=2).encode() + b"\n"


def _add_pages(pack: _Pack, db: Database, tick: Callable[[], None]) -> None:
    """Each file takes its own posts off the one walk over all of them."""
    posts = exporting.with_history(db, pack.about.selection.campaign_id)
    for number in range(1, offline.pages(pack.about.posts) + 1):
        page = offline.page(pack.about, posts, number, tick)
        pack.add(offline.name(number), page)


def _add_workbook(
    pack: _Pack, db: Database, path: Path, tick: Callable[[], None]
) -> None:
    about = pack.about
    lines = facts.readme(about, "posts as a workbook", xlsx.NOTES, table=True)

    def rows() -> Iterator[dict[str, Any]]:
        for row in exporting.rows(db, about.selection.campaign_id):
            yield row
            tick()

    with path.open("wb") as file:
        xlsx.write(file, rows(), readme=lines, written_at=about.written_at)
    pack.add(path.name, _parts(path))
    path.unlink()


def _add_logs(pack: _Pack, db: Database) -> None:
    captures = evidence.captures(db, pack.about.selection.campaign_id)
    pack.add("capture-log.csv", delimited.table(evidence.CAPTURES, captures))
    spans = ([span[name] for name in _SPANS] for span in pack.about.coverage)
    pack.add("coverage.csv", delimited.table(_SPANS, spans))


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART):
            yield part
