"""`groundswell voices`: who is one with whom and why, and staff's word on it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from db.connection import open_database
from groundswell.cli import main
from tests.test_voices import ANA, ANA_BLUESKY, GAZETTE, meet, other_account


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ana on two platforms, her namesake, and a newspaper."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data" / "campaigns.db"
    with closing(open_database(path)) as db:
        meet(db, ANA, ANA_BLUESKY, other_account("ana"), GAZETTE)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["voices", *arguments])


def test_it_says_who_and_why(database: Path) -> None:
    told = run()
    assert told.exit_code == 0, told.output
    names = "ana@social.example (mastodon)", "ana.example (bluesky)"
    assert told.stdout.splitlines() == [
        " = ".join(names),
        f"  {', '.join(names)} both proved that they own https://ana.example/",
    ]


def test_it_is_json_for_scripts(database: Path) -> None:
    said = json.loads(run("--json").stdout)
    (voice,) = said["voices"]
    assert [one["uri"] for one in voice["accounts"]] == [ANA.uri, ANA_BLUESKY.uri]
    assert voice["why"][0]["why"] == "link"
    assert voice["why"][0]["proof"] == "https://ana.example/"
    assert said["parted"] == []


def test_staff_part_and_join(database: Path) -> None:
    told = run("--part", "@ana@social.example", "ana.example", "--by", "Bo")
    assert told.exit_code == 0, told.output
    assert (
        "ana@social.example (mastodon) is not ana.example (bluesky) (Bo, "
        in told.stdout
    )
    assert " = " not in told.stdout
    told = run("--join", "@gazette.example", ANA_BLUESKY.uri, "--json")
    (voice,) = json.loads(told.stdout)["voices"]
    assert [tie["why"] for tie in voice["why"]] == ["staff"]
    (apart,) = json.loads(told.stdout)["parted"]
    assert apart["by"] == "Bo"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("nobody", "ana.example"), "no account here is called nobody"),
        (("ana.example", "ana.example"), "it takes two accounts"),
    ],
)
def test_what_cannot_be_done_is_said(
    database: Path, names: tuple[str, str], said: str
) -> None:
    told = run("--join", *names)
    assert told.exit_code == 1
    assert said in told.stderr
    assert told.stdout == ""


def test_a_name_of_several_accounts_is_asked_for_by_uri(database: Path) -> None:
    with closing(open_database(database)) as db:
        db.conn.execute("update authors set handle = 'ana.example' where id = 3")
    told = run("--part", "ana.example", "gazette.example")
    assert told.exit_code == 1
    assert ANA_BLUESKY.uri in told.stderr


def test_both_at_once_is_wrong_use(database: Path) -> None:
    assert run("--part", "a", "b", "--join", "a", "b").exit_code == 2


def test_nobody_is_several(database: Path) -> None:
    run("--part", ANA.uri, ANA_BLUESKY.uri)
    database.unlink()
    open_database(database).close()
    told = run()
    assert told.exit_code == 0
    assert told.stdout == ""
    assert told.stderr == "every account here is a voice of its own\n"
