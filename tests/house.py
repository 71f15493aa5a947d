"""The rules of the house, checked over the files themselves: `python -m tests.house`.

One line per finding; exit code 1 if there is any. The last line on stderr sums up the
sizes. The rules: design.md section 2; the exceptions stand in the tables, with reasons.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from groundswell import __version__, docs
from tests import house_code, house_sizes

ROOT = Path(__file__).parents[1]
CODE = ("collectors/", "db/", "groundswell/", "benchmarks/", "scheduler.py")


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root with "/", and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """What it says; raises SyntaxError."""
        return ast.parse(self.text, self.path)

    @property
    def is_code(self) -> bool:
        """Whether it is the program's, not a test of it."""
        return self.path.startswith(CODE)


def files(root: Path = ROOT) -> list[Path]:
    """Every file that is the project's: tracked by git, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (root / name for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if path.is_file()]


def sources(paths: Sequence[Path], root: Path = ROOT) -> list[Source]:
    """The Python files among them, that can be read as Python."""
    return [
        Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
        if path.suffix == ".py"
    ]


def findings(root: Path = ROOT) -> list[str]:
    """What breaks a rule, one sentence each."""
    paths = files(root)
    python = sources(paths, root)
    code = [source for source in python if source.is_code]
    return [
        *chain.from_iterable(house_code.check(source, python) for source in code),
        *house_sizes.check(code),
        *versions(root),
        *chain.from_iterable(words(path, root) for path in paths),
        *(f"{name}: not in step with the code; ./run docs" for name in _stale(root)),
    ]


def _stale(root: Path) -> list[str]:
    behind, skipped = docs.bring_in_step(root, write=False)
    for sentence in skipped:
        print(sentence, file=sys.stderr)
    return behind


def versions(root: Path) -> Iterator[str]:
    """The program's version is the package's and the changelog's newest."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    if (packaged := project["project"]["version"]) != __version__:
        yield f"pyproject.toml: version {packaged}, but groundswell says {__version__}"
    changes = root / "CHANGELOG.md"
    text = changes.read_text(encoding="utf-8") if changes.exists() else ""
    newest = re.search(r"^## \[?(\d[^\]\s]*)", text, re.MULTILINE)
    if newest is None or newest[1] != __version__:
        found = newest[1] if newest else "nothing"
        yield f"CHANGELOG.md: newest is {found}, but groundswell says {__version__}"


# Spelt in pieces, so that this file does not hold what it looks for.
_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "crates" + ".io")
_FOLDERS = ("ro" + r"ot\b", "wo" + r"rk\b", "ho" + r"me/\w", "Us" + r"ers/\w")
_FORBIDDEN = {
    "names a registry's host": re.compile("|".join(map(re.escape, _HOSTS))),
    "names a path of some machine": re.compile(
        r"(?<![\w.~*)}\]])/(?:" + "|".join(_FOLDERS) + ")"
    ),
}


def words(path: Path, root: Path) -> Iterator[str]:
    """No registry's host and no machine's path stands in any file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return  # a picture
    for number, line in enumerate(lines, 1):
        for sin, pattern in _FORBIDDEN.items():
            if found := pattern.search(line):
                where = f"{path.relative_to(root).as_posix()}:{number}"
                yield f"{where}: {sin}: {found[0]}"


def main() -> int:
    """Print what breaks a rule. Returns the exit code."""
    found = findings()
    for line in found:
        print(line)
    code = [source for source in sources(files()) if source.is_code]
    print(house_sizes.summary(code), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
