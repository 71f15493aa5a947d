"""How long the program takes to start: its help, and the daemon to its first request.

    ./run bench starting

Each several times, in processes of their own. The daemon watches a feed on this machine;
its start is over when the feed is asked for.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from benchmarks import _processes
from benchmarks._figures import note

_CONFIG = """
[[campaign]]
slug = "leaks"
hashtags = ["LabourLeaks"]
[[source]]
slug = "feed"
platform = "feed"
base_url = "http://127.0.0.1:{port}/feed"
allow_private = true
"""


def main(times: int = 7) -> int:
    """Note both; 1 where the daemon asked for nothing."""
    _help(times)
    taken = [seconds for _ in range(times) if (seconds := _daemon()) is not None]
    if len(taken) < times:
        print("the daemon asked for nothing", file=sys.stderr)
        return 1
    middle = statistics.median(taken)
    note("the daemon's start to its first request", f"{middle:.2f} s", aim="under 1 s")
    return 0


def _help(times: int) -> None:
    program = Path(sys.executable).with_name("groundswell")
    ours = [_run([str(program), "--help"]) for _ in range(times)]
    bare = [_run([sys.executable, "-c", "pass"]) for _ in range(times)]
    took, floor = statistics.median(ours), statistics.median(bare)
    note(
        "groundswell --help",
        f"{took:.2f} s",
        reference=f"Python's own start, {floor:.2f} s",
        ratio=took / floor,
        aim="under 0.3 s",
    )


def _run(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _daemon() -> float | None:
    """Seconds from the daemon's start to its first request; None: there was none."""
    asked = Event()

    class Feed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    # The daemon is ended while it reads the answer.
    ThreadingHTTPServer.handle_error = lambda *_: None  # type: ignore[method-assign]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "groundswell.toml"
        config.write_text(_CONFIG.format(port=server.server_port))
        began = time.perf_counter()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with _processes.started(_processes.daemon(config), **quiet):
            found = asked.wait(30)
            took = time.perf_counter() - began
    server.shutdown()
    return took if found else None


if __name__ == "__main__":
    sys.exit(main())
