"""groundswell import: archives that people already have, into a campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli.frame import FAILED, WRONG_USE, App, Whole, leave
from groundswell.cli.import_told import Told, code, report
from groundswell.cli.import_work import (
    Work,
    desk_for,
    scoring,
    tell_contents,
    until_signal,
)
from groundswell.cli.output import plural, say, wrapped

if TYPE_CHECKING:
    from groundswell.config.loading import Campaign, Config
    from groundswell.importing import Wishes


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…",
                type=click.Path(path_type=Path))  # fmt: skip
@click.option(
    "--campaign", required=True, metavar="SLUG", help="Which campaign it is for."
)
@click.option("--map", "mapping", metavar="FIELD=COLUMN,…",
              help="Which column is what: text=body,published_at=date.")  # fmt: skip
@click.option(
    "--columns", metavar="NAME,…", help="Names for a table whose first row is data."
)
@click.option(
    "--platform", metavar="SLUG", help="The platform of a table that does not say."
)
@click.option(
    "--dates",
    type=click.Choice(["day-first", "month-first"]),
    metavar="ORDER",
    help="How 01/02/2026 is read: day-first or month-first.",
)
@click.option(
    "--format", "form", metavar="NAME", help="The format, where it is mistaken."
)
@click.option(
    "--only-matching", is_flag=True, help="Leave out posts that carry no term."
)
@click.option(
    "--score/--no-score", default=True, help="Score posts now, or by rescore later."
)
@click.option("--processes", type=Whole(1, 64), help="How many score.  [default: all]")
@click.option("--rejected", type=click.Path(path_type=Path), metavar="PATH",
              help="Where lines that could not be read are listed.")  # fmt: skip
@click.option(
    "--again", is_flag=True, help="Read a file anew that was imported before."
)
@click.option("--dry-run", is_flag=True, help="Say what would come; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_obj
def import_files(app: App, /, files: tuple[Path, ...], **options: Any) -> None:  # noqa: ANN401
    """Take archives into a campaign: twarc, 4CAT, Zeeschuimer, Mastodon, any table.

    The format is told by the content; gzip, zstd, zip and tar are read in place. Posts that
    are known already are brought up to date. Interrupted, it goes on where it stopped.

    Example: groundswell import tweets.jsonl.gz --campaign my-campaign
    """
    config = app.load()
    campaign = _campaign(config, options["campaign"])
    wishes = _wishes(options)
    if options["dry_run"]:
        results = [_dry(path, campaign, wishes, options) for path in files]
    else:
        results = _all(app, config, campaign, files, wishes, options)
    report(results, options)
    leave(code(results))


def _campaign(config: Config, slug: str) -> Campaign:
    found = next((one for one in config.campaigns if one.slug == slug), None)
    if found is None:
        known = ", ".join(one.slug for one in config.campaigns)
        say(f"no campaign is called {slug!r}; there are {known}")
        leave(WRONG_USE)
    return found


def _wishes(options: dict[str, Any]) -> Wishes:
    from groundswell.archives.formats import load
    from groundswell.importing import Wishes

    if options["form"]:
        try:
            load(options["form"])
        except LookupError as error:
            raise click.BadParameter(
                str(error.args[0]), param_hint="--format"
            ) from None
    names = [
        one.strip() for one in (options["columns"] or "").split(",") if one.strip()
    ]
    return Wishes(
        format=options["form"],
        columns=tuple(names),
        mapping=_mapping(options["mapping"]),
        platform=options["platform"],
        day_first=options["dates"] and options["dates"] == "day-first",
    )


def _mapping(text: str | None) -> dict[str, str]:
    found = {}
    for pair in (text or "").split(","):
        name, equals, column = pair.partition("=")
        if pair.strip() and not (equals and name.strip() and column.strip()):
            raise click.BadParameter(f"{pair!r} is no FIELD=COLUMN", param_hint="--map")
        if equals:
            found[name.strip()] = column.strip()
    return found


# --- what would come


def _dry(
    path: Path,
    campaign: Campaign,
    wishes: Wishes,
    options: dict[str, Any],
) -> Told:
    from groundswell.archives.records import ArchiveError
    from groundswell.clock import utcnow
    from groundswell.digesting import blocks, digests
    from groundswell.importing import contents

    told = Told(str(path))
    try:
        found = contents(path, wishes)
        tell_contents(found, told)
        desk = desk_for(campaign, _rows_of(campaign), options)
        platforms: Counter[str] = Counter()
        for one in digests(blocks(found.parts), desk, utcnow(), None):
            posts = one.batch.posts
            platforms.update(post.platform for post in posts)
            told.posts += len(posts)
            told.rejected += one.batch.rejected
            told.skipped.update(one.skipped)
    except ArchiveError as error:
        told.problem = str(error)
        return told
    counts = ", ".join(
        f"{plural(n, 'post')} of {name}" for name, n in platforms.items()
    )
    say(wrapped(f"{path}: {counts or 'no post'} would come"))
    return told


def _rows_of(campaign: Campaign) -> tuple[Any, ...]:
    """The campaign's terms as they would be stored."""
    from db.records import TermRow
    from groundswell.clock import utcnow

    return tuple(
        TermRow(i, 1, campaign.slug, term.kind, term.key, term.value, utcnow())
        for i, term in enumerate(campaign.terms(), 1)
    )


# --- doing it


def _all(
    app: App,
    config: Config,
    campaign: Campaign,
    files: Sequence[Path],
    wishes: Wishes,
    options: dict[str, Any],
) -> list[Told]:
    from db.connection import StoreError, much_to_write, open_database
    from groundswell.runtime import watch

    try:
        database = open_database(config.monitor.database)
        watch(database, config, app.env)
        with (
            scoring(config, files, options) as (scorer, pool),
            until_signal() as stopping,
            much_to_write(database),
        ):
            work = Work(
                database, config, campaign, wishes, options, scorer, pool, stopping
            )
            return [work.file(path) for path in files if not stopping]
    except StoreError as error:
        say(str(error))
        leave(FAILED)
