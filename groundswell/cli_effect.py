"""`effect` and `diary`: what happened, and what followed it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli_frame import FAILED, WRONG_USE, App, Whole, leave
from groundswell.cli_output import one_line, say, show, show_json, table, wrapped
from groundswell.cli_store import open_store

if TYPE_CHECKING:
    from sqlite_utils import Database

    from groundswell.effects import Effect

Rows = list[dict[str, Any]]


def _moment(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> datetime | None:
    """A date or time as the configuration reads them: UTC unless it says otherwise."""
    from groundswell._config_values import Wrong, starts

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
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def effect(
    app: App,
    campaign: str,
    at: datetime,
    hours: int,
    control: str | None,
    *,
    as_json: bool,
) -> None:
    """Hold the posts after an event against what was to be expected without it.

    What was to be expected is told by the 28 days before, with the interval in which 95
    of 100 moments lie at which nothing happened. That something followed an event does
    not say that the event brought it about.

    Example: groundswell effect my-campaign --at 2026-11-20T09:00 --hours 48
    """
    from groundswell.clock import utcnow

    now = utcnow()
    if at >= now:
        say(f"--at {at:%Y-%m-%dT%H:%M} lies in the future")
        leave(WRONG_USE)
    database = open_store(app, read_only=True)
    try:
        asked = _Asked(database, campaign, at, hours, control, now)
    except LookupError as error:
        say(str(error.args[0]))
        leave(WRONG_USE)
    finally:
        database.close()
    if as_json:
        show_json(asked.as_json())
        return
    for line in asked.lines():
        show(wrapped(one_line(line, 1_000)))


class _Asked:
    """An event's effect, with what else is to be known. Raises LookupError for a campaign
    that there is not."""

    def __init__(
        self,
        database: Database,
        campaign: str,
        at: datetime,
        hours: int,
        control: str | None,
        now: datetime,
    ) -> None:
        from db import diary
        from db.published import ask
        from db.times import to_text
        from groundswell import effects, effects_told

        self.campaign, self.control = campaign, control
        span = {"at": to_text(at), "hours": hours}
        around = {
            "from_at": to_text(at - effects.lookback(hours)),
            "to_at": to_text(min(at + timedelta(hours=hours), now)),
        }
        for name in (campaign, control) if control else (campaign,):
            diary.entries(database, name)
        rows = ask(database, "event_counts", campaign=campaign, **span)
        other = (
            ask(database, "event_counts", campaign=control, **span) if control else []
        )
        entries = ask(database, "events", campaign=campaign, **around)
        alerts = ask(
            database, "alerts", campaign=campaign, **{**around, "from_at": to_text(at)}
        )
        found = effects_told.effect(
            rows, at, now=now, hours=hours, diary=entries, control=other
        )
        self.found: Effect = found or effects.Effect(
            at=at, hours=hours, over=0, before=0, after=0, refused="nothing was seen"
        )
        self.changes = effects_told.changes(rows, at, hours)
        self.else_ = effects_told.what_else(at, hours, diary=entries, alerts=alerts)
        self.platforms = rows[0]["platforms"] if rows else None

    def lines(self) -> list[str]:
        """What people read."""
        from groundswell import effects_told

        return [
            effects_told.verdict(self.found),
            *effects_told.figures(self.found),
            effects_told.coverage(self.found),
            *self.changes,
            *(f"What else happened: {told}" for told in self.else_),
            effects_told.CAUTION,
        ]

    def as_json(self) -> dict[str, Any]:
        """What scripts read; None where nothing can be said."""
        from dataclasses import asdict

        from db.times import to_text
        from groundswell import effects_told

        return {
            "campaign": self.campaign,
            "control_campaign": self.control,
            **asdict(self.found),
            "at": to_text(self.found.at),
            "told": self.found.told,
            "difference": self.found.difference,
            "ratio": self.found.ratio,
            "platforms": self.platforms,
            "verdict": effects_told.verdict(self.found),
            "changes": self.changes,
            "what_else": self.else_,
        }


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
