"""`demo`: the whole monitor, for real, against simulated platforms on this machine."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli import output as cli_output
from groundswell.cli.frame import FAILED, App, Whole, leave
from groundswell.cli.serve import refuse_taken_port

if TYPE_CHECKING:
    from groundswell.supervise import Child

# Of made-up data on this machine alone: everybody may know it.
_PERSON, _PASSWORD = "demo", "demo-demo-demo"
_STARTUP_S = 60.0


class Duration(click.ParamType[timedelta, str | timedelta]):
    """A time with its unit: 60s, 5m, 1h."""

    name = "duration"

    def convert(self, value: str | timedelta, param: Any, ctx: Any) -> timedelta:  # noqa: ANN401
        """Click's way in: a timedelta, or wrong use with what to write instead."""
        from groundswell.config.loading import Wrong, parse_duration

        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(value)
        except Wrong as error:
            self.fail(f"{value!r} {error}", param, ctx)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a demo plays. config: the file that collector and server read."""

    folder: Path
    port: int
    seed: int
    days: int

    @property
    def config(self) -> Path:
        """The demo's own configuration."""
        return self.folder / "groundswell.toml"

    @property
    def database(self) -> Path:
        """The demo's own database."""
        return self.folder / "campaigns.db"


@click.command()
@click.option("--port", type=Whole(1, 65535), default=8001, show_default=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/demo"),
    show_default=True,
    help="Where the demo's database goes; an earlier demo's is replaced.",
)
@click.option(
    "--for", "length", type=Duration(), help="End by itself after, e.g., 60s."
)
@click.option("--seed", type=int, default=23, show_default=True, help="Another world.")
@click.option("--days", type=Whole(1, 30), default=14, show_default=True,
              help="Days of history.")  # fmt: skip
@click.pass_obj
def demo(
    app: App, port: int, data: Path, length: timedelta | None, seed: int, days: int
) -> None:
    """Run everything against simulated platforms, with invented posts.

    Scheduler, collectors over HTTP and websockets, store, scoring and pages are the real
    ones. Nothing leaves this machine. Ctrl-C ends it.

    Example: groundswell demo --for 60s
    """
    refuse_taken_port("127.0.0.1", port)
    stage = Stage(data.absolute(), port, seed, days)
    _clear(stage)
    leave(asyncio.run(_play(app, stage, length)))


def _clear(stage: Stage) -> None:
    """A demo starts anew; a database that no demo made is not touched."""
    from db import watchlist
    from db.connection import StoreError, open_database
    from scheduler import AlreadyRunning, only_one

    try:
        only_one(stage.database).release()
    except AlreadyRunning as error:
        cli_output.say(str(error))
        leave(FAILED)
    if stage.database.exists():
        try:
            database = open_database(stage.database)
            simulated = watchlist.get_meta(database, "simulated")
            database.close()
        except StoreError as error:
            cli_output.say(str(error))
            leave(FAILED)
        if simulated != "1":
            cli_output.say(
                f"{stage.database} holds real data, not a demo's; name another --data"
            )
            leave(FAILED)
        for file in stage.folder.glob(f"{stage.database.name}*"):
            file.unlink()
    try:
        stage.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        cli_output.say(f"{stage.folder}: cannot make this folder: {error.strerror}")
        leave(FAILED)


async def _play(app: App, stage: Stage, length: timedelta | None) -> int:
    from groundswell.supervise import end, keep_running, wait_for

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    platforms, ready = await _start_platforms(stage)
    try:
        _write_config(stage, ready["sources"])
        children = _children(app, stage, ready["environment"])
        running = asyncio.create_task(keep_running(children, stop))
        if await _first_posts(stage, stop):
            _note_bursts(stage, ready["bursts"])
            cli_output.show(f"http://127.0.0.1:{stage.port}/")
            cli_output.say("The demo is on; all its data is simulated. Ctrl-C ends it.")
            cli_output.say(f"Sign in as {_PERSON}, with the password {_PASSWORD}.")
            cli_output.say(
                f"Commands about its data: groundswell --config {stage.config} …"
            )
        if length is not None:
            await wait_for(stop, length.total_seconds())
            stop.set()
        return await running
    finally:
        await end(platforms)


