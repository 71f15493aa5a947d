"""`serve`: the pages and the API. `run`: collector and server, side by side."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
from typing import TYPE_CHECKING

import click

from groundswell.cli import output as cli_output
from groundswell.cli.frame import FAILED, App, Whole, leave

if TYPE_CHECKING:
    from db.connection import Database
    from groundswell.config.loading import Config
    from groundswell.web.people import Account
    from groundswell.web.tokens import Token

_SHORTEST = 10  # characters of a password


@click.command()
@click.option(
    "--host", help="The address to listen on.  [default: the configuration's]"
)
@click.option("--port", type=Whole(0, 65535), help="The port to listen on.")
@click.pass_obj
def serve(app: App, host: str | None, port: int | None) -> None:
    """Publish the database: pages with charts, tables, the JSON API.

    Example: groundswell serve --port 8080
    """
    from db.connection import StoreError, open_database
    from groundswell.web.server import ServeError
    from groundswell.web.server import serve as serve_database

    config = app.load()
    accounts, scripts = _accounts(app, config), _scripts(app, config)
    monitor = config.monitor
    try:
        # Served read-only, so it must be there, with today's schema, before.
        database = open_database(monitor.database)
        _describe(config, database)
        database.close()
        _refuse_to_publish(config, host or monitor.host)
        serve_database(
            monitor.database,
            host=host or monitor.host,
            port=monitor.port if port is None else port,
            accounts=accounts,
            scripts=scripts,
            closed=monitor.reading == "people",
        )
    except (StoreError, ServeError) as error:
        cli_output.say(str(error))
        leave(FAILED)


def _describe(config: Config, database: Database) -> None:
    """Names and time zones as the configuration has them now; what is read, and since
    when, is the collector's to say. Where another process writes just now, the pages show
    them after its next start."""
    from db import watchlist
    from db.connection import StoreError
    from groundswell.runtime import watched_campaigns

    try:
        watchlist.describe(database, watched_campaigns(config))
    except StoreError as error:
        cli_output.say(
            "Names and time zones of campaigns are shown as the collector last read them, "
            f"until it runs again: {error}"
        )


def _accounts(app: App, config: Config) -> list[Account]:
    from groundswell.config.loading import passwords_for
    from groundswell.web.people import Account

    held = passwords_for(config.people, app.env)
    return [
        Account(one.name, one.role, held[one.name].reveal())
        for one in config.people
        if one.name in held
    ]


def _scripts(app: App, config: Config) -> list[Token]:
    from groundswell.config.loading import tokens_for
    from groundswell.web.tokens import Token

    held = tokens_for(config.tokens, app.env)
    return [
        Token(one.name, one.scope, one.ends, held[one.name].reveal())
        for one in config.tokens
        if one.name in held
    ]


def _refuse_to_publish(config: Config, host: str) -> None:
    """End the command where it would show words beyond this machine that may not be."""
    from db import reads
    from db.connection import open_database
    from groundswell.duties import confined

    if _is_here(host):
        return
    if config.monitor.reading == "people":
        return
    shown = {source.platform for source in config.sources}
    if config.monitor.database.exists():
        database = open_database(config.monitor.database, read_only=True)
        shown |= reads.platforms_shown(database)
        database.close()
    for platform, why in confined(config, shown).items():
        cli_output.say(
            cli_output.wrapped(
                f"{host} can be reached from elsewhere, and posts of {platform} may not be "
                f'shown there: {why}. Serve on 127.0.0.1, or write reading = "people" in '
                f"[monitor], so that only people who sign in may read; "
                f'if you may publish them, write publish = "anyone" for its sources.'
            )
        )
        leave(FAILED)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@click.command()
@click.option("--stdin", is_flag=True, help="Read it from standard input.")
def password(*, stdin: bool) -> None:
    """Make the hash of a password, for a [[person]] who may sign in.

    Set it as GROUNDSWELL_PASSWORD_NAME, or the file that holds it as
    GROUNDSWELL_PASSWORD_NAME_FILE.

    Example: groundswell password > ana.hash
    """
    from datasette_auth_passwords.utils import hash_password

    if stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = click.prompt("Password", hide_input=True, err=True)
        again = click.prompt("Once more", hide_input=True, err=True)
        if again != given:
            cli_output.say("These were two different passwords; nothing was made.")
            leave(FAILED)
    if len(given) < _SHORTEST:
        cli_output.say(f"Choose one of {_SHORTEST} characters or more.")
        leave(FAILED)
    cli_output.show(hash_password(given))


@click.command()
@click.option(
    "--host", help="The address to listen on.  [default: the configuration's]"
)
@click.option("--port", type=Whole(1, 65535), help="The port to listen on.")
@click.pass_obj
def run(app: App, host: str | None, port: int | None) -> None:
    """Collect on schedule and serve the pages, until stopped.

    Collector and server are two processes; either is started again when it falls.

    Example: groundswell run --port 8080
    """
    from db.connection import StoreError
    from groundswell.supervise import Child, keep_running
    from scheduler import AlreadyRunning, only_one

    config = app.load()
    monitor = config.monitor
    host, port = host or monitor.host, port or monitor.port
    try:
        _refuse_to_publish(config, host)
        only_one(monitor.database).release()
    except (AlreadyRunning, StoreError) as error:
        cli_output.say(str(error))
        leave(FAILED)
    refuse_taken_port(host, port)
    address = ("--host", host, "--port", str(port))
    children = (
        Child("collector", program(app, "collect", "--watch")),
        Child("server", program(app, "serve", *address)),
    )
    cli_output.say(
        f"Collecting; the pages are at http://{host}:{port}/ (Ctrl-C ends it)"
    )
    leave(asyncio.run(keep_running(children)))


def program(app: App, *arguments: str) -> tuple[str, ...]:
    """This very program as a command line, with the same configuration."""
    config = ("--config", str(app.config_path)) if app.config_path else ()
    verbose = ("-v",) * app.verbose
    return (sys.executable, "-m", "groundswell", *config, *verbose, *arguments)


def refuse_taken_port(host: str, port: int) -> None:
    """End the command with a sentence when the port is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            cli_output.say(
                f"{host}:{port} cannot be used ({error.strerror}); "
                "another program may hold it: choose one with --port"
            )
            leave(FAILED)
