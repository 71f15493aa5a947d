"""groundswell export: a part of a campaign's posts, to keep, to pass on or to import."""

from __future__ import annotations

import contextlib
import gzip
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import click

from groundswell.cli.frame import FAILED, WRONG_USE, App, leave, one_campaign
from groundswell.cli.output import file_trouble, plural, say
from groundswell.cli.store import open_store

if TYPE_CHECKING:
    from datetime import datetime

    from db.choosing import Selection
    from db.connection import Database
    from groundswell.exports.exporting import Export
    from groundswell.exports.forms import Form

_NAMES = ("ndjson", "csv", "xlsx", "gexf", "evidence")


@click.command()
@click.argument("campaign", required=False)
@click.option("--campaign", "named", hidden=True)
@click.option(
    "--from", "from_at", metavar="TIME",
    help="Published from then on: 2026-05-01 or 2026-05-01T09:00:00Z (UTC).",
)  # fmt: skip
@click.option(
    "--to", "to_at", metavar="TIME",
    help="Published before then; a date is included.",
)  # fmt: skip
@click.option("--platform", metavar="NAME", help="Of this platform.")
@click.option("--sentiment", metavar="LABEL",
              help="negative, neutral, positive or unscored.")  # fmt: skip
@click.option("--lang", metavar="CODE", help="In this language: en, de.")
@click.option("--term", metavar="TERM",
              help="Found by this term of the campaign.")  # fmt: skip
@click.option("--kind", metavar="KIND",
              help="post, reply, repost, quote, article, comment or video.")  # fmt: skip
@click.option("--text", metavar="WORDS",
              help='With all of these words; "in quotes" together.')  # fmt: skip
@click.option("--link", metavar="ADDRESS",
              help="With a link to this address, as in top_links.")  # fmt: skip
@click.option("--post", metavar="NUMBER", multiple=True,
              help="This post (its row in posts), what it answers and the answers to "
              "it; may be given several times.")  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(_NAMES), metavar="FORM",
    help="ndjson, csv, xlsx, gexf (hashtag network) or evidence (a pack).  [default: as "
    "FILE ends: .ndjson .csv .xlsx .gexf .zip]",
)  # fmt: skip
@click.option("--bom", is_flag=True, help="CSV with a byte order mark, for Excel.")
@click.option(
    "-o", "--output", default="-", metavar="FILE",
    help="Where to; .gz and .zst are packed.  [default: standard output]",
)  # fmt: skip
@click.pass_obj
def export(
    app: App,
    /,
    campaign: str | None,
    named: str | None,
    output: str,
    form: str | None,
    *,
    bom: bool,
    **wish: str | tuple[str, ...] | None,
) -> None:
    """Write a campaign's live posts: as NDJSON, CSV, XLSX, hashtag network, evidence pack.

    What was deleted or withheld is not in it. FILE.README.txt beside it says what it is;
    XLSX and packs hold their own. `groundswell import` takes NDJSON back.

    Example: groundswell export my-campaign --from 2026-05-01 -o may.xlsx
    """
    from groundswell.clock import utcnow
    from groundswell.exports.exporting import opened

    chosen = _form(form, output, bom=bom)
    wish["campaign"] = one_campaign(campaign, named)
    database = open_store(app, read_only=True)
    now = utcnow().replace(microsecond=0)
    try:
        with opened(database, _selection(database, wish, now), chosen, now) as found:
            count = _write(found, output, bom=bom)
            _tell(found, output)
    except OSError as error:
        say(file_trouble(error, output, done="written"))
        leave(FAILED)
    finally:
        database.close()
    say(f"{plural(count, 'post')} written")


def _form(name: str | None, output: str, *, bom: bool) -> Form:
    from groundswell.exports.forms import FORMS, PACKED, guessed

    try:
        form = FORMS[name] if name else guessed(output)
    except LookupError as error:
        raise click.BadParameter(str(error.args[0]), param_hint="--output") from error
    if bom and form.name != "csv":
        raise click.BadParameter("only CSV has a byte order mark", param_hint="--bom")
    if Path(output).suffix in PACKED and not form.lines:
        raise click.BadParameter(
            f"{form.name} is not packed as {Path(output).suffix}; name a file that ends "
            f"in {form.ending}",
            param_hint="--output",
        )
    if output == "-" and not form.lines and sys.stdout.isatty():
        raise click.BadParameter(
            f"a terminal cannot show {form.name}; name a file", param_hint="--output"
        )
    return form


def _selection(database: Database, wish: Mapping[str, Any], now: datetime) -> Selection:
    """wish: the options by name; None where one is not given, several of `post`."""
    from groundswell.exports.selecting import Wish, WrongWish, option, select

    if wish["campaign"] is None:
        raise click.UsageError(_unnamed(database))
    for name, value in wish.items():
        given = value if isinstance(value, tuple) else [value]
        if any(one is not None and not one.strip() for one in given):
            raise click.BadParameter("it is empty", param_hint=option(name))
    try:
        asked = {name: value for name, value in wish.items() if value is not None}
        return select(database, Wish(**asked), now)
    except WrongWish as error:
        if error.name == "campaign":
            say(str(error))
            leave(WRONG_USE)
        raise click.BadParameter(str(error), param_hint=option(error.name)) from None


def _unnamed(database: Database) -> str:
    from db.choosing import campaigns

    known = ", ".join(campaigns(database))
    return f"name a campaign; there are {known}" if known else "there is no campaign"


def _write(found: Export, output: str, *, bom: bool) -> int:
    """Write the file; how many posts it is about."""
    length = found.about.posts * found.form.passes
    with (
        click.progressbar(
            length=length,
            label="exporting",
            update_min_steps=200,
            file=sys.stderr,
            hidden=not (length and sys.stderr.isatty()),
        ) as bar,
        _opened(output) as file,
    ):
        for part in found.chunks(bom=bom, tick=lambda: bar.update(1)):
            file.write(part)
    return found.about.posts


def _tell(found: Export, output: str) -> None:
    """What belongs to the file: the README beside it, or the pack's fingerprint."""
    from groundswell.exports import verifying

    if output == "-" or not Path(output).is_file():
        return
    if found.form.notes is not None:
        beside = Path(f"{output}.README.txt")
        beside.write_text(found.readme(), encoding="utf-8")
        say(f"{beside} says what it is")
    elif found.form.name == "evidence":
        mark = verifying.fingerprint(Path(output))
        say(f"fingerprint of the manifest, to be kept in another place: {mark}")


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
