"""The evidence pack: complete, the same each time, and whatever is changed is found."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import sqlite3
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import openpyxl
import pytest
from click.testing import CliRunner, Result
from selectolax.lexbor import LexborHTMLParser

from db.connection import Database, open_database
from groundswell.cli import main
from groundswell.exports import offline, verifying
from groundswell.exports.exporting import opened
from groundswell.exports.forms import FORMS
from groundswell.exports.selecting import Wish, select
from tests import export_store
from tests.export_store import HOSTILE, LATER

FILES = {
    "README.txt", "index.html", "posts.xlsx", "posts.sqlite", "capture-log.csv",
    "coverage.csv", "SHA256SUMS", "manifest.json",
}  # fmt: skip


def write(path: Path, store: Database, **wish: str) -> Path:
    selection = select(store, Wish(campaign="labourleaks", **wish), LATER)
    with opened(store, selection, FORMS["evidence"], LATER) as found:
        path.write_bytes(b"".join(found.chunks()))
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("evidence") / "campaigns.db"
    database = open_database(path)
    export_store.fill(database)
    database.close()
    reading = open_database(path, read_only=True)
    yield reading
    reading.close()


@pytest.fixture(scope="module")
def pack(store: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("pack") / "pack.zip", store)


def inside(pack: Path, name: str) -> bytes:
    with ZipFile(pack) as archive:
        return archive.read(name)


# --- what is in it


def test_the_manifest_lists_every_file(pack: Path) -> None:
    manifest = json.loads(inside(pack, "manifest.json"))
    with ZipFile(pack) as archive:
        assert set(archive.namelist()) == FILES
    assert {one["name"] for one in manifest["files"]} == FILES - {"manifest.json"}
    for one in manifest["files"]:
        data = inside(pack, one["name"])
        assert one["size"] == len(data)
        assert one["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["posts"] == len(HOSTILE)
    assert manifest["filter"]["campaign"] == "labourleaks"
    assert manifest["written_at"] == "2026-11-20T12:10:00Z"


def test_the_slice_is_sound_and_holds_these_posts_alone(
    pack: Path, tmp_path: Path
) -> None:
    path = tmp_path / "posts.sqlite"
    path.write_bytes(inside(pack, "posts.sqlite"))
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        texts = [row[0] for row in conn.execute("select text from posts")]
        assert set(HOSTILE) - set(texts) == {HOSTILE[1]}, "edited, and all others exact"
        assert "a word that was taken back" not in texts
        (shown,) = conn.execute("select count(*) from timeline").fetchone()
        assert shown == len(HOSTILE)
        before = conn.execute("select text from revisions").fetchall()
        assert before == [(HOSTILE[1],)]
        states = conn.execute("select distinct state from coverage order by 1")
        assert states.fetchall() == [("blind",), ("complete",)]
        assert conn.execute("select count(*) from runs").fetchone() == (2,)
        assert conn.execute("select count(*) from sources").fetchone() == (2,)


def test_a_filtered_slice_leaves_the_rest_behind(
    store: Database, tmp_path: Path
) -> None:
    pack = write(tmp_path / "p.zip", store, text="emoji")
    path = tmp_path / "posts.sqlite"
    path.write_bytes(inside(pack, "posts.sqlite"))
    with closing(sqlite3.connect(path)) as conn:
        for table in ("posts", "authors", "matches", "observations", "media"):
            assert conn.execute(f"select count(*) from {table}").fetchone() == (1,)
        assert conn.execute("pragma foreign_key_check").fetchall() == []


def test_the_log_says_who_saw_what_in_which_walk(pack: Path) -> None:
    text = inside(pack, "capture-log.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    edited = [row for row in rows if row["uri"].endswith("/2")]
    assert {(row["source"], row["first_at"], row["run_id"]) for row in edited} == {
        ("server-1", "2026-11-20T12:00:00Z", "1"),
        ("server-2", "2026-11-20T12:10:00Z", "2"),
    }
    assert {row["walk"] for row in rows} == {"forward"}
    assert len({row["uri"] for row in rows}) == len(HOSTILE)


def test_coverage_is_in_it_and_is_no_formula(pack: Path) -> None:
    text = inside(pack, "coverage.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    (blind,) = [row for row in rows if row["state"] == "blind"]
    assert blind["evidence"] == "'=cmd|it answered 503"
    assert (blind["source"], blind["hours"]) == ("server-2", "0.17")


def test_the_workbook_is_the_export(pack: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(inside(pack, "posts.xlsx")))
    assert book["posts"].max_row == len(HOSTILE) + 1


# --- the page


def test_the_page_shows_every_post_and_runs_nothing(pack: Path) -> None:
    html = inside(pack, "index.html").decode()
    tree = LexborHTMLParser(html)
    assert len(tree.css("article")) == len(HOSTILE)
    for forbidden in ("script", "img", "link", "iframe", "form", "object", "base"):
        assert not tree.css(forbidden), forbidden
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    for link in tree.css("a"):
        assert (link.attributes["href"] or "").startswith("https://social.example/")
        assert "noreferrer" in (link.attributes["rel"] or "")
    shown = {node.text() for node in tree.css("article > .text bdi")}
    exact = set(HOSTILE) - {HOSTILE[1], HOSTILE[13]}
    assert {text.replace("\r", "␍") for text in exact} <= shown
    assert "nul ␀ bell ␇ escape ␛[31m del ␡, next \x85" in shown


def test_the_page_says_who_saw_it_and_what_it_was(pack: Path) -> None:
    tree = LexborHTMLParser(inside(pack, "index.html"))
    article = tree.css(f"#p{len(HOSTILE) - 1}")[0]
    told = " ".join(article.text(separator=" ").split())
    assert "what it says now" in told
    assert HOSTILE[1] in told, "what it said before"
    assert "Seen by server-2 (mastodon): first 2026-11-20T12:10:00Z" in told
    head = " ".join(tree.css_first("section").text(separator=" ").split())
    assert "What was seen of this time" in head
    assert "server-2 mastodon LabourLeaks" in head


def test_many_posts_are_split_into_pages(tmp_path: Path) -> None:
    database = open_database(tmp_path / "campaigns.db")
    export_store.many(database, 2 * offline.POSTS + 1)
    pack = write(tmp_path / "pack.zip", database)
    database.close()
    pages = [offline.name(number) for number in (1, 2, 3)]
    found = [LexborHTMLParser(inside(pack, name)) for name in pages]
    assert [len(tree.css("article")) for tree in found] == [1000, 1000, 1]
    assert found[1].css_first("article").id == "p1001"
    links = [a.attributes["href"] for a in found[1].css("nav a")][:4]
    assert links == ["index.html", "index.html", "posts-0003.html", "posts-0003.html"]
    assert verifying.verify(pack).problems == []


# --- the same, and proof of it


def test_the_same_posts_and_time_give_the_same_bytes(
    store: Database, pack: Path, tmp_path: Path
) -> None:
    again = write(tmp_path / "again.zip", store)
    assert again.read_bytes() == pack.read_bytes()


def test_who_has_no_groundswell_checks_it_too(pack: Path, tmp_path: Path) -> None:
    """GNU coreutils, as the pack's README says."""
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("sha256sum is missing")
    with ZipFile(pack) as archive:
        archive.extractall(tmp_path)

    def checked() -> tuple[int, str]:
        command = [program, "-c", "SHA256SUMS"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        return done.returncode, done.stdout.decode()

    code, told = checked()
    assert code == 0
    names = {line.removesuffix(": OK") for line in told.splitlines()}
    assert names == FILES - {"SHA256SUMS", "manifest.json"}
    (tmp_path / "coverage.csv").write_bytes(b"another\n")
    code, told = checked()
    assert code == 1
    assert "coverage.csv: FAILED" in told
    readme = (tmp_path / "README.txt").read_text()
    for command in ("sha256sum -c", "shasum -a 256 -c", "Get-FileHash", "certutil"):
        assert command in " ".join(readme.split())


def test_an_untouched_pack_is_whole(pack: Path) -> None:
    found = verifying.verify(pack)
    assert found.problems == []
    assert found.files == len(FILES) - 1
    assert found.fingerprint == verifying.fingerprint(pack)
    assert verifying.verify(pack, fingerprint=found.fingerprint).problems == []


Entries = list[tuple[ZipInfo, bytes]]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def rewritten(pack: Path, target: Path, change: Callable[[Entries], None]) -> Path:
    """The pack, packed anew with a change."""
    with ZipFile(pack) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist()]
    change(entries)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return target


