"""Who may import whom, which library has which owner, who reads the clock and says SQL."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.house import Source

OURS = {"collectors", "db", "groundswell", "scheduler", "benchmarks", "tests"}

# What the driver is made of; platforms are arithmetic and never see it.
DRIVER = (
    "_driver", "_http", "_stream", "_limits", "_addresses", "_batch", "_metering",
    "_dialogue",
)  # fmt: skip


@dataclass(frozen=True)
class Room:
    """Which of our own modules the files of a room may import.

    only: these and what is below them. never: not these, whatever `only` says.
    A name that ends in "*" stands for all that begin so.
    """

    files: tuple[str, ...]
    only: tuple[str, ...] = ("*",)
    never: tuple[str, ...] = ()


_DRIVEN = tuple(f"collectors.{part}" for part in DRIVER)
_APART = ("groundswell.__version__", "groundswell.clock")

# The first room that a file is in counts. A platform's own files are added below.
ROOMS = (
    Room(("collectors/_checks.py", "collectors/_errors.py"), only=()),
    Room(
        ("collectors/_about.py", "collectors/_secrets.py", "collectors/_terms.py"),
        only=(),
    ),
    Room(
        ("collectors/base.py",),
        only=(
            "collectors._about",
            "collectors._checks",
            "collectors._errors",
            "collectors._secrets",
            "collectors._terms",
        ),
    ),
    Room(("collectors/__init__.py", "collectors/text.py"), only=("collectors.base",)),
    Room(
        ("collectors/*.py",),
        only=("collectors.base", "collectors.text", "collectors._*"),
    ),
    Room(("db/*.py",), only=("db", "collectors.base")),
    Room(
        ("groundswell/web/*.py",),
        only=(
            "db",
            "groundswell.web",
            "groundswell.exports",
            "groundswell.metadata",
            "groundswell.alike",
            "groundswell.effects*",
            "groundswell.alerts.titles",
            "groundswell.sentiment.engines.LABELS",
            "groundswell.sentiment.shares",
            "groundswell.store_thread",
            *_APART,
        ),
    ),
    Room(
        ("groundswell/exports/*.py",),
        only=(
            "db",
            "collectors.base",
            "groundswell.exports",
            "groundswell.metadata_words",
            *_APART,
        ),
    ),
    Room(
        ("groundswell/demo/*.py",),
        only=("groundswell.demo", "collectors.base", "collectors.text", *_APART),
    ),
    Room(
        ("groundswell/config/*.py",),
        only=(
            "groundswell.config*",
            "collectors",
            "collectors.base",
            "collectors.load",
            "collectors.available",
            *_APART,
        ),
    ),
    Room(
        (
            "groundswell/names.py",
            "groundswell/prose.py",
            "groundswell/english.py",
            "groundswell/language.py",
        ),
        only=("groundswell.names", "groundswell.prose", "groundswell.english"),
    ),
    Room(
        ("groundswell/sentiment/*.py",),
        only=(
            "collectors.base",
            "groundswell.prose",
            "groundswell.language",
            "groundswell.sentiment",
        ),
    ),
    Room(
        ("groundswell/archives/*.py", "groundswell/archives/formats/*.py"),
        only=(
            "groundswell.archives",
            "groundswell.exports.ndjson",
            "collectors",
            *_APART,
        ),
    ),
    Room(("groundswell/cli/*.py", "groundswell/__main__.py")),
    Room(
        ("groundswell/docs.py",),
        only=("groundswell", "db.connection"),
        never=("tests",),
    ),
    Room(
        ("groundswell/*.py",),
        never=("scheduler", "groundswell.cli*", "groundswell.web", "groundswell.demo"),
    ),
    Room(("scheduler.py",), never=("groundswell.cli*", "groundswell.web")),
    Room(("benchmarks/*.py",)),
)

# One library, one owner. What the type checker alone imports is no use of it.
OWNERS = {
    "apprise": ("groundswell/delivering.py",),
    "apscheduler": ("scheduler.py",),
    "click": ("groundswell/cli/*.py",),
    "coincurve": ("collectors/_nostr*.py", "groundswell/demo/sim_nostr.py"),
    "datasette": ("groundswell/web/*.py",),
    "dateutil": ("collectors/text.py", "groundswell/archives/dates.py"),
    "eldc": ("groundswell/language.py",),
    "feedparser": ("collectors/feed.py", "collectors/_feed*.py"),
    "ijson": ("groundswell/archives/containers.py",),
    "openpyxl": ("groundswell/archives/tabular.py", "groundswell/exports/xlsx.py"),
    "pyarrow": ("groundswell/archives/tabular.py",),
    "zstandard": ("groundswell/archives/packed.py", "groundswell/cli/export.py"),
    "fontTools": ("groundswell/reports/east_asian.py",),
    "fpdf": ("groundswell/reports/fonts.py",),
    "jinja2": (
        "groundswell/web/*.py",
        "groundswell/exports/offline.py",
        "groundswell/reports/html.py",
    ),
    "markupsafe": ("groundswell/web/*.py", "groundswell/metadata.py"),
    "nltk": (),
    "selectolax": ("collectors/text.py", "collectors/_html.py"),
    "sqlite3": ("db/*.py",),
    "sqlite_utils": ("db/*.py",),
    "starlette": ("groundswell/demo/*.py",),
    "textblob": ("groundswell/sentiment/textblob_reader.py",),
    "uvicorn": ("groundswell/web/*.py", "groundswell/demo/*.py"),
    "websockets": (
        "collectors/_stream.py",
        "collectors/_dialogue.py",
        "groundswell/demo/*.py",
    ),
    "yarl": ("collectors/text.py", "collectors/_matching.py"),
}

# Attribute reads, by their dotted name: who may, and the reason.
USES = {
    # a clock is passed in, so that tests and the demo can pass their own
    "datetime.now": ("groundswell/clock.py",),
    "datetime.utcnow": (),
    "datetime.today": (),
    "date.today": (),
    "time.time": ("groundswell/clock.py",),
    "time.time_ns": ("groundswell/clock.py",),
    # for how long something took, never for when: walks' budgets, the shut-down's
    "time.monotonic": (
        "collectors/_*.py",
        "scheduler.py",
        "groundswell/runtime.py",
        "groundswell/cli/import_told.py",
    ),
    "time.sleep": (),
    # one place sets time-outs, caps, redirects and the guard against private addresses
    "httpx.AsyncClient": ("collectors/_http.py", "groundswell/demo/*.py"),
    "httpx.Client": (),
    "httpx.get": (),
    "httpx.post": (),
    "httpx.request": (),
    "httpx.stream": (),
}
_SOUGHT_IN_TYPES = ("httpx.AsyncClient", "httpx.Client")

_SQL = re.compile(
    r"\s*(?:(?:select|SELECT)\b.*\b(?:from|FROM)\b"
    r"|(?:insert|INSERT|replace|REPLACE)\s(?:.*\s)?(?:into|INTO)\s"
    r"|(?:update|UPDATE)\s+\w+\s+(?:set|SET)\s"
    r"|(?:delete|DELETE)\s+(?:from|FROM)\s"
    r"|(?:with|WITH)\s+\w+\s+(?:as|AS)\s*\("
    r"|(?:pragma|PRAGMA)\s+\w+\s*(?:=|\(|$))",
    re.DOTALL,
)


def check(source: Source, every: Sequence[Source]) -> Iterator[str]:
    """What a file of the program does that its room may not."""
    try:
        tree = source.tree
    except SyntaxError as error:
        yield f"{source.path}:{error.lineno}: {error.msg}"
        return
    room = room_of(source.path, platforms(every))
    for line, name, for_types in imports(tree):
        if not _may_import(name, room):
            yield f"{source.path}:{line}: may not import {name}"
        if not for_types and not _owns(source.path, name):
            yield f"{source.path}:{line}: {name.split('.')[0]} has another owner"
    yield from _uses(source)
    yield from _sql(source)


def platforms(every: Sequence[Source]) -> set[str]:
    """The platforms' slugs: the public modules of collectors."""
    found = re.compile(r"collectors/([a-z0-9]\w*)\.py")
    names = {match[1] for s in every if (match := found.fullmatch(s.path))}
    return names - {"base", "text"}


