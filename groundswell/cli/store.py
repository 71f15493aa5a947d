"""`status`, `rescore`, `backup`, `forget`: what is done to the database alone."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli import output as cli_output
from groundswell.cli.frame import FAILED, App, Whole, leave

if TYPE_CHECKING:
    from sqlite_utils import Database


def open_store(app: App, *, read_only: bool = False) -> Database:
    """The configured database; ends the command with a sentence where there is none."""
    from db.connection import StoreError, open_database

    path = app.load().monitor.database
    if not path.exists():
        cli_output.say(
            f"{path}: there is no database yet; run groundswell collect first, or name "
            "another configuration: groundswell --config PATH …"
        )
        leave(FAILED)
    try:
        return open_database(path, read_only=read_only)
    except StoreError as error:
        cli_output.say(str(error))
        leave(FAILED)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def status(app: App, *, as_json: bool) -> None:
    """Say how campaigns and sources are doing.

    Example: groundswell status --json
    """
    from db import reads, refining
    from groundswell.clock import utcnow
    from groundswell.runtime import refiner_for, scorer_for

    config = app.load()
    refiner = refiner_for(config, scorer_for(config))
    database = open_store(app, read_only=True)
    found: dict[str, Any] = {
        "campaigns": reads.campaigns(database, utcnow()),
        "sources": reads.sources(database),
        "refined": refining.refined(database, refiner.name) if refiner else None,
    }
    database.close()
    if as_json:
        cli_output.show_json(found)
        return
    _show_campaigns(found["campaigns"])
    _show_sources(found["sources"])
    if found["refined"]:
        _show_refined(found["refined"])


def _show_campaigns(rows: list[dict[str, Any]]) -> None:
    head = ("campaign", "last 24 h", "24 h before")
    cells = [(r["slug"], str(r["posts_24h"]), str(r["posts_24h_before"])) for r in rows]
    for line in cli_output.table(head, cells):
        cli_output.show(line)
    cli_output.show("")


def _show_sources(rows: list[dict[str, Any]]) -> None:
    head = ("source", "platform", "state", "last success", "next due", "last error")
    names = ("slug", "platform", "state", "last_ok_at", "next_due_at", "last_error")
    cells = [tuple(str(row[name] or "-") for name in names) for row in rows]
    for line in cli_output.table(head, cells):
        cli_output.show(line)


def _show_refined(found: dict[str, Any]) -> None:
    engine, _, _ = found["scorer"].partition("/")
    cli_output.show("")
    cli_output.show(
        f"refined with {engine}: {found['refined']:,} of {found['scored']:,} scored posts "
        f"among the newest {found['looked_at']:,}"
    )


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what is up to date.")
@click.option(
    "--processes",
    type=Whole(1, 64),
    help="How many score. [default: one for each processor]",
)
@click.pass_obj
def rescore(app: App, *, everything: bool, processes: int | None) -> None:
    """Score stored posts anew, where another engine or version scored them.

    Example: groundswell rescore
    """
    from db import rescoring
    from groundswell import workers
    from groundswell.rescoring import CHUNK
    from groundswell.rescoring import rescore as rescored
    from groundswell.runtime import refiner_for, scorer_for

    config = app.load()
    scorer = scorer_for(config)
    refiner = refiner_for(config, scorer)
    also = () if refiner is None else (refiner.name,)
    database = open_store(app)
    current = None if everything else (scorer.name, *also)
    total = rescoring.to_rescore(database, current)
    count = processes or workers.processors()
    few = total <= 2 * CHUNK  # done before other processes are ready
    with (
        nullcontext() if few or count == 1 else workers.pool(count, scorer) as pool,
        click.progressbar(length=total, label="rescoring", file=sys.stderr) as bar,
    ):
        for done in rescored(
            database, scorer, everything=everything, also=also, pool=pool
        ):
            bar.update(done)
    database.close()
    cli_output.show(f"{cli_output.plural(total, 'post')} scored with {scorer.name}")


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def backup(app: App, target: Path) -> None:
    """Copy the database to TARGET while everything goes on.

    Example: groundswell backup copies/monday.db
    """
    from db import checks
    from db.connection import StoreError

    database = open_store(app, read_only=True)
    try:
        checks.backup(database, target)
    except StoreError as error:
        cli_output.say(str(error))
        leave(FAILED)
    finally:
        database.close()
    cli_output.show(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--reason", default="asked for by the person", show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(app: App, names: tuple[str, ...], reason: str, *, yes: bool) -> None:
    """Erase people or posts for good: by handle, uri or address.

    Only keyed hashes stay, so that they are not collected again.

    Example: groundswell forget @someone@social.example
    """
    from db import forgetting
    from groundswell.clock import utcnow
    from groundswell.reports import kept

    database = open_store(app)
    found = [hit for name in names for hit in forgetting.find(database, name)]
    if not found:
        cli_output.say(
            "nobody and nothing here is called that; nothing was erased (write it as the "
            "pages show it: a handle, or the address of a profile or a post)"
        )
        leave(FAILED)
    for kind, uri in found:
        cli_output.say(cli_output.one_line(f"{kind}: {uri}", 300))
    if not yes:
        click.confirm("Erase these for good?", abort=True, err=True)
    gone = forgetting.forget(database, found, reason=reason, now=utcnow())
    database.close()
    if kept.remove_all(kept.folder_of(app.load().monitor.database)):
        cli_output.say("kept reports were removed too: they may have quoted them")
    people = cli_output.plural(gone.authors, "person").replace("persons", "people")
    if not gone.overwritten:
        cli_output.say(
            "another program is reading the file: it still holds the old pages, until "
            "the collector's daily tidying"
        )
    cli_output.show(f"erased: {people}, {cli_output.plural(gone.posts, 'post')}")