def one_byte(entries: Entries) -> None:
    entries[1] = (entries[1][0], entries[1][1].replace(b"emoji", b"emojj"))


def longer(entries: Entries) -> None:
    entries[0] = (entries[0][0], entries[0][1] + b"x")


def removed(entries: Entries) -> None:
    del entries[4]


def added(entries: Entries) -> None:
    entries.append((ZipInfo("more.txt"), b"more"))


def renamed(entries: Entries) -> None:
    entries[4] = (ZipInfo("capture-log2.csv"), entries[4][1])


def doubled(entries: Entries) -> None:
    entries.append((ZipInfo("README.txt"), b"another"))


def climbing(entries: Entries) -> None:
    entries.append((ZipInfo("../../climbed.txt"), b"x"))


def absolute(entries: Entries) -> None:
    entries.append((ZipInfo("/tmp/absolute.txt"), b"x"))


def other_sums(entries: Entries) -> None:
    """A list that lies, in a manifest that knows it."""
    info, data = entries[-2]
    lie = data.replace(sha256(entries[0][1]), sha256(b"another README"))
    assert len(lie) == len(data) and lie != data  # noqa: PT018
    entries[-2] = (info, lie)
    entries[-1] = (entries[-1][0], entries[-1][1].replace(sha256(data), sha256(lie)))


