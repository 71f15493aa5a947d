"""Archives in packs and other encodings, and what can be wrong with a file."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.archives import packed, reading
from groundswell.archives.records import ArchiveError
from groundswell.importing import Wishes, contents
from tests.archive_files import ndjson, posts, read
from tests.archive_samples import (
    NOTE,
    REDDIT,
    lines,
)
from tests.test_x import V2

# --- packed, and in other encodings


TEXT = lines(V2, {**V2, "id": "1587000000000000009"})


def _zip(raw: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("tweets.jsonl", raw)
    return held.getvalue()


PACKED = {
    "plain": lambda raw: raw,
    "gzip": gzip.compress,
    "two gzips": lambda raw: gzip.compress(raw[:200]) + gzip.compress(raw[200:]),
    "zstd": zstandard.compress,
    "zip": _zip,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("how", PACKED)
def test_packed_files_are_read_in_place(how: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(PACKED[how](TEXT.encode()))
    assert len(posts(path)) == 2


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_encodings_with_and_without_a_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(TEXT.replace("minutes", "café").encode(encoding))
    assert [post.text[:8] for post in posts(path)] == ["The café"] * 2


def test_latin_bytes_are_taken_for_windows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text;date\nOn café;2022-11-01\n".encode("cp1252"))
    assert posts(path)[0].text == "On café"


# --- what can be wrong with a file


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_packed_file_that_is_cut_short_keeps_what_came(
    how: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    first = 1587000000000000000
    many = [
        {**V2, "id": str(first + n), "text": os.urandom(60).hex()} for n in range(3000)
    ]
    raw = PACKED[how](lines(*many).encode())
    path.write_bytes(raw[: len(raw) * 2 // 3])
    found = read(path)
    assert sum(entry.post is not None for entry in found) > 500
    assert any("cut short" in (entry.rejected or "") for entry in found)


def test_a_packed_file_of_which_nothing_is_left_is_called_damaged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(TEXT.encode())[:25])
    with pytest.raises(ArchiveError, match="damaged or cut short"):
        contents(path, Wishes())


def test_a_document_that_breaks_off_keeps_what_came(tmp_path: Path) -> None:
    path = tmp_path / "outbox.json"
    activity = json.dumps({"type": "Create", "object": NOTE})
    path.write_text(f'{{"orderedItems": [{activity}, {activity[:40]}')
    found = read(path)
    assert found[0].post is not None
    assert "what came before is kept" in (found[-1].rejected or "")


def test_nul_bytes_broken_lines_and_what_is_no_object(tmp_path: Path) -> None:
    path = tmp_path / "file"
    good = json.dumps(V2)
    path.write_text(
        f'{good}\n{good[:50]}\n\n"text"\n{good.replace("The", chr(0) + "The")}\n'
    )
    found = read(path)
    assert [entry.line for entry in found] == [1, 2, 4, 5]
    assert [entry.post is not None for entry in found] == [True, False, False, True]


def test_lines_of_another_format_are_named_by_their_number(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "mixed", V2, V2, REDDIT, V2, NOTE, V2)
    found = read(path)
    assert [entry.post is not None for entry in found] == [1, 1, 0, 1, 0, 1]
    assert [entry.line for entry in found if entry.rejected] == [3, 5]


def test_a_line_of_a_hundred_megabytes_is_named_and_not_held(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.write(json.dumps(V2).encode() + b'\n{"id": "')
        for _ in range(100):
            file.write(b"1" * 1_000_000)
        file.write(b'"}\n' + json.dumps(V2).encode() + b"\n")
    found = read(path)
    assert [entry.post is not None for entry in found] == [True, False, True]
    assert "longer than" in (found[1].rejected or "")


def _with_bytes(raw: bytes, at_local: int, at_central: int, value: int) -> bytes:
    changed = bytearray(raw)
    changed[at_local] |= value
    changed[changed.find(b"PK\x01\x02") + at_central] |= value
    return bytes(changed)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (_with_bytes(_zip(b"{}"), 6, 8, 1), "behind a password"),
        (_with_bytes(_zip(b"{}"), 8, 10, 9), "not known here"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "a 7z archive"),
        (b"Rar!" + bytes(20), "a RAR archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"SQLite format 3\x00" + bytes(90), "an SQLite database"),
    ],
)
def test_what_is_packed_otherwise_is_named(
    raw: bytes, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(raw)
    with pytest.raises(ArchiveError, match=why):
        contents(path, Wishes())


def test_files_of_a_zip_that_are_not_read_are_told(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as packed_file:
        packed_file.writestr("good.jsonl", lines(V2))
        packed_file.writestr("other.jsonl", '{"hello": 1}\n')
    found = contents(path, Wishes())
    assert [part.name for part in found.parts] == ["good.jsonl"]
    assert len(found.left) == 1
    assert found.left[0].startswith("other.jsonl: ")


def test_a_zip_bomb_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    line = json.dumps(V2).encode() + b"\n"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed,
        packed.open("tweets.jsonl", "w", force_zip64=True) as file,
    ):
        file.write(line)
        for _ in range(120):
            file.write(b" " * 1_000_000)
    with pytest.raises(ArchiveError, match="zip bomb"):
        read(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"), ("   \n", "nothing in it"), ("<html><body>", "web page"),
        ('{"hello": 1}\n', "no format that is known here"),
        ("a,b\n1,2\n", "--map text=body"),
        ("{{{\n", "not one record"),
    ],
)  # fmt: skip
def test_other_files_get_a_message(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ArchiveError, match=why):
        contents(path, Wishes())


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raw=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (raw, b"\x1f\x8b" + raw, b"\x28\xb5\x2f\xfd" + raw, b"PK\x03\x04" + raw,
                    b'{"id":1}\n' + raw, b"[" + raw, b"text,date\n" + raw):  # fmt: skip
        path.write_bytes(content)
        try:
            read(path)
        except ArchiveError:
            continue


LINE = st.text(
    st.characters(exclude_characters="\n\r\x00", exclude_categories=["Cs"]), max_size=30
)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINE, min_size=1), st.integers(1, 50))
def test_lines_are_the_same_however_they_are_cut(texts: list[str], size: int) -> None:
    raw = "\n".join([*texts, "end"]).encode()
    member = packed.Member("x", lambda: io.BytesIO(raw), len(raw))
    whole = [line.text for line in reading.lines(member)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "CHUNK", max(size, 8))
        assert [line.text for line in reading.lines(member)] == whole
    bare = raw.removeprefix(b"\xef\xbb\xbf").decode().split("\n")
    assert whole == bare
