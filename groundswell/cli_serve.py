"""`serve`: the pages and the API. `run`: collector and server, side by side."""

from __future__ import annotations

import asyncio
import socket
import sys

import click

from groundswell import cli_output
from groundswell.cli_frame import FAILED, App, leave


@click.command()
@click.option(
    "--host", help="The address to listen on.  [default: the configuration's]"
)
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on.")
@click.pass_obj
def serve(app: App, host: str | None, port: int | None) -> None:
    """Publish the database: pages with charts, tables, the JSON API.

    Example: groundswell serve --port 8080
    """
    from db.connection import StoreError, open_database
    from groundswell.web.server import ServeError
    from groundswell.web.server import serve as serve_database

    monitor = app.load().monitor
    try:
        # Served read-only, so it must be there, with today's schema, before.
        open_database(monitor.database).close()
        serve_database(
            monitor.database,
            host=host or monitor.host,
            port=monitor.port if port is None else port,
        )
    except (StoreError, ServeError) as error:
        cli_output.say(str(error))
        leave(FAILED)


@click.command()
@click.option(
    "--host", help="The address to listen on.  [default: the configuration's]"
)
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
@click.pass_obj
def run(app: App, host: str | None, port: int | None) -> None:
    """Collect on schedule and serve the pages, until stopped.

    Collector and server are two processes; either is started again when it falls.

    Example: groundswell run --port 8080
    """
    from groundswell.supervise import Child, keep_running
    from scheduler import AlreadyRunning, only_one

    monitor = app.load().monitor
    host, port = host or monitor.host, port or monitor.port
    try:
        only_one(monitor.database).release()
    except AlreadyRunning as error:
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
