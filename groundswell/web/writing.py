"""What staff write, through db's functions, on a connection of its own: the pages' own are
read-only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from db.connection import Database, open_database
from groundswell.store_thread import Store

if TYPE_CHECKING:
    from datasette.app import Datasette

P = ParamSpec("P")
T = TypeVar("T")


async def write(
    datasette: Datasette,
    work: Callable[Concatenate[Database, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run `work(db, …)` in the writer's thread. Raises StoreError, as where a collector
    holds the file for longer than ten seconds."""
    store: Store | None = getattr(datasette, "groundswell_store", None)
    if store is None:
        path: Path = datasette.groundswell_path
        store = datasette.groundswell_store = Store(open_database(path))
    return await store.run(work, *args, **kwargs)
