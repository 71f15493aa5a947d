"""How long `./run demo` takes from its start to the first page that shows posts: from
this checkout, and from a clean clone that has to set everything up first.

    ./run bench demo
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import _processes
from benchmarks._figures import note

_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Result:
    """seconds: to the first page with posts; None where none came. left: the processes
    that were still there after the end."""

    seconds: float | None
    left: int

    @property
    def ok(self) -> bool:
        """Whether there was a page and nothing was left behind."""
        return self.seconds is not None and not self.left


def first_page(
    checkout: Path, folder: Path, *, program: Sequence[str] = ("./run",)
) -> Result:
    """Start the demo of a checkout, wait for a page with posts, and end it."""
    port = _processes.free_port()
    command = [*program, "demo", "--port", str(port), "--data", str(folder)]
    began = time.monotonic()
    with _processes.started(
        command, cwd=checkout, env=_environment(folder), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    ) as demo:  # fmt: skip
        seconds = None
        while time.monotonic() - began < _PATIENCE_S and demo.poll() is None:
            if _shows_posts(port):
                seconds = time.monotonic() - began
                break
            time.sleep(0.05)
        _processes.end(demo)
        return Result(seconds, len(_processes.marked(str(folder))))


def _environment(folder: Path) -> dict[str, str]:
    """This environment, marked, without what belongs to this checkout's own .venv."""
    return {_processes.MARK: str(folder)} | {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "PYTHONPATH", "GROUNDSWELL_CONFIG"}
    }


def _shows_posts(port: int) -> bool:
    base = f"http://127.0.0.1:{port}"
    found = _processes.answers(f"{base}/campaigns/timeline.json?_size=1&_shape=array")
    return bool(found) and _processes.is_page(f"{base}/")


def clean_clone(folder: Path) -> Path:
    """A clone of this repository as it is committed, with nothing set up."""
    target = folder / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", str(_processes.ROOT), str(target)],  # noqa: S607 - git, wherever it is
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return target


_AIMS = {"set up": "15 s", "clean clone": "3 min"}


def main(*, clone: bool = True) -> int:
    """Print the times; 1 where no page came or something was left running."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found.append(("set up", first_page(_processes.ROOT, folder / "first")))
        if clone:
            found.append(
                ("clean clone", first_page(clean_clone(folder), folder / "second"))
            )
    for what, result in found:
        took = f"{result.seconds:.1f} s" if result.seconds else "no page came"
        note(f"the demo's first page, {what}", took, aim=_AIMS[what])
        print(f"{result.left} processes left")
    return 0 if all(result.ok for _, result in found) else 1


if __name__ == "__main__":
    sys.exit(main())
