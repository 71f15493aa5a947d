"""groundswell verify: an evidence pack held against its own manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundswell.cli.frame import FAILED, leave
from groundswell.cli.output import one_line, plural, say, show, show_json, wrapped

if TYPE_CHECKING:
    from groundswell.exports.verifying import Verdict

_SHOWN = 20


@click.command()
@click.argument("pack", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--fingerprint", metavar="HEX",
    help="The manifest's SHA-256, as it was shown when the pack was written.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def verify(pack: Path, fingerprint: str | None, *, as_json: bool) -> None:
    """Check that every file of an evidence pack is as its manifest says.

    Nothing is unpacked to the disk. Exit code 1 says that something differs. Whoever
    changes a file and the manifest too is found by --fingerprint alone.

    Example: groundswell verify evidence.zip
    """
    from groundswell.exports.verifying import verify as verified

    found = verified(pack, fingerprint=fingerprint)
    if as_json:
        show_json(
            {
                "whole": not found.problems,
                "problems": found.problems,
                "files": found.files,
                "fingerprint": found.fingerprint,
            }
        )
    else:
        _tell(pack, found)
    if found.problems:
        leave(FAILED)


def _tell(pack: Path, found: Verdict) -> None:
    for problem in found.problems[:_SHOWN]:
        say(wrapped(one_line(f"{pack}: {problem}", 1000)))
    if len(found.problems) > _SHOWN:
        say(f"{len(found.problems) - _SHOWN} more differ")
    if not found.problems:
        told = found.manifest
        show(f"{pack}: {plural(found.files, 'file')} as the manifest says")
        show(
            one_line(
                f"{told.get('posts')} posts, written {told.get('written_at')}", 200
            )
        )
    if found.fingerprint:
        show(f"fingerprint of the manifest: {found.fingerprint}")
