"""`collect`: what is due, once; or, with --watch, for as long as it is left running."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from groundswell.cli import output as cli_output
from groundswell.cli.frame import DONE, FAILED, PARTLY, App, leave

if TYPE_CHECKING:
    from groundswell.config.loading import Config
    from scheduler import Tally


@click.command()
@click.option("--watch", is_flag=True, help="Stay and collect on schedule.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def collect(app: App, *, watch: bool, as_json: bool) -> None:
    """Collect everything that is due now, once.

    With --watch it stays and collects on schedule until it is stopped. The exit code is 3
    where some sources failed; what the others brought is stored.

    Example: groundswell collect --json
    """
    from db.connection import StoreError
    from scheduler import AlreadyRunning

    config = app.load()
    try:
        tally = asyncio.run(_collect(app, config, watch=watch))
    except (StoreError, AlreadyRunning) as error:
        cli_output.say(str(error))
        leave(FAILED)
    if as_json:
        cli_output.show_json(
            {
                "walks": tally.walks,
                "posts_seen": tally.seen,
                "posts_new": tally.new,
                "errors": tally.errors,
            }
        )
    else:
        _tell(tally)
    leave(_code(config, tally))


async def _collect(app: App, config: Config, *, watch: bool) -> Tally:
    from groundswell.runtime import open_runtime
    from scheduler import Daemon, only_one, run_once

    with only_one(config.monitor.database):
        async with open_runtime(config, app.env) as runtime:
            if watch:
                daemon = Daemon(runtime)
                await daemon.run()
                return daemon.tally
            return await _until_stopped(run_once(runtime))


async def _until_stopped(work: asyncio.Future[Tally] | object) -> Tally:
    """One tick that a signal ends early: what is stored is stored."""
    task: asyncio.Task[Tally] = asyncio.ensure_future(work)  # type: ignore[arg-type]
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError, RuntimeError):
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        from scheduler import Tally

        return Tally(errors={"collect": "stopped before everything was read"})


def _tell(tally: Tally) -> None:
    posts = cli_output.plural(tally.seen, "post")
    walks = cli_output.plural(tally.walks, "walk")
    cli_output.show(f"{posts} seen in {walks}, {tally.new} new")
    for name, error in sorted(tally.errors.items()):
        cli_output.say(cli_output.wrapped(f"{name}: {error}"))


def _code(config: Config, tally: Tally) -> int:
    if not tally.errors:
        return DONE
    return FAILED if len(tally.failed) == len(config.sources) else PARTLY
