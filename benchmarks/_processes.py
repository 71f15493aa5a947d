"""Real processes for benchmarks and tests: the simulated platforms, the daemon."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from db.connection import StoreError, open_database

ROOT = Path(__file__).parents[1]
_END_S = 15.0
MARK = "GROUNDSWELL_BENCHMARK"


@dataclass(frozen=True, slots=True)
class Platforms:
    """The simulated platforms as a process of their own."""

    base: str
    sources: list[dict[str, Any]]

    def requests(self) -> int:
        """How many requests have come to the sources so far."""
        return sum(fetch(f"{self.base}/control")["requests"].values())

    def truth(self) -> list[dict[str, Any]]:
        """What there is to be collected: docs/simulator.md."""
        found: list[dict[str, Any]] = fetch(f"{self.base}/control/truth")
        return found

    def faults(self, plan: Sequence[dict[str, Any]]) -> None:
        """Let these go wrong from now on."""
        fetch(f"{self.base}/control/faults", json.dumps(plan).encode())


def fetch(url: str, data: bytes | None = None) -> Any:  # noqa: ANN401 - any JSON
    """The JSON at an address of this machine. Raises URLError, ValueError."""
    with urlopen(Request(url, data), timeout=30) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def answers(url: str) -> Any:  # noqa: ANN401 - any JSON
    """The JSON at an address; None while nobody answers."""
    try:
        return fetch(url)
    except (URLError, OSError, ValueError):
        return None


def is_page(url: str) -> bool:
    """Whether a web page answers there."""
    try:
        with urlopen(url, timeout=30) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200 and b"<html" in answer.read(2000).lower())
    except (URLError, OSError):
        return False


@contextmanager
def platforms(*options: str) -> Iterator[Platforms]:
    """The simulated platforms, ready; ended afterwards."""
    with started(
        [sys.executable, "-m", "groundswell.demo", *options], stdout=subprocess.PIPE
    ) as process:
        ready = json.loads(_first_line(process))
        yield Platforms(ready["base_url"], ready["sources"])


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None:
        raise ValueError("its output is not a pipe")
    return process.stdout.readline()


@contextmanager
def started(
    command: Sequence[str],
    **options: Any,  # noqa: ANN401 - Popen's own
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, asked to end afterwards and then made to."""
    given = {"cwd": ROOT, "stdin": subprocess.DEVNULL, **options}
    with subprocess.Popen(command, **given) as process:
        try:
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM, then SIGKILL after 15 s; the exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def daemon(config: Path) -> list[str]:
    """The command line of the daemon alone."""
    return [
        sys.executable, "-m", "groundswell", "--config", str(config), "collect",
        "--watch",
    ]  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def newest(database: Path, table: str) -> int:
    """The highest id in a table, which needs no count; 0 while there is none yet.

    The daemon makes the file first, then its tables.
    """
    if not database.exists():
        return 0
    try:
        with closing(open_database(database, read_only=True)) as db:
            found = db.conn.execute(f"select max(id) from {table}").fetchone()
    except (StoreError, sqlite3.OperationalError):
        return 0
    return int(found[0] or 0)


def peak_mb(pid: int) -> float:
    """The most memory that a running process has held, in MB (Linux's VmHWM).

    Not `ru_maxrss`: a child inherits its parent's from before it became itself.
    """
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError(f"process {pid} is gone")


def marked(mark: str) -> list[int]:
    """The living processes that were started with MARK in their environment, or by one
    that was (Linux)."""
    wanted = f"{MARK}={mark}".encode()
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and wanted in _environment(entry).split(b"\0")
    ]


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:  # it has ended, or is another user's
        return b""
