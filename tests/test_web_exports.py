"""Downloads from the server: the same files, one at a time, never in the pages' way."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from datasette.app import Datasette

from db.connection import open_database
from groundswell import metadata
from groundswell.web import exports, server
from tests import export_store
from tests import web_fixture as fixture
from tests.conftest import NOW
from tests.test_web import build, close, get, page

FORMS = {
    "csv": b"published_at,platform",
    "xlsx": b"PK\x03\x04",
    "ndjson": b'{"format": "groundswell/1"',
    "gexf": b"<?xml",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = fixture.make(tmp_path_factory.mktemp("downloads") / "x.db")
    datasette = build(path)
    yield datasette
    close(datasette)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = tmp_path_factory.mktemp("large") / "x.db"
    database = open_database(path)
    export_store.many(database, 3000)
    database.close()
    datasette = server.build(path, clock=lambda: NOW)
    yield datasette
    close(datasette)


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_a_file_to_keep(site: Datasette, form: str) -> None:
    answer = get(site, f"/-/export/labourleaks?format={form}&from_at=2025-05-10")
    assert answer.status_code == 200
    assert answer.content.startswith(FORMS[form])
    name = "labourleaks-2025-05-10" + ("-hashtags" if form == "gexf" else "")
    assert (
        answer.headers["content-disposition"] == f'attachment; filename="{name}.{form}"'
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_the_pages_links_give_what_the_page_shows(site: Datasette) -> None:
    tree = page(site, "/-/campaign/labourleaks?from=2025-05-10&platform=bluesky")
    links = {
        a.text(): a.attributes["href"] or ""
        for a in tree.css("[aria-labelledby=h-new] a")
        if "/-/export/" in (a.attributes["href"] or "")
    }
    assert list(links) == [
        "CSV",
        "XLSX",
        "NDJSON",
        "hashtag network",
        "what is in them",
    ]
    found = rows(get(site, links["CSV"]))
    assert {row["platform"] for row in found} == {"bluesky"}
    (totals,) = [
        a.attributes["href"] or ""
        for a in tree.css("[aria-labelledby=h-totals] a")
        if a.text() == "JSON"
    ]
    assert len(found) == get(site, totals).json()[0]["posts"]
    told = get(site, links["what is in them"]).text
    assert (
        f"Public posts of the campaign #LabourLeaks, oldest first: {len(found)}."
        in told
    )
    assert "jetstream (bluesky), LabourLeaks: seen" in told


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("labourleaks?format=evidence", 400, "format: write one of csv, xlsx"),
        ("labourleaks?from_at=May", 400, "from_at: 'May' is no time"),
        ("labourleaks?platform=geocities", 400, "platform: 'geocities' is not known"),
        ("labourleaks?colour=red", 400, "colour: there is no such parameter"),
    ],
)
def test_what_cannot_be_given_is_named(
    site: Datasette, query: str, status: int, sentence: str
) -> None:
    answer = get(site, f"/-/export/{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (
        status, "text/plain; charset=utf-8",
    )  # fmt: skip
    assert answer.text.startswith(sentence)


def test_only_readers_who_may_see_the_pages_may_download(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    shut = server.build(path, metadata={**metadata.build(), "allow": {"id": "staff"}})
    assert get(shut, "/-/export/labourleaks").status_code == 403
    close(shut)


class Reader:
    """Somebody who downloads: takes a piece whenever `go` allows, and may leave."""

    def __init__(self, datasette: Datasette, path: str) -> None:
        parts = urlsplit(path)
        self.scope = {
            "type": "http", "method": "GET", "path": parts.path, "scheme": "http",
            "query_string": parts.query.encode(), "headers": [], "http_version": "1.1",
            "raw_path": parts.path.encode(),
        }  # fmt: skip
        self.app = datasette.app()
        self.go, self.left = asyncio.Semaphore(0), asyncio.Event()
        self.begun = asyncio.Event()
        self.status, self.pieces, self.ended = 0, 0, False

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.begun.set()
            return
        if not self.left.is_set():
            await self.go.acquire()
        self.pieces += bool(message["body"])
        self.ended |= not message.get("more_body", False)

    def start(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.app(self.scope, self.receive, self.send))


def allow(reader: Reader, pieces: int) -> None:
    for _ in range(pieces):
        reader.go.release()


PATH = "/-/export/labourleaks?format=csv"


def test_one_at_a_time_and_the_pages_go_on(large: Datasette) -> None:
    async def scenario() -> None:
        first = Reader(large, PATH)
        task = first.start()
        await first.begun.wait()
        second = await large.client.get(PATH)
        assert (second.status_code, second.text) == (503, exports.BUSY)
        assert second.headers["retry-after"] == "60"
        assert (await large.client.get("/")).status_code == 200
        allow(first, 1000)
        await task
        assert first.ended
        assert first.pieces > 5, "it comes in pieces"
        assert (await large.client.get(PATH)).status_code == 200, "its turn has come"

    asyncio.run(scenario())


def test_who_leaves_frees_the_place(large: Datasette) -> None:
    async def scenario() -> None:
        reader = Reader(large, PATH)
        task = reader.start()
        await reader.begun.wait()
        reader.left.set()
        allow(reader, 1)
        await task
        assert not reader.ended
        assert (await large.client.get(PATH)).status_code == 200

    asyncio.run(scenario())


def test_who_takes_nothing_loses_the_place(
    large: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_PATIENCE_S", 0.05)

    async def scenario() -> None:
        reader = Reader(large, PATH)
        await reader.start()
        assert (reader.status, reader.ended) == (200, False)
        monkeypatch.undo()
        assert (await large.client.get(PATH)).status_code == 200

    asyncio.run(scenario())


def test_a_workbook_that_nobody_waits_for_is_not_finished(
    large: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = 0
    tick = exports.Download._tick

    def counting(self: exports.Download) -> None:
        nonlocal ticks
        ticks += 1
        tick(self)

    monkeypatch.setattr(exports.Download, "_tick", counting)

    async def scenario() -> None:
        reader = Reader(large, PATH.replace("csv", "xlsx"))
        task = reader.start()
        await reader.begun.wait()
        reader.left.set()
        await task

    asyncio.run(scenario())
    assert ticks < 3000
