"""What somebody is told whose command cannot work: which place, why, and the way on."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from groundswell.cli.output import file_trouble
from tests.cli_folder import CONFIG, database, folder, run
from tests.signing_in import HASH

__all__ = ["database", "folder"]  # fixtures

ANA = '[[person]]\nname = "ana"\nrole = "editor"\n'
PASSWORD = "GROUNDSWELL_PASSWORD_ANA"


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("serve --port abc", 2, "write a whole number from 0 to 65535, not abc"),
        ("demo --port 0", 2, "write a whole number from 1 to 65535, not 0"),
        ("rescore --processes 1.5", 2, "write a whole number from 1 to 64, not 1.5"),
        (
            "export --campaign labourleaks -o none/x.csv",
            1,
            "none/x.csv: cannot be written: there is no folder none; make it first",
        ),
        ("report -o none/x.html", 1, "there is no folder none; make it first"),
        ("backup groundswell.toml/x.db", 1, "is a file and no folder; name another"),
        ("forget @nobody", 1, "the address of a profile or a post"),
        ("verify groundswell.toml", 1, "as a zip, which an evidence pack is"),
    ],
)
@pytest.mark.usefixtures("database")
def test_a_sentence_names_the_place_and_the_way_on(
    command: str, code: int, told: str
) -> None:
    result = run(*command.split())
    assert result.exit_code == code
    assert told in " ".join(result.stderr.split())
    assert "Error: [Errno" not in result.stderr


def test_a_store_below_a_file_is_named(folder: Path) -> None:
    (folder / "notes.txt").write_text("not a folder")
    config = f'[monitor]\ndatabase = "notes.txt/x.db"\n{CONFIG}'
    (folder / "groundswell.toml").write_text(config)
    result = run("collect")
    assert result.exit_code == 1
    assert "notes.txt" in result.stderr
    assert "a part of its path is a file and no folder" in result.stderr


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.EACCES, "the rights of the file or of its folder do not allow it"),
        (errno.EROFS, "on a disk that can only be read; name another place"),
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.ENOENT, os.strerror(errno.ENOENT)),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_each_trouble_with_a_file_has_its_words(
    tmp_path: Path, code: int, why: str
) -> None:
    name = str(tmp_path / "x\x1b[31m.db")
    told = file_trouble(OSError(code, os.strerror(code), name))
    assert why in told
    assert told.startswith(str(tmp_path))
    assert "\x1b" not in told


def test_mistakes_in_toml_are_told_in_the_words_of_its_reader(folder: Path) -> None:
    (folder / "groundswell.toml").write_text("[monitor\n")
    result = run("check")
    assert result.exit_code == 2
    assert "line 1, column 9: Expected ']' at the end of a table" in result.stdout


def test_check_says_who_cannot_sign_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "groundswell.toml").write_text(CONFIG + ANA)
    told = run("check").stdout
    assert f"ana, editor: cannot sign in: {PASSWORD} is not set" in " ".join(
        told.split()
    )
    monkeypatch.setenv(PASSWORD, HASH)
    told = run("check").stdout
    assert "ana, editor: may sign in" in told
    assert HASH not in told
    (found,) = json.loads(run("check", "--json").stdout)["people"]
    assert found == {
        "name": "ana", "role": "editor", "variable": PASSWORD, "set": True,
    }  # fmt: skip


def test_check_names_a_password_that_cannot_be_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "groundswell.toml").write_text(CONFIG + ANA)
    monkeypatch.setenv(PASSWORD, "correct horse battery")
    result = run("check")
    assert result.exit_code == 2
    assert f"{PASSWORD}: is no hash of a password" in result.stdout
    assert "horse" not in result.output
    monkeypatch.delenv(PASSWORD)
    monkeypatch.setenv(f"{PASSWORD}_FILE", str(folder / "none"))
    result = run("check")
    assert result.exit_code == 2
    assert f"{PASSWORD}_FILE" in result.stdout