def room_of(path: str, slugs: set[str]) -> Room:
    """The room of a file. Raises LookupError for a file that is in none."""
    own = re.fullmatch(r"collectors/_?([a-z0-9]+)\w*\.py", path)
    if own and own[1] in slugs:
        only = ("collectors.base", "collectors.text", "collectors._*")
        return Room((path,), only=only, never=_DRIVEN)
    for room in ROOMS:
        if any(fnmatchcase(path, pattern) for pattern in room.files):
            return room
    raise LookupError(f"{path} is in no room")


def imports(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """Line, dotted name, and whether only the type checker imports it."""
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for part in node.body
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, id(node) in typed
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}", id(node) in typed


def _may_import(name: str, room: Room) -> bool:
    top = name.split(".")[0]
    if top not in OURS:
        return True
    if top in {"tests", "benchmarks"} and "benchmarks/*.py" not in room.files:
        return False
    return _below(name, room.only) and not _below(name, room.never)


def _below(name: str, roots: Sequence[str]) -> bool:
    return any(
        name.startswith(root[:-1])
        if root.endswith("*")
        else name == root or name.startswith(root + ".")
        for root in roots
    )


def _owns(path: str, name: str) -> bool:
    owners = OWNERS.get(name.split(".")[0])
    if owners is None or path.startswith("benchmarks/"):
        return True
    return any(fnmatchcase(path, pattern) for pattern in owners)


def _uses(source: Source) -> Iterator[str]:
    for line, name in chain_names(source.tree):
        sought = ".".join(name.split(".")[-2:])
        owners = USES.get(sought)
        if owners is None or source.path.startswith("benchmarks/"):
            continue
        if not any(fnmatchcase(source.path, pattern) for pattern in owners):
            yield f"{source.path}:{line}: {sought} belongs elsewhere"


def chain_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Dotted names that are read or imported by name; a type hint builds no client."""
    calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            if id(node) in calls or not name.endswith(_SOUGHT_IN_TYPES):
                yield node.lineno, name
        elif isinstance(node, ast.ImportFrom) and node.module in {"time", "httpx"}:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def _sql(source: Source) -> Iterator[str]:
    if source.path.startswith(("db/", "benchmarks/")):
        return
    prose = {
        id(node.value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(source.tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in prose and _SQL.match(text):
            yield f"{source.path}:{node.lineno}: SQL belongs in db/"
