"""The wheel holds the program: built from the checkout, nothing fetched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The wheel's files by name."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sources(folder: str) -> set[str]:
    """The program's files in a folder of the checkout."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {
        path.relative_to(ROOT).as_posix()
        for path in found
        if "__pycache__" not in path.parts and not path.name.startswith(".")
    }


@pytest.mark.parametrize("folder", ["collectors", "db", "groundswell"])
def test_every_file_of_a_room_is_in_it(inside: dict[str, bytes], folder: str) -> None:
    """Code, py.typed, SQL, templates, static files, example.toml."""
    wanted = sources(folder)
    assert f"{folder}/__init__.py" in wanted
    assert f"{folder}/py.typed" in wanted
    assert wanted <= set(inside)


def test_the_scheduler_and_the_licence_are_in_it(inside: dict[str, bytes]) -> None:
    assert "scheduler.py" in inside
    assert any(name.endswith("licenses/LICENSE") for name in inside)


def test_nothing_else_is_in_it(inside: dict[str, bytes]) -> None:
    roots = {name.split("/")[0] for name in inside}
    info = {root for root in roots if root.endswith(".dist-info")}
    assert roots - info == {"collectors", "db", "groundswell", "scheduler.py"}
    assert not [name for name in inside if name.endswith((".db", ".pyc", ".tsv"))]


def test_the_program_and_the_plugin_are_declared(inside: dict[str, bytes]) -> None:
    (name,) = (name for name in inside if name.endswith("entry_points.txt"))
    text = inside[name].decode()
    assert "[console_scripts]\ngroundswell = groundswell.cli:main" in text
    assert "[datasette]\ngroundswell = groundswell.web" in text


def test_it_cannot_be_uploaded_by_mistake(inside: dict[str, bytes]) -> None:
    (name,) = (name for name in inside if name.endswith("METADATA"))
    assert "Classifier: Private :: Do Not Upload" in inside[name].decode()