def changed_sums(entries: Entries) -> None:
    entries[-2] = (entries[-2][0], entries[-2][1].replace(b"a", b"b"))


def no_sums(entries: Entries) -> None:
    del entries[-2]


def no_manifest(entries: Entries) -> None:
    del entries[-1]


def odd_manifest(entries: Entries) -> None:
    entries[-1] = (entries[-1][0], b'{"files": [{"name": 1}]}')


def deep_manifest(entries: Entries) -> None:
    entries[-1] = (entries[-1][0], b"[" * 100_000)


def swapped(entries: Entries) -> None:
    first, second = entries[4], entries[5]
    entries[4], entries[5] = (first[0], second[1]), (second[0], first[1])


def other_packing(entries: Entries) -> None:
    info = ZipInfo("more.txt")
    info.compress_type = ZIP_LZMA
    entries.append((info, b"more"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (one_byte, "index.html: its SHA-256 differs"),
        (longer, "README.txt: it has"),
        (removed, "capture-log.csv: it is missing"),
        (added, "more.txt: the manifest does not list it"),
        (renamed, "capture-log.csv: it is missing"),
        (doubled, "'README.txt': it is there 2 times"),
        (climbing, "'../../climbed.txt': this is no plain file name"),
        (absolute, "'/tmp/absolute.txt': this is no plain file name"),
        (other_sums, "SHA256SUMS: it says something else than manifest.json"),
        (changed_sums, "SHA256SUMS: its SHA-256 differs: it was changed"),
        (no_sums, "SHA256SUMS: it is missing"),
        (no_manifest, "manifest.json is missing"),
        (odd_manifest, "manifest.json: this is no manifest"),
        (deep_manifest, "manifest.json: this is no manifest"),
        (swapped, "capture-log.csv: it has"),
        (other_packing, "it is packed in a way that no pack is"),
    ],
)
def test_every_change_is_found(
    pack: Path, tmp_path: Path, change: Callable[[Entries], None], sentence: str
) -> None:
    found = verifying.verify(rewritten(pack, tmp_path / "changed.zip", change))
    assert any(sentence in problem for problem in found.problems), found.problems
    assert [path.name for path in tmp_path.iterdir()] == ["changed.zip"]


