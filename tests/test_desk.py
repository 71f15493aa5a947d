"""The desk of downloads: who is one client, and how much of the disk they may take."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from datasette.app import Datasette
from datasette.utils.asgi import Request

from groundswell.web import desk

Usage = namedtuple("Usage", "total used free")
GIB = 1 << 30


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        # A server that listens to both sees IPv4 readers so.
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("somewhere", "somewhere"),
    ],
)
def test_who_is_one_client(address: str, client: str) -> None:
    scope = {"type": "http", "client": (address, 5), "headers": [], "path": "/"}
    assert desk.client(Request(scope, None), Datasette()) == client


@pytest.mark.parametrize(
    ("free", "room"),
    [
        (0, 0),
        (GIB, 0),
        (GIB + 6_000_000, 1_000_000),
        (100 * GIB, 2 * GIB),
    ],
)
def test_all_that_may_be_written_at_once_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, room: int
) -> None:
    own = desk.Desk(tmp_path / "c.db")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free, 0, free))
    assert own.room(2 * GIB) == room
    assert not room or desk.WRITERS * 3 * room <= free - GIB
    own.close()


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "c.db.downloads").write_text("")
    with (
        pytest.raises(desk.Busy, match="no place on the server's disk") as found,
        desk.Desk(tmp_path / "c.db").place("ana", ""),
    ):
        pass
    assert found.value.status == 507
