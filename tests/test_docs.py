"""The generated files say what the program says."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from db import connection, reads
from groundswell import docs


@click.group()
def program() -> None:
    """Watch a campaign."""


@program.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def status(*, as_json: bool) -> None:
    """Say how the sources are."""


@program.command(hidden=True)
def secret() -> None:
    """Not for people."""


METADATA = {
    "databases": {
        "campaigns": {
            "tables": {
                "posts": {
                    "description": "One row a post.",
                    "columns": {"uri": "Its identity | everywhere"},
                }
            }
        }
    }
}


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The parts of the program that the files describe, in small."""
    found: dict[str, object] = {
        "groundswell.metadata": SimpleNamespace(build=lambda: METADATA),
        "groundswell.cli": SimpleNamespace(main=program),
        "db.connection": connection,
        "db.reads": reads,
    }

    def module(name: str) -> object:
        if name not in found:
            raise docs.Missing(f"there is no {name}")
        return found[name]

    monkeypatch.setattr(docs, "_module", module)
    return found


def test_they_are_written_once(parts: dict[str, object], tmp_path: Path) -> None:
    everything = ["metadata.json", "docs/cli.md", "docs/schema.md"]
    assert docs.bring_in_step(tmp_path, write=False) == (everything, [])
    assert not list(tmp_path.iterdir())
    assert docs.bring_in_step(tmp_path) == (everything, [])
    assert docs.bring_in_step(tmp_path) == ([], [])
    (tmp_path / "docs" / "cli.md").write_text("edited by hand")
    assert docs.bring_in_step(tmp_path, write=False) == (["docs/cli.md"], [])


def test_what_is_not_there_is_skipped_and_said(
    parts: dict[str, object], tmp_path: Path
) -> None:
    del parts["groundswell.metadata"]
    behind, skipped = docs.bring_in_step(tmp_path)
    assert behind == ["docs/cli.md"]
    assert skipped == [
        "metadata.json: skipped, there is no groundswell.metadata",
        "docs/schema.md: skipped, there is no groundswell.metadata",
    ]


def test_every_command_is_there(parts: dict[str, object]) -> None:
    text = docs.cli_md()
    assert "## groundswell status\n" in text
    assert "Say how the sources are." in text
    assert "--json" in text
    assert "secret" not in text


def test_every_table_and_column_is_there(parts: dict[str, object]) -> None:
    text = docs.schema_md()
    assert "## posts\n\nOne row a post.\n" in text
    assert "| `uri` | text not null | Its identity \\| everywhere |" in text
    assert "## timeline (view)\n" in text
    assert "fts" not in text
    assert "_sqlite_migrations" not in text


def test_metadata_is_json(parts: dict[str, object]) -> None:
    assert json.loads(docs.metadata_json()) == METADATA


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(docs.Missing, match=r"groundswell\.no_such_part"):
        docs._module("groundswell.no_such_part")


def test_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(["--chek"]) == 2
    assert "usage" in capsys.readouterr().err
