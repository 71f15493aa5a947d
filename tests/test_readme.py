"""What people read keeps up with the program: links, commands, configurations."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import pytest

import collectors
from groundswell.cli import main
from groundswell.config.loading import parse
from tests.house import ROOT, files

PAGES = [path for path in files() if path.suffix == ".md"]
every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_CALL = re.compile(
    r"(?:\./run|\bgroundswell)((?: --config \S+| -v)*) ([a-z]+)((?: --?[a-z][a-z-]*)*)"
)
_OWN = {"demo", "test", "setup", "check", "fix", "docs", "bench", "lock"}


def code(text: str) -> Iterator[str]:
    """What stands in fences, in indented blocks and between backticks, line by line."""
    for fence in _FENCE.finditer(text):
        yield from fence[3].splitlines()
    rest = _FENCE.sub("", text)
    yield from re.findall(r"^ {4,}(\S.*)$", rest, re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", rest)


def anchors(page: Path) -> set[str]:
    """The names that a heading can be linked by."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head).strip().lower() for head in heads)
    return {head.replace(" ", "-") for head in plain}


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere in this checkout."""
    found = []
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        target, _, anchor = unquote(link).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.is_file() or (anchor and anchor not in anchors(path)):
            found.append(link)
    return found


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text(
        "# One `two`\n[a](#one-two) [b](b.md) [c](a.md#x) [d](https://d.example)"
    )
    assert broken(page) == ["b.md", "a.md#x"]


def mistakes(line: str) -> list[str]:
    """Commands and options in a line that the program does not have."""
    found = []
    for call in _CALL.finditer(line):
        name = call[2]
        by_run = call[0].startswith("./run")
        command = main.commands.get(name)
        if command is None:
            if not (by_run and name in _OWN):
                found.append(name)
            continue
        if by_run and name in _OWN - {"demo"}:
            continue
        known = {"-h", "--help"} | _options(command)
        found += [f"{name} {one}" for one in call[3].split() if one not in known]
    return found


def _options(command: click.Command) -> set[str]:
    return {one for parameter in command.params for one in parameter.opts}


@every_page
def test_every_command_that_is_named_exists(page: Path) -> None:
    lines = code(page.read_text(encoding="utf-8"))
    assert [wrong for line in lines for wrong in mistakes(line)] == []


def test_a_command_that_is_not_there_is_found() -> None:
    assert mistakes("groundswell publish") == ["publish"]
    assert mistakes(".venv/bin/groundswell check --offline") == ["check --offline"]
    assert mistakes("groundswell --config x.toml frobnicate") == ["frobnicate"]
    assert mistakes("./run check && ./run status --json && ./run demo --for 1s") == []


def test_the_readme_names_commands() -> None:
    lines = list(code((ROOT / "README.md").read_text(encoding="utf-8")))
    named = {call[2] for line in lines for call in _CALL.finditer(line)}
    assert {"demo", "test", "setup", "init", "check", "try", "run"} <= named


def configurations(page: Path) -> Iterator[dict[str, Any]]:
    for fence in _FENCE.finditer(page.read_text(encoding="utf-8")):
        if fence[2] == "toml":
            yield tomllib.loads(fence[3])


@every_page
def test_configurations_load(page: Path) -> None:
    """Whole ones as they stand; a lone source beside a campaign."""
    for tables in configurations(page):
        assert set(tables) & {"campaign", "source", "monitor"}
    for fence in _FENCE.finditer(page.read_text(encoding="utf-8")):
        if fence[2] == "toml":
            lone = "" if "[[campaign]]" in fence[3] else _CAMPAIGN
            assert parse(lone + fence[3], {}).sources


_CAMPAIGN = '[[campaign]]\nslug = "a"\nhashtags = ["a"]\n'


def test_there_are_configurations_in_the_docs() -> None:
    assert sum(1 for page in PAGES for _ in configurations(page)) >= 3


_LEADS = ("Gives", "Needs", "Limits", "Duties", "Known to be missing")


def sections() -> dict[str, str]:
    """The sections of docs/platforms.md by their headings."""
    text = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("slug", collectors.available())
def test_every_platform_has_its_section(slug: str) -> None:
    """What it gives, needs, its limits, its rules, and what is known to be missing."""
    found = sections()[slug]
    for lead in _LEADS:
        assert re.search(rf"^(\*\*|### ){lead}\b", found, re.MULTILINE), lead


@pytest.mark.parametrize("name", ["README.md", "docs/platforms.md"])
def test_every_platform_is_in_the_table(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for slug in collectors.available():
        assert f"#{slug}) | {collectors.load(slug).card.gives} |" in text


def test_the_map_leads_to_every_page() -> None:
    links = _LINK.findall((ROOT / "docs" / "index.md").read_text(encoding="utf-8"))
    reached = {(ROOT / "docs" / link).resolve() for link in links}
    pages = {*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")}
    assert pages - {ROOT / "docs" / "index.md"} <= reached
