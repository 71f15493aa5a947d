"""`effect` and `diary`: what happened, and what followed it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli.frame import FAILED, WRONG_USE, App, Whole, leave
from groundswell.cli.output import one_line, say, show, show_json, table, wrapped
from groundswell.cli.store import open_store

if TYPE_CHECKING:
    from sqlite_utils import Database

Rows = list[dict[str, Any]]


def _moment(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> datetime | None:
    """A date or time as the configuration reads them: UTC unless it says otherwise."""
    from groundswell.config.values import Wrong, starts

    try:
        return starts(value) if value is not None else None
    except Wrong as error:
        raise click.BadParameter(f"{value!r} {error}", ctx, param) from error


@click.command()
@click.argument("campaign")
@click.option(
    "--at",
    callback=_moment,
    metavar="TIME",
    required=True,
    help="When it happened, UTC.",
)
@click.option(
    "--hours",
    type=Whole(1, 168),
    default=24,
    show_default=True,
    help="How many hours after it.",
)
@click.option(
    "--control",
    metavar="CAMPAIGN",
    help="A campaign that it does not concern: what changed there too is taken off.",
)
@click.option("--term", metavar="TERM", help="Only the posts with this term.")
@click.option(
    "--control-term",
    metavar="TERM",
    help="A term that it does not concern, of the control campaign or of the same one.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def effect(
    app: App,
    campaign: str,
    at: datetime,
    hours: int,
    control: str | None,
    term: str | None,
    control_term: str | None,
    *,
    as_json: bool,
) -> None:
    """Hold the posts after an event against what was to be expected without it.

    What was to be expected is told by the 28 days before, with the interval in which 95
    of 100 moments lie at which nothing happened. That something followed an event does
    not say that the event brought it about. A control of whose posts a fifth or more are
    measured ones too is refused.

    Example: groundswell effect my-campaign --at 2026-11-20T09:00 --hours 48
    """
    from groundswell.cli.effect_work import Measured
    from groundswell.clock import utcnow

    now = utcnow()
    if at >= now:
        say(f"--at {at:%Y-%m-%dT%H:%M} lies in the future")
        leave(WRONG_USE)
    database = open_store(app, read_only=True)
    try:
        measured = Measured(
            database,
            campaign,
            at,
            hours,
            now,
            term=term,
            control=control,
            control_term=control_term,
        )
    except LookupError as error:
        say(str(error.args[0]))
        leave(WRONG_USE)
    finally:
        database.close()
    if as_json:
        show_json(measured.as_json())
        return
    for line in measured.lines():
        show(wrapped(one_line(line, 1_000)))


@click.command()
@click.argument("campaign")
@click.option("--add", "title", metavar="TITLE", help="Note what happened; needs --at.")
@click.option("--at", callback=_moment, metavar="TIME", help="When, UTC.")
@click.option("--note", help="More about it.")
@click.option("--by", metavar="NAME", help="Who writes it down.")
@click.option("--remove", "number", type=int, metavar="ID", help="Take an entry out.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def diary(
    app: App,
    campaign: str,
    title: str | None,
    at: datetime | None,
    note: str | None,
    by: str | None,
    number: int | None,
    *,
    as_json: bool,
) -> None:
    """List a campaign's diary, add to it, or take an entry out.

    Example: groundswell diary my-campaign --add "press release" --at 2026-11-20T09:00
    """
    if (title is None) != (at is None) or (title and number is not None):
        say("--add and --at go together, and not with --remove")
        leave(WRONG_USE)
    if title is None and (note is not None or by is not None):
        say("--note and --by belong to --add")
        leave(WRONG_USE)
    database = open_store(app, read_only=title is None and number is None)
    try:
        if title is not None and at is not None:
            _add(database, campaign, at, title, note, by)
        elif number is not None:
            _remove(database, campaign, number)
        else:
            _list(database, campaign, as_json=as_json)
    except (LookupError, ValueError) as error:
        say(one_line(str(error.args[0]), 300))
        leave(WRONG_USE)
    finally:
        database.close()


def _add(
    database: Database,
    campaign: str,
    at: datetime,
    title: str,
    note: str | None,
    by: str | None,
) -> None:
    from db import diary
    from groundswell.clock import utcnow

    number = diary.add(database, campaign, at, title, now=utcnow(), note=note, by=by)
    show(f"entry {number} added")


def _remove(database: Database, campaign: str, number: int) -> None:
    from db import diary

    if not diary.remove(database, campaign, number):
        say(f"the diary of {campaign} has no entry {number}")
        leave(FAILED)
    show(f"entry {number} removed")


def _list(database: Database, campaign: str, *, as_json: bool) -> None:
    from db import diary

    rows: Rows = diary.entries(database, campaign)
    if as_json:
        show_json(rows)
        return
    if not rows:
        say(f"the diary of {campaign} is empty")
        return
    cells = [
        (str(r["id"]), r["at"], r["created_by"] or "-", _said(r["title"], r["note"]))
        for r in rows
    ]
    for line in table(("id", "at", "by", "what"), cells):
        show(line)


def _said(title: str, note: str | None) -> str:
    return f"{title}: {note}" if note else title