async def _start_platforms(
    stage: Stage,
) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
    """The simulated platforms as a process; the sources that they serve, and the
    variables that open them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "groundswell.demo",
        "--seed", str(stage.seed), "--days", str(stage.days),
        stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None  # noqa: S101 - asked for just above
    try:
        async with asyncio.timeout(_STARTUP_S):
            ready = json.loads(await process.stdout.readline())
    except (TimeoutError, ValueError):
        cli_output.say("the simulated platforms did not start")
        with suppress(ProcessLookupError):
            process.kill()
        leave(FAILED)
    return process, ready


def _write_config(stage: Stage, sources: list[dict[str, Any]]) -> None:
    """The demo's configuration file, and the mark that its data is simulated."""
    from collectors import is_stream
    from db import watchlist
    from db.connection import open_database

    lines = [
        "# Written by `groundswell demo`; it is written anew each time.",
        "[monitor]",
        f"database = {json.dumps(str(stage.database))}",
        f"port = {stage.port}",
        "",
        "[[campaign]]",
        'slug = "labourleaks"',
        'title = "#LabourLeaks (simulated)"',
        'description = "A made-up campaign on made-up platforms."',
        'hashtags = ["LabourLeaks", "LabourLeadership", "WikiLeaks", "DNCleaks"]',
        "",
        "[[person]]",
        f'name = "{_PERSON}"',
    ]
    for source in sources:
        # All of the world's past; of a stream's as much as it still has. Without it, seven
        # days are read, and the days before would be blind.
        streams = is_stream(source["platform"], source["base_url"])
        past = "36h" if streams else f"{stage.days}d"
        lines += ["", "[[source]]"]
        source = {**source, "backfill": past}
        lines += [f"{name} = {json.dumps(value)}" for name, value in source.items()]
    stage.config.write_text("\n".join(lines) + "\n")
    database = open_database(stage.database)
    watchlist.set_meta(database, "simulated", "1")
    database.close()


def _note_bursts(stage: Stage, bursts: Sequence[Mapping[str, str]]) -> None:
    """An entry in the diary for each burst of the past, so that the page has something to
    measure; it says that it is made up, as all of the demo is."""
    from datetime import datetime

    from db import diary
    from db.connection import open_database
    from groundswell.clock import utcnow

    database = open_database(stage.database)
    now = utcnow()
    for burst in bursts:
        at = datetime.fromisoformat(burst["at"])
        if at < now:
            title = f"Simulated: {burst['label']}"
            note = "Made up, as everything in this demo."
            diary.add(
                database, "labourleaks", at, title, now=now, note=note, by="the demo"
            )
    database.close()


def _children(app: App, stage: Stage, keys: Mapping[str, str]) -> tuple[Child, ...]:
    from dataclasses import replace

    from datasette_auth_passwords.utils import hash_password

    from groundswell.cli.serve import program
    from groundswell.supervise import Child

    own = replace(app, config_path=stage.config)
    password = {f"GROUNDSWELL_PASSWORD_{_PERSON.upper()}": hash_password(_PASSWORD)}
    return (
        Child("collector", program(own, "collect", "--watch"), keys),
        Child("server", program(own, "serve"), password),
    )


async def _first_posts(stage: Stage, stop: asyncio.Event) -> bool:
    """Wait until the pages answer and show posts; whether they do."""
    from db import reads
    from db.connection import open_database
    from groundswell.supervise import wait_for

    for _ in range(int(_STARTUP_S / 0.2)):
        database = open_database(stage.database, read_only=True)
        there = reads.has_posts(database) and await _answers(stage.port)
        database.close()
        if there or await wait_for(stop, 0.2):
            return there
    cli_output.say("no posts came within a minute; the messages above may say why")
    return False


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