def test_a_pack_changed_with_its_manifest_needs_the_fingerprint(
    pack: Path, tmp_path: Path
) -> None:
    def both(entries: Entries) -> None:
        before = list(entries)
        info, data = entries[1]
        entries[1] = (info, data.replace(b"emoji", b"emojj"))
        for lists in ((-2, -1), (-1,)):  # SHA256SUMS, which the manifest lists, and it
            for place in lists:
                told = entries[place][1]
                for (_, old), (_, new) in zip(before, entries, strict=True):
                    told = told.replace(sha256(old), sha256(new))
                entries[place] = (entries[place][0], told)

    forged = rewritten(pack, tmp_path / "forged.zip", both)
    assert verifying.verify(forged).problems == []
    kept = verifying.fingerprint(pack)
    (problem,) = verifying.verify(forged, fingerprint=kept).problems
    assert "manifest.json: its SHA-256 is" in problem


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-30],
        lambda data: data[: len(data) // 2],
        lambda data: data + b"behind",
        lambda data: b"before" + data,
        lambda data: data[:2000] + bytes([data[2000] ^ 1]) + data[2001:],
        lambda data: b"",
        lambda data: b"PK\x05\x06" + bytes(18),
    ],
)
def test_bytes_that_are_cut_added_or_flipped_are_found(
    pack: Path, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "changed.zip"
    path.write_bytes(change(pack.read_bytes()))
    assert verifying.verify(path).problems


def bomb(path: Path) -> None:
    """Many entries that all claim the same packed bytes."""
    packed = zlib.compressobj(9, wbits=-15)
    data = packed.compress(bytes(10 << 20)) + packed.flush()
    crc, size = zlib.crc32(bytes(10 << 20)), 10 << 20
    names = [b"manifest.json", *(b"f%d" % n for n in range(500))]
    fixed = (20, 0, 8, 0, 33, crc, len(data), size)
    body = struct.pack("<I5H3I2H", 0x04034B50, *fixed, len(names[0]), 0)
    body += names[0] + data
    directory = b"".join(
        struct.pack("<I6H3I5H2I", 0x02014B50, 20, *fixed, len(n), *[0] * 4, 0, 0) + n
        for n in names
    )
    end = struct.pack("<I4H2IH", 0x06054B50, 0, 0, len(names), len(names),
                      len(directory), len(body), 0)  # fmt: skip
    path.write_bytes(body + directory + end)


def test_a_bomb_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb(tmp_path / "bomb.zip")
    monkeypatch.setattr(ZipFile, "open", lambda *_: pytest.fail("it was read"))
    (problem,) = verifying.verify(tmp_path / "bomb.zip").problems
    assert "claims to hold more than can be packed" in problem


# --- the commands


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def test_export_and_verify_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = open_database(export_store.configure(tmp_path))
    export_store.fill(database)
    database.close()
    made = run("export", "--campaign", "labourleaks", "-o", "e.zip")
    assert made.exit_code == 0, made.output
    mark = verifying.fingerprint(tmp_path / "e.zip")
    assert mark in made.stderr
    checked = run("verify", "e.zip", "--fingerprint", mark)
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "7 files as the manifest says" in checked.stdout
    rewritten(tmp_path / "e.zip", tmp_path / "f.zip", added)
    found = run("verify", "f.zip", "--json")
    assert found.exit_code == 1
    told = json.loads(found.stdout)
    assert told["problems"] == ["more.txt: the manifest does not list it"]
    assert run("verify", "no.zip").exit_code == 2
    (tmp_path / "text.zip").write_text("no zip")
    assert "cannot be read as a zip" in run("verify", "text.zip").stderr
