"""Imports side by side with other programs that take in the same files.

    ./run bench importers

Two made-up files: posts of X as NDJSON (v2, a line each), of which twarc-csv makes a CSV,
and the same posts as an X account's archive, which twitter-to-sqlite puts into one table.
Each program and this one read the same file in turn, several times, in processes of their
own, start of the program included; the ratio is of the medians. What they make of it
differs: theirs is not indexed, not searchable, and not matched, counted or deduplicated.

Each is installed from its own lock file into a folder that goes away afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks._figures import note
from benchmarks.importing import imported, records, written

POSTS = 20_000
_ROUNDS = 3
_ROOT = Path(__file__).parents[1]


def main(posts: int = POSTS, rounds: int = _ROUNDS) -> int:
    """Print both programs' rates and ratios; 1 where one of them cannot be installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            twarc = _installed(folder, "twarc-csv") / "twarc2"
            to_sqlite = _installed(folder, "twitter-to-sqlite") / "twitter-to-sqlite"
        except subprocess.CalledProcessError as error:
            print(f"cannot be installed: {error}", file=sys.stderr)
            return 1
        lines = written(folder / "posts.jsonl", posts)
        archive = _archive(folder / "archive.zip", posts)
        table, database = folder / "out.csv", folder / "out.db"
        _compare(
            folder,
            "twarc-csv",
            [str(twarc), "--bearer-token", "none", "csv", str(lines), str(table)],
            lines,
            posts=posts,
            rounds=rounds,
        )
        _compare(
            folder,
            "twitter-to-sqlite",
            [str(to_sqlite), "import", str(database), str(archive)],
            archive,
            posts=posts,
            rounds=rounds,
        )
    return 0


def _installed(folder: Path, peer: str) -> Path:
    """The folder of its programs. Raises CalledProcessError."""
    uv, home = Path(sys.executable).with_name("uv"), folder / peer
    lock = _ROOT / "requirements" / f"peer-{peer}.txt"
    subprocess.run(
        [uv, "venv", "--quiet", "--python", sys.executable, home], check=True
    )
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", home / "bin" / "python",
         "--require-hashes", "-r", lock],
        check=True,
    )  # fmt: skip
    return home / "bin"


def _archive(path: Path, posts: int) -> Path:
    """The posts as an account's own archive has them."""
    tweets = [{"tweet": _tweet(record)} for record in records(posts)]
    owner = [{"account": {"accountId": "77", "username": "p0", "email": ""}}]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, told in (("tweet", tweets), ("account", owner)):
            packed.writestr(
                f"data/{name}.js", f"window.YTD.{name}.part0 = {json.dumps(told)}"
            )
    return path


def _tweet(record: dict[str, object]) -> dict[str, object]:
    entities = record["entities"]
    return {
        "id_str": record["id"],
        "id": record["id"],
        "full_text": record["text"],
        "created_at": "Tue Nov 15 09:30:00 +0000 2022",
        "lang": "en",
        "favorite_count": "3",
        "retweet_count": "1",
        "entities": {
            "hashtags": [{"text": "LabourLeaks"}],
            "urls": entities["urls"] if isinstance(entities, dict) else [],
        },
    }


def _compare(
    folder: Path,
    peer: str,
    command: Sequence[str],
    file: Path,
    *,
    posts: int,
    rounds: int,
) -> None:
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(_timed(folder, command))
        ours.append(imported(folder, file, "--no-score")[0])
    they, we = statistics.median(theirs), statistics.median(ours)
    note(
        f"importing what {peer} reads",
        f"{posts / we:,.0f} posts/s",
        reference=f"{peer}, {posts / they:,.0f} posts/s",
        ratio=they / we,
    )


def _timed(folder: Path, command: Sequence[str]) -> float:
    for old in folder.glob("out.*"):
        old.unlink()
    os.sync()
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    began = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        cwd=home,
        env={**os.environ, "HOME": str(home)},
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
