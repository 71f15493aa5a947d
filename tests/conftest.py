"""What many tests share: a database, posts in the shape of real ones, a clock, and a
guard that keeps every test on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from db.connection import open_database

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def _only_this_machine() -> Iterator[None]:
    """A connection to anything but loopback fails the test that made it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and not _is_loopback(str(host)):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


def _is_loopback(host: str) -> bool:
    return host.startswith("127.") or host in {"::1", "localhost"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith(("GROUNDSWELL_CONFIG", "MASTODON_TOKEN", "BLUESKY_")):
            monkeypatch.delenv(name)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A new database file with today's schema."""
    database = open_database(tmp_path / "campaigns.db")
    yield database
    database.close()


@pytest.fixture
def shared() -> Path:
    """The folder of labelled real data beside the checkout; skips where it is missing."""
    folder = Path(
        os.environ.get("GROUNDSWELL_SHARED", Path(__file__).parents[2] / "shared")
    )
    if not folder.is_dir():
        pytest.skip(f"the shared test data is not here ({folder})")
    return folder
