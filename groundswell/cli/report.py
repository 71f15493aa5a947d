"""groundswell report: a day or a week of campaigns, in words and figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundswell.cli.frame import FAILED, WRONG_USE, App, leave, one_campaign
from groundswell.cli.output import file_trouble, say, show

if TYPE_CHECKING:
    from groundswell.config.loading import Config
    from groundswell.reports.kept import Drawn
    from groundswell.reports.periods import Period

_FORMS = ("html", "text", "pdf")
_ENDINGS = {".html": "html", ".htm": "html", ".txt": "text", ".pdf": "pdf"}


@click.command()
@click.argument("campaign", required=False)
@click.option("--campaign", "named", hidden=True)
@click.option(
    "--for", "when", default="yesterday", metavar="WHEN", show_default=True,
    help="yesterday, week (the last 7 whole days), or a day such as 2026-05-01.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(_FORMS),
    help="[default: by the ending of the file, else text]",
)  # fmt: skip
@click.option(
    "-o", "--output", default="-", metavar="FILE",
    help="Where to.  [default: standard output]",
)  # fmt: skip
@click.option(
    "--timezone", "zone_name", default="UTC", metavar="ZONE", show_default=True,
    help="Whose days, such as Europe/London.",
)  # fmt: skip
@click.option(
    "--base-url", metavar="URL",
    help="Where readers reach the pages, so that each figure is a link.  [default: "
    "the configuration's url]",
)  # fmt: skip
@click.option(
    "--send", "channels", multiple=True, metavar="CHANNEL",
    help="Send it to a [[notify]] channel instead; may be given more than once.",
)  # fmt: skip
@click.pass_obj
def report(
    app: App,
    campaign: str | None,
    named: str | None,
    when: str,
    form: str | None,
    output: str,
    zone_name: str,
    base_url: str | None,
    channels: tuple[str, ...],
) -> None:
    """Say in words and figures what a day or a week brought; of all campaigns, or one.

    Six times are compared: that day, the day before, 7 days, the 7 before, 30 days, the 30
    before. Figures say how much of the time was seen; deleted posts are in none.

    Example: groundswell report my-campaign --for week -o week.html
    """
    campaign = one_campaign(campaign, named)
    config = app.load()
    form = form or _form_of(output)
    period = _period(when, zone_name)
    paper = form == "pdf" or bool(channels)
    drawn = _drawn(app, config, period, campaign, base_url, with_pdf=paper)
    if channels:
        _send(app, config, drawn, channels, campaign)
    elif form == "pdf":
        _write(output, drawn.pdf or _without_pdf())
    else:
        _write(output, drawn.html if form == "html" else drawn.text)


def _form_of(output: str) -> str:
    if output == "-":
        return "text"
    ending = Path(output).suffix.lower()
    if ending not in _ENDINGS:
        known = ", ".join(_ENDINGS)
        message = f"{output}: its ending says no format; use {known}, or --format"
        raise click.UsageError(message)
    return _ENDINGS[ending]


def _period(when: str, zone_name: str) -> Period:
    from groundswell.clock import utcnow
    from groundswell.config.loading import Wrong, time_zone
    from groundswell.reports.periods import NoPeriod, asked

    try:
        return asked(when, utcnow(), time_zone(zone_name))
    except NoPeriod as error:
        raise click.BadParameter(str(error), param_hint="--for") from None
    except Wrong as error:
        raise click.BadParameter(str(error), param_hint="--timezone") from None


def _base(base_url: str | None) -> str | None:
    from groundswell.config.loading import Wrong, page_url

    try:
        return page_url(base_url) if base_url is not None else None
    except Wrong as error:
        raise click.BadParameter(str(error), param_hint="--base-url") from None


def _drawn(
    app: App,
    config: Config,
    period: Period,
    campaign: str | None,
    base_url: str | None,
    *,
    with_pdf: bool,
) -> Drawn:
    from db.connection import StoreError
    from groundswell.cli.store import open_store
    from groundswell.clock import utcnow
    from groundswell.reporting import draw

    base = _base(base_url)
    open_store(app).close()  # brings it to this version where an older one wrote it
    wanted = (campaign,) if campaign else None
    try:
        drawn = draw(config, period, utcnow(), wanted, base=base, with_pdf=with_pdf)
    except StoreError as error:
        say(str(error))
        leave(FAILED)
    if drawn.missing:
        _refuse_unknown(campaign or "", drawn.known)
    return drawn


def _refuse_unknown(campaign: str, known: tuple[str, ...]) -> None:
    from groundswell.config.keys import nearest

    near = nearest(campaign, known)
    hint = (
        f"did you mean {near}?" if near else f"there are {', '.join(known) or 'none'}"
    )
    say(f"no campaign is called {campaign!r}; {hint}")
    leave(WRONG_USE)


def _without_pdf() -> bytes:
    from groundswell.reports.pdf import HOW

    say(HOW)
    leave(FAILED)


def _write(output: str, content: str | bytes) -> None:
    if output == "-":
        if isinstance(content, str):
            show(content.rstrip("\n"))
        elif sys.stdout.isatty():
            raise click.UsageError("a PDF is no text; name a file with -o")
        else:
            sys.stdout.buffer.write(content)
        return
    raw = content.encode() if isinstance(content, str) else content
    try:
        Path(output).write_bytes(raw)
    except OSError as error:
        say(file_trouble(error, output, done="written"))
        leave(FAILED)
    say(f"{output}: {len(raw) / 1000:.0f} kB")


def _send(
    app: App,
    config: Config,
    drawn: Drawn,
    channels: tuple[str, ...],
    campaign: str | None,
) -> None:
    """Send it now; the schedule knows nothing of it."""
    from groundswell.config.loading import addresses_for, may_have, not_for
    from groundswell.delivering import BadAddress, letter_sent

    known = {one.name: one for one in config.notify}
    held = addresses_for(config.notify, app.env)
    failed = False
    for name in channels:
        if name not in known:
            there = ", ".join(known) or "none"
            message = f"no [[notify]] channel is called {name!r}; there are: {there}"
            raise click.BadParameter(message, param_hint="--send")
        if not may_have(known[name], (campaign,) if campaign else None):
            raise click.BadParameter(not_for(known[name]), param_hint="--send")
        if name not in held:
            say(f"{name}: it has no address; set {known[name].variable}")
            leave(FAILED)
    for name in channels:
        try:
            arrived = letter_sent(held[name].reveal(), drawn.letter("report"))
            said = "sent" if arrived else "not taken by the receiver"
        except BadAddress as error:
            arrived, said = False, str(error)
        say(f"{name}: {said}")
        failed |= not arrived
    if failed:
        leave(FAILED)
