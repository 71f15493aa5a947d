"""The files that are written by the program: metadata.json, docs/cli.md, docs/schema.md,
and the tables of platforms in README.md and docs/platforms.md.

`python -m groundswell.docs` rewrites them; with `--check` it only says which are not in
step with the code, and fails if any is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from click import Command, Context
    from sqlite_utils import Database

ROOT = Path(__file__).parents[1]
_WRITTEN = "<!-- Written by `./run docs` from the program itself; do not edit. -->"
_SERVED_AS = "campaigns"
_INTERNAL = ("sqlite_", "_sqlite_", "posts_fts")
_WIDTH = 80
_BEGIN = "<!-- platforms: written by `./run docs` -->"
_END = "<!-- end of platforms -->"


class Missing(Exception):
    """A part of the program that a generated file describes is not there."""


def metadata_json() -> str:
    """Datasette's metadata."""
    return json.dumps(_metadata(), indent=2, ensure_ascii=False) + "\n"


def cli_md() -> str:
    """Every command with its help and options."""
    program: Command = _module("groundswell.cli").main
    parts = ["# The command line", _WRITTEN]
    for path, help_text in _commands(_context(program, "groundswell")):
        parts.append(f"## {path}")
        parts.append(f"```text\n{help_text}\n```")
    return "\n\n".join(parts) + "\n"


def _context(command: Command, name: str, parent: Context | None = None) -> Context:
    settings = {
        **command.context_settings,
        "terminal_width": _WIDTH,
        "max_content_width": _WIDTH,
    }
    return command.context_class(command, info_name=name, parent=parent, **settings)


def _commands(context: Context) -> Iterator[tuple[str, str]]:
    command = context.command
    yield context.command_path, command.get_help(context).rstrip()
    names: Callable[[Context], list[str]] = getattr(
        command, "list_commands", lambda _: []
    )
    for name in names(context):
        inner = command.get_command(context, name)  # type: ignore[attr-defined]
        if not inner.hidden:
            yield from _commands(_context(inner, name, context))


def schema_md() -> str:
    """Every table and view of a fresh database, with the metadata's descriptions."""
    described = _metadata()["databases"][_SERVED_AS].get("tables", {})
    with TemporaryDirectory() as folder:
        database = _module("db.connection").open_database(Path(folder) / "fresh.db")
        try:
            parts = ["# The database", _WRITTEN, *_tables(database, described)]
        finally:
            database.close()
    return "\n\n".join(parts) + "\n"


def _tables(database: Database, described: Mapping[str, Any]) -> Iterator[str]:
    views = set(database.view_names())
    for name in sorted([*database.table_names(), *views]):
        if not name.startswith(_INTERNAL):
            kind = " (view)" if name in views else ""
            yield f"## {name}{kind}"
            yield from _table(database, name, described.get(name, {}))


def _table(database: Database, name: str, words: Mapping[str, Any]) -> Iterator[str]:
    if description := words.get("description"):
        yield str(description)
    meanings = words.get("columns", {})
    rows = ["| column | type | meaning |", "| --- | --- | --- |"]
    for column, stored_as, never_null in _module("db.reads").columns(database, name):
        required = " not null" if never_null else ""
        kind = f"{stored_as.lower()}{required}"
        meaning = str(meanings.get(column, "")).replace("|", "\\|")
        rows.append(f"| `{column}` | {kind} | {meaning} |".replace("|  |", "| |"))
    yield "\n".join(rows)


def with_platforms(text: str, sections: str) -> str:
    """A hand-written text with the table of platforms between its marks written anew.

    sections: the file that has a section for each platform; "" where it is this one.
    """
    before, start, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (start and end):
        raise Missing("there is no place for the table of platforms")
    table = "\n".join(_platform_rows(sections))
    return f"{before}{start}\n{table}\n{end}{after}"


def _platform_rows(sections: str) -> Iterator[str]:
    collectors = _module("collectors")
    yield "| platform | gives | needs |"
    yield "| --- | --- | --- |"
    cards = {slug: collectors.load(slug).card for slug in collectors.available()}
    order = list(_module("collectors.base").ACCESS)
    for slug in sorted(cards, key=lambda slug: (order.index(cards[slug].access), slug)):
        card = cards[slug]
        yield f"| [{card.name}]({sections}#{slug}) | {card.gives} | {card.needs} |"


def _metadata() -> dict[str, Any]:
    built: dict[str, Any] = _module("groundswell.metadata").build()
    return built


def _module(name: str) -> Any:  # noqa: ANN401 - a module
    if find_spec(name) is None:
        raise Missing(f"there is no {name}")
    return import_module(name)


FILES: Mapping[str, Callable[[], str]] = {
    "metadata.json": metadata_json,
    "docs/cli.md": cli_md,
    "docs/schema.md": schema_md,
}
TABLES: Mapping[str, str] = {"docs/platforms.md": "", "README.md": "docs/platforms.md"}


def bring_in_step(
    root: Path = ROOT, *, write: bool = True
) -> tuple[list[str], list[str]]:
    """Rewrite the files that are not in step with the code, or only name them.

    Returns those files, and sentences about the ones that cannot be made yet.
    """
    behind: list[str] = []
    skipped: list[str] = []
    made = dict(FILES)
    for name, sections in TABLES.items():
        if (root / name).exists():
            text = (root / name).read_text(encoding="utf-8")
            made[name] = partial(with_platforms, text, sections)
    for name, make in made.items():
        try:
            if _differs(root / name, make(), write=write):
                behind.append(name)
        except Missing as reason:
            skipped.append(f"{name}: skipped, {reason}")
    return behind, skipped


def _differs(path: Path, text: str, *, write: bool) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return True


def main(arguments: Sequence[str]) -> int:
    """Write, or with --check compare. Returns the exit code."""
    check = list(arguments) == ["--check"]
    if arguments and not check:
        print("usage: python -m groundswell.docs [--check]", file=sys.stderr)
        return 2
    behind, skipped = bring_in_step(write=not check)
    for sentence in skipped:
        print(sentence, file=sys.stderr)
    for name in behind:
        print(f"{name}: {'not in step; ./run docs' if check else 'written'}")
    return 1 if check and behind else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
