"""Where and what the server serves, and its sentences where it cannot."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from db.connection import StoreError
from groundswell.web import server
from tests import web_fixture as fixture


def test_a_port_in_use_gives_a_sentence(tmp_path: Path) -> None:
    path = fixture.make_empty(tmp_path / "x.db")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            server.ServeError, match=f"port {port} on 127.0.0.1 is in use"
        ):
            server.serve(path, port=port)


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("127.0.0.1", 70000, "70000 is not a port"),
        ("not a host", 8001, "cannot listen on not a host: .* no such address; --host"),
    ],
)
def test_a_wrong_address_gives_a_sentence(
    tmp_path: Path, host: str, port: int, sentence: str
) -> None:
    path = fixture.make_empty(tmp_path / "x.db")
    with pytest.raises(server.ServeError, match=sentence):
        server.serve(path, host=host, port=port)


def test_no_database_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database here yet"):
        server.build(tmp_path / "none.db")
    stranger = tmp_path / "stranger.db"
    stranger.write_text("not a database, but long enough to look at " * 40)
    with pytest.raises(StoreError, match="not an SQLite database"):
        server.build(stranger)
