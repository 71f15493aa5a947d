"""Any published query as a workbook or CSV that a spreadsheet program may open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from openpyxl import load_workbook

from db.connection import open_database
from db.published import queries
from groundswell.exports.forms import XLSX_TYPE
from groundswell.metadata import STAFF_QUERIES
from tests import signing_in
from tests import web_fixture as fixture
from tests.signing_in import Visitor
from tests.test_web import build, close, get, page

ASKED = "campaign=labourleaks&from_at=2025-05-10&to_at=2025-05-11"
FORMULA = '=HYPERLINK("https://evil.example","x")'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = fixture.make(tmp_path_factory.mktemp("workbooks") / "s.db", simulated=True)
    connection = open_database(path).conn
    connection.execute(
        "update posts set text = ? where id = (select post_id from matches "
        "where campaign_id = 1 order by published_at desc, post_id desc limit 1)",
        (FORMULA,),
    )
    connection.commit()
    connection.close()
    datasette = build(path)
    yield datasette
    close(datasette)


def opened(body: bytes) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The README's lines and the other sheet's rows."""
    book = load_workbook(io.BytesIO(body))
    assert book.sheetnames == ["README", "rows"]
    told = [str(row[0].value or "") for row in book["README"].iter_rows()]
    return told, [tuple(c.value for c in row) for row in book["rows"].iter_rows()]


def test_a_workbook_has_the_rows_of_its_query(site: Datasette) -> None:
    answer = get(site, f"/-/xlsx/volume?{ASKED}&platform=bluesky")
    assert answer.headers["content-type"] == XLSX_TYPE
    assert 'filename="groundswell-volume.xlsx"' in answer.headers["content-disposition"]
    told, rows = opened(answer.content)
    same = get(
        site, f"/campaigns/volume.json?{ASKED}&platform=bluesky&_shape=array"
    ).json()
    assert rows[0] == tuple(queries()["volume"].columns)
    assert rows[1:] == [tuple(row.values()) for row in same]
    assert None in {row[2] for row in rows[1:]}, "blind is empty and not 0"
    assert told[0] == "Groundswell: Posts over time, by platform"
    assert told[1].startswith("SIMULATED")
    assert f"Rows: {len(same)}" in told
    assert any(f"/campaigns/volume?{ASKED}&platform=bluesky" in one for one in told)
    assert any(f"/campaigns/coverage_of?{ASKED}" in one for one in told)
    assert "platform: bluesky (only this platform; all if left out)" in told
    assert any(
        one.startswith("covered: share of the bucket that was seen") for one in told
    )
    assert any(one.startswith("Written 2025-05-11T12:30:00Z (UTC)") for one in told)


def test_hostile_words_are_no_formulas(site: Datasette) -> None:
    body = get(site, f"/-/xlsx/newest_posts?{ASKED}&top=40").content
    sheet = load_workbook(io.BytesIO(body))["rows"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert FORMULA in {cell.value for cell in cells}
    links = {cell.hyperlink.target for cell in cells if cell.hyperlink}
    assert links
    assert all(link.startswith("https://") for link in links)
    answer = get(site, f"/campaigns/newest_posts.csv?{ASKED}&top=40")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert f"'{FORMULA}" in {row["text"] for row in rows}
    assert not [
        c for row in rows for c in row.values() if c.startswith(("=", "@", "+"))
    ]
    same = get(site, f"/campaigns/newest_posts.json?{ASKED}&top=40&_shape=array").json()
    assert [row["id"] for row in rows] == [str(row["id"]) for row in same]


@pytest.mark.parametrize("name", [n for n in queries() if n not in STAFF_QUERIES])
def test_each_query_is_a_workbook(site: Datasette, name: str) -> None:
    usual = {"campaign": "labourleaks", "q": "document", "at": "2025-05-10T09:00:00Z",
             "hours": "24", "ids": "[1, 2]"}  # fmt: skip
    known = queries()[name].params
    given = "&".join(f"{n}={value}" for n, value in usual.items() if n in known)
    answer = get(site, f"/-/xlsx/{name}?{given}")
    assert answer.status_code == 200, answer.text[:300]
    assert opened(answer.content)[1][0] == tuple(queries()[name].columns)


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("nothing", 404, "There is no query called nothing"),
        ("_kept", 404, "There is no query called _kept"),
        ("volume?campaign=none", 400, "there is none called none"),
        (f"volume?{ASKED}&colour=red", 400, "colour: there is no such parameter"),
        (f"volume?{ASKED}&sentiment=angry", 400, "sentiment: write negative"),
        ("inbox?campaign=labourleaks", 403, "Sign in to read this"),
    ],
)
def test_what_cannot_be_given_is_named(
    site: Datasette, path: str, status: int, sentence: str
) -> None:
    answer = get(site, f"/-/xlsx/{path}")
    assert answer.status_code == status
    assert sentence in answer.text


def test_what_staff_wrote_is_for_staff(tmp_path: Path) -> None:
    datasette = signing_in.build(fixture.make(tmp_path / "x.db"))
    visitor = Visitor(datasette)
    path = "/-/xlsx/inbox?campaign=labourleaks"
    assert visitor.get(path).status_code == 403
    visitor.sign_in()
    assert len(opened(visitor.get(path).content)[1]) > 1
    close(datasette)


def test_a_closed_server_gives_strangers_no_workbook(tmp_path: Path) -> None:
    datasette = signing_in.build(fixture.make(tmp_path / "x.db"), closed=True)
    visitor = Visitor(datasette)
    assert visitor.get(f"/-/xlsx/volume?{ASKED}").status_code == 403
    visitor.sign_in()
    assert visitor.get(f"/-/xlsx/volume?{ASKED}").status_code == 200
    close(datasette)


def test_a_workbook_that_is_cut_says_so(
    site: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "max_returned_rows", 10)
    told, rows = opened(get(site, f"/-/xlsx/volume?{ASKED}").content)
    assert len(rows) == 11
    assert any(one.startswith("Rows: 10, the first ones") for one in told)


def test_the_page_offers_both_with_the_same_parameters(site: Datasette) -> None:
    tree = page(site, "/-/campaign/labourleaks?range=24h&platform=bluesky")
    for origin in tree.css(".origin"):
        links = {a.text(): a.attributes["href"] or "" for a in origin.css("a")[:4]}
        if "CSV" not in links:
            continue
        given = links["query"].partition("?")[2]
        assert links["CSV"].partition("?")[2] == given
        assert links["XLSX"].partition("?")[2] == given
        assert "/-/xlsx/" in links["XLSX"]
        assert get(site, links["XLSX"]).status_code == 200
        assert get(site, links["CSV"]).headers["content-type"].startswith("text/")
