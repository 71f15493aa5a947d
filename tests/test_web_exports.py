"""Downloads from the server: the same files, a fair part each, never in the pages' way."""

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
from selectolax.lexbor import LexborHTMLParser

from db.connection import open_database
from groundswell import metadata
from groundswell.exports import forms, verifying
from groundswell.web import desk, exports, server
from tests import export_store
from tests import web_fixture as fixture
from tests.conftest import NOW
from tests.test_web import build, close, get, page

FORMS = {
    "csv": b"published_at,platform",
    "xlsx": b"PK\x03\x04",
    "ndjson": b'{"format": "groundswell/1"',
    "gexf": b"<?xml",
    "evidence": b"PK\x03\x04",
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
    part = {"gexf": "-hashtags", "evidence": "-evidence"}.get(form, "")
    name = f"labourleaks-2025-05-10{part}{forms.FORMS[form].ending}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    if not forms.FORMS[form].lines:
        assert answer.headers["content-length"] == str(len(answer.content))
    assert left(site) == []


def test_the_pack_is_whole(site: Datasette, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    pack.write_bytes(
        get(site, "/-/export/labourleaks?format=evidence&platform=bluesky").content
    )
    verdict = verifying.verify(pack)
    assert (verdict.problems, verdict.files) == ([], 7)
    assert verdict.manifest["filter"]["platform"] == "bluesky"
    assert verdict.manifest["posts"] > 0


def test_the_pages_links_give_what_the_page_shows(site: Datasette) -> None:
    tree = page(site, "/-/download/labourleaks?from=2025-05-10&platform=bluesky")
    links = {
        a.text(): a.attributes["href"] or ""
        for a in tree.css("main a")
        if "/-/export/" in (a.attributes["href"] or "")
    }
    assert list(links) == [
        "Download evidence",
        "XLSX",
        "CSV",
        "NDJSON",
        "Hashtag network",
        "What is in them",
    ]
    found = rows(get(site, links["CSV"]))
    assert {row["platform"] for row in found} == {"bluesky"}
    (counted,) = [
        a.attributes["href"] or ""
        for a in tree.css("[aria-labelledby=h-which] a")
        if a.text() == "JSON"
    ]
    assert len(found) == get(site, counted).json()[0]["posts"]
    told = get(site, links["What is in them"]).text
    assert (
        f"Public posts of the campaign #LabourLeaks, oldest first: {len(found)}."
        in told
    )
    assert "jetstream (bluesky), LabourLeaks: seen" in told


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("labourleaks?format=exe", 400, "format: write one of evidence, xlsx, csv"),
        ("labourleaks?from_at=May", 400, "from_at: 'May' is no time"),
        ("labourleaks?platform=geocities", 400, "platform: 'geocities' is not known"),
        ("labourleaks?kind=essay", 400, "kind: 'essay' is not known"),
        ("labourleaks?post=99999", 400, "post: '99999' is no post of this campaign"),
        ("labourleaks?post=1%20or%201", 400, "post: '1 or 1' is no post"),
        ("labourleaks?colour=red", 400, "colour: there is no such parameter"),
        ("nope", 404, "campaign: no campaign is called 'nope'"),
        ("a%2F..%2Fb%22%0d%0ax", 404, "campaign: no campaign is called"),
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

    def __init__(
        self, datasette: Datasette, path: str, address: str = "192.0.2.1"
    ) -> None:
        parts = urlsplit(path)
        self.scope = {
            "type": "http", "method": "GET", "path": parts.path, "scheme": "http",
            "query_string": parts.query.encode(), "headers": [], "http_version": "1.1",
            "raw_path": parts.path.encode(), "client": (address, 1),
        }  # fmt: skip
        self.app = datasette.app()
        self.go, self.left = asyncio.Semaphore(0), asyncio.Event()
        self.begun = asyncio.Event()
        self.status, self.body, self.ended = 0, b"", False

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
        self.body += message["body"]
        self.ended |= not message.get("more_body", False)

    def start(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.app(self.scope, self.receive, self.send))


def allow(reader: Reader, pieces: int) -> None:
    for _ in range(pieces):
        reader.go.release()


PATH = "/-/export/labourleaks?format=csv"
WATCH = "0123456789abcdef" * 2


def left(datasette: Datasette) -> list[Path]:
    """What downloads have on the disk."""
    path = Path(datasette.get_database("campaigns").path)
    return list(path.with_name(f"{path.name}.downloads").glob("*/*"))


def test_two_at_once_and_one_of_each_reader(large: Datasette) -> None:
    async def scenario() -> None:
        first, second, other = (
            Reader(large, PATH, address)
            for address in ("192.0.2.1", "192.0.2.1", "2001:db8::1")
        )
        tasks = [first.start()]
        await first.begun.wait()
        allow(second, 1000)
        await second.start()
        assert second.status == 429
        tasks.append(other.start())
        await other.begun.wait()
        assert (await large.client.get("/")).status_code == 200
        assert (first.ended, other.ended) == (False, False)
        allow(first, 1000)
        allow(other, 1000)
        await asyncio.gather(*tasks)
        assert first.ended
        assert first.body == other.body
        assert first.body.count(b"\r\n") == 3001
        third = Reader(large, PATH, "192.0.2.1")
        allow(third, 1000)
        await third.start()
        assert third.status == 200, "its turn has come"

    asyncio.run(scenario())
    assert left(large) == []


def test_a_slow_reader_holds_no_place_of_those_that_are_written(
    large: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "WRITERS", 1)

    async def scenario() -> None:
        slow = Reader(large, PATH)
        task = slow.start()
        await slow.begun.wait()
        while desk.of(large).busy("somebody else"):  # until it lies on the disk
            await asyncio.sleep(0.01)
        assert not slow.ended
        assert (await large.client.get(PATH)).status_code == 200
        slow.left.set()
        allow(slow, 1)
        await task

    asyncio.run(scenario())


def test_who_is_refused_hears_when_to_come_again(
    large: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("WRITERS", "10"), ("PLACES", "30")):
        monkeypatch.setattr(desk, name, 0)
        answer = get(large, PATH)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, seconds)
        assert answer.text.endswith(f"Try again in {seconds} seconds.")
        html = asyncio.run(large.client.get(PATH, headers={"accept": "text/html"}))
        assert (html.status_code, html.headers["retry-after"]) == (503, seconds)
        tree = LexborHTMLParser(html.text)
        waits = tree.css_first("[data-retry]")
        assert waits is not None
        assert (waits.attributes["data-retry"], waits.attributes["data-again"]) == (
            seconds,
            PATH,
        )
        assert "'unsafe-inline'" not in html.headers["content-security-policy"]
        monkeypatch.undo()
    assert get(large, PATH).status_code == 200


def test_who_leaves_frees_the_place(large: Datasette) -> None:
    async def scenario() -> None:
        reader = Reader(large, PATH)
        task = reader.start()
        await reader.begun.wait()
        assert left(large) != []
        reader.left.set()
        allow(reader, 1)
        await task
        assert not reader.ended
        assert left(large) == []

    asyncio.run(scenario())


def test_who_takes_nothing_loses_the_place(
    large: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_PATIENCE_S", 0.05)

    async def scenario() -> None:
        reader = Reader(large, PATH)
        await reader.start()
        assert (reader.status, reader.ended) == (200, False)

    asyncio.run(scenario())
    assert left(large) == []


def test_who_takes_a_little_now_and_then_has_an_end_too(
    large: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_WHOLE_S", 0.05)

    async def scenario() -> None:
        reader = Reader(large, PATH)
        allow(reader, 1)
        await reader.start()
        assert (reader.status, reader.body) == (410, b"This download was ended.")

    asyncio.run(scenario())
    assert left(large) == []


def test_a_pack_that_nobody_waits_for_is_not_finished(large: Datasette) -> None:
    async def scenario() -> None:
        reader = Reader(large, PATH.replace("csv", f"evidence&watch={WATCH}"))
        task = reader.start()
        while not left(large):
            await asyncio.sleep(0.01)
        reader.left.set()
        await task
        assert reader.status == 0
        job = desk.of(large).find("192.0.2.1", WATCH)
        assert job is not None
        assert (job.state, job.size) == ("stopped", None)

    asyncio.run(scenario())
    assert left(large) == []


def test_what_is_too_many_is_said_before(
    large: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST", {**exports.MOST, "evidence": 2999})
    answer = get(large, PATH.replace("csv", "evidence&text=posts%27%20%22a%20b%22"))
    assert answer.status_code == 200, "no post has these words"
    answer = get(large, PATH.replace("csv", "evidence"))
    assert answer.status_code == 413
    assert "more than 2,999 posts" in answer.text
    line = answer.text.partition("On the command line: ")[2]
    assert line == (
        "groundswell export --campaign labourleaks --format evidence "
        "-o labourleaks-evidence.zip"
    )


# --- how far it is


def test_its_page_hears_how_far_it_is_and_may_end_it(large: Datasette) -> None:
    async def scenario() -> None:
        reader = Reader(large, f"{PATH}&watch={WATCH}", "127.0.0.1")
        task = reader.start()
        await reader.begun.wait()
        at = (await large.client.get(f"/-/downloading/{WATCH}")).json()
        assert at["state"] == "writing"
        assert at["posts"] == 3000
        answer = await large.client.post(f"/-/downloading/{WATCH}")
        assert answer.json() == {"ok": True}
        allow(reader, 1)
        await task
        assert not reader.ended
        at = (await large.client.get(f"/-/downloading/{WATCH}")).json()
        assert (at["state"], at["problem"]) == ("stopped", None)

    asyncio.run(scenario())
    assert left(large) == []


def test_nobody_else_hears_of_it_or_ends_it(large: Datasette) -> None:
    async def scenario() -> None:
        reader = Reader(large, f"{PATH}&watch={WATCH[::-1]}", "192.0.2.7")
        task = reader.start()
        await reader.begun.wait()
        path = f"/-/downloading/{WATCH[::-1]}"
        assert (await large.client.post(path)).json() == {"ok": False}
        assert (await large.client.get(path)).json()["state"] == "unknown"
        allow(reader, 1000)
        await task
        assert reader.ended

    asyncio.run(scenario())


def test_a_pack_tells_its_fingerprint(site: Datasette, tmp_path: Path) -> None:
    path = f"/-/export/labourleaks?format=evidence&from_at=2025-05-11&watch={WATCH}"
    pack = tmp_path / "x.zip"
    pack.write_bytes(get(site, path).content)
    at = get(site, f"/-/downloading/{WATCH}").json()
    assert (at["state"], at["sent"]) == ("done", pack.stat().st_size)
    assert at["fingerprint"] == verifying.fingerprint(pack)
