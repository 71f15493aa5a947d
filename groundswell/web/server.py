"""Serving the database: Datasette with our settings, in a process of its own."""

from __future__ import annotations

import copy
import errno
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette

from db.connection import open_database
from groundswell import metadata as own_metadata
from groundswell.clock import Clock, utcnow
from groundswell.web import desk, people, tokens
from groundswell.web.data import DATABASE
from groundswell.web.database import BoundedDatabase

# stack.md section 2.3 measured these. default_allow_sql: anyone's SQL could hold a thread
# for its whole time limit and read the tables that metadata.json shuts.
SETTINGS: Mapping[str, Any] = {
    "suggest_facets": False,
    "num_sql_threads": 8,
    "sql_time_limit_ms": 3000,
    "facet_time_limit_ms": 1500,
    "max_returned_rows": 5000,
    "truncate_cells_html": 280,
    "default_page_size": 50,
    "allow_download": False,
    "default_allow_sql": False,
}


_LAST_S = 5  # for answers that are under way when it stops
TEMPLATES = Path(__file__).with_name("templates")


class ServeError(Exception):
    """The pages cannot be served; the message says why and what to do."""


def build(
    path: str | Path,
    *,
    metadata: Mapping[str, Any] | None = None,
    cors: bool = True,
    clock: Clock = utcnow,
    allow_sql: bool = False,
    accounts: Sequence[people.Account] = (),
    scripts: Sequence[tokens.Token] = (),
    closed: bool = False,
) -> Datasette:
    """The file as Datasette's database `campaigns`, read-only.

    metadata: Datasette's metadata; ours if left out. allow_sql: let anyone run SQL of
    their own. accounts: who may sign in. scripts: who has a token. closed: only these may
    read. Raises StoreError for a file that is missing or not ours.
    """
    open_database(path, read_only=True).conn.close()
    told = copy.deepcopy(dict(metadata or own_metadata.build()))
    _let_in(told, accounts, scripts, closed=closed)
    datasette = _Server(
        Path(path),
        clock,
        accounts,
        scripts,
        closed=closed,
        metadata=told,
        cors=cors and not closed,
        settings={**SETTINGS, "default_allow_sql": allow_sql},
        secret=people.signing_key(Path(path)) if accounts else None,
        # Named, so that our form comes before that of the plugin which checks passwords.
        template_dir=str(TEMPLATES),
    )
    # Without a file Datasette adds a memory database; ours gets its name whatever the
    # file is called.
    datasette.remove_database("_memory")
    datasette.add_database(
        BoundedDatabase(datasette, path=str(path), is_mutable=True), name=DATABASE
    )
    return datasette


def _let_in(
    metadata: dict[str, Any],
    accounts: Sequence[people.Account],
    scripts: Sequence[tokens.Token],
    *,
    closed: bool,
) -> None:
    """What staff write is for those who are signed in, and for tokens of their scope; all
    of it for them and for any token, where it is closed."""
    signed_in = people.allowed(accounts)
    staff = signed_in | tokens.allowed(scripts, "staff")
    data = metadata.get("databases", {}).get(DATABASE, {})
    for part, names in (
        ("tables", own_metadata.STAFF),
        ("queries", own_metadata.STAFF_QUERIES),
    ):
        for name in names:
            if name in data.get(part, {}):
                data[part][name]["allow"] = staff
    if closed:
        metadata["allow"] = signed_in | tokens.allowed(scripts, "read", "staff")


class _Server(Datasette):
    """Datasette, with our clock, the file that staff write to, who may sign in and who has
    a token. Hashes are where no page shows them: metadata can be read at
    /-/metadata.json."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        accounts: Sequence[people.Account],
        scripts: Sequence[tokens.Token],
        *,
        closed: bool,
        **told: Any,  # noqa: ANN401 - as Datasette has them
    ) -> None:
        self.groundswell_path = path
        self.groundswell_clock = clock
        self.groundswell_accounts = {one.name: one for one in accounts}
        self.groundswell_tokens = tuple(scripts)
        self.groundswell_closed = closed
        super().__init__([], **told)

    def plugin_config(self, plugin_name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """A plugin's settings."""
        if plugin_name == people.PLUGIN:
            return people.settings(tuple(self.groundswell_accounts.values()))
        return super().plugin_config(plugin_name, *args, **kwargs)


def serve(
    path: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    metadata: Mapping[str, Any] | None = None,
    clock: Clock = utcnow,
    allow_sql: bool = False,
    accounts: Sequence[people.Account] = (),
    scripts: Sequence[tokens.Token] = (),
    closed: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. port 0: any free one. ready: called with the address.
    The rest is as for `build`.

    Raises ServeError where the port cannot be had, StoreError where the file cannot.
    """
    datasette = build(
        path,
        metadata=metadata,
        clock=clock,
        allow_sql=allow_sql,
        accounts=accounts,
        scripts=scripts,
        closed=closed,
    )
    with _listen(host, port) as listener:
        config = uvicorn.Config(
            datasette.app(),
            log_level="warning",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=_LAST_S,
        )
        downloads = desk.of(datasette)
        downloads.sweep()
        if ready is not None:
            ready(_address(host, listener.getsockname()[1]))
        _Uvicorn(config, downloads).run(sockets=[listener])


class _Uvicorn(uvicorn.Server):
    """Stops its downloads as it is stopped, and not after `run`, for that ends with the
    signal that stopped it."""

    def __init__(self, config: uvicorn.Config, downloads: desk.Desk) -> None:
        super().__init__(config)
        self._downloads = downloads

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers that are under way have five seconds; downloads none."""
        self._downloads.stop()
        await super().shutdown(sockets)
        self._downloads.close()


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken here so that a taken port gives a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise ServeError(_sentence(error, host, port)) from error
    return listener


def _sentence(error: Exception, host: str, port: int) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use; "
            f"stop the program that holds it, or choose another: --port {port + 1}"
        )
    if code == errno.EACCES:
        return f"port {port} needs more rights; choose one above 1023: --port 8001"
    if isinstance(error, OverflowError):
        return f"{port} is not a port; choose one from 1 to 65535"
    if isinstance(error, socket.gaierror) or code == errno.EADDRNOTAVAIL:
        return (
            f"cannot listen on {host}: this machine has no such address; "
            "--host 127.0.0.1 is for this machine alone, --host 0.0.0.0 for its network"
        )
    return f"cannot listen on {host} port {port}: {error}"
