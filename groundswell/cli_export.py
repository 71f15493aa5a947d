"""groundswell export: a campaign's posts, one a line, to keep or to import elsewhere."""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import click

from groundswell.cli_frame import FAILED, WRONG_USE, App, leave
from groundswell.cli_output import plural, say
from groundswell.cli_store import open_store


@click.command()
@click.option("--campaign", required=True, metavar="SLUG", help="Which campaign.")
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    help="Where to; .gz and .zst are packed.  [default: standard output]",
)
@click.pass_obj
def export(app: App, campaign: str, output: str) -> None:
    """Write a campaign's live posts as NDJSON, oldest first.

    What was deleted or withheld is not in it. `groundswell import` takes it back.

    Example: groundswell export --campaign my-campaign -o posts.ndjson.zst
    """
    from db import exporting, watchlist
    from groundswell.archives.formats.groundswell_export import to_dict

    database = open_store(app, read_only=True)
    ids = {row.campaign: row.campaign_id for row in watchlist.active_terms(database)}
    if campaign not in ids:
        say(f"no campaign is called {campaign!r}; there are {', '.join(sorted(ids))}")
        leave(WRONG_USE)
    count = 0
    try:
        with _opened(output) as file:
            for post in exporting.posts(database, ids[campaign]):
                line = json.dumps(to_dict(post), ensure_ascii=False)
                file.write(line.encode() + b"\n")
                count += 1
    except OSError as error:
        say(f"{output}: cannot be written: {error.strerror}")
        leave(FAILED)
    finally:
        database.close()
    say(f"{plural(count, 'post')} written")


@contextlib.contextmanager
def _opened(output: str) -> Iterator[IO[bytes]]:
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    path = Path(output)
    if path.suffix == ".gz":
        with gzip.open(path, "wb") as packed:
            yield cast("IO[bytes]", packed)
    elif path.suffix == ".zst":
        import zstandard

        with (
            path.open("wb") as raw,
            zstandard.ZstdCompressor().stream_writer(raw) as out,
        ):
            yield cast("IO[bytes]", out)
    else:
        with path.open("wb") as plain:
            yield plain
