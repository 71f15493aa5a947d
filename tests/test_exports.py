"""Exports: what a program reads back is what was collected, and no text is a formula."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from db.connection import Database, open_database
from groundswell.archives.formats import groundswell_export
from groundswell.cli import main
from groundswell.exports import columns, delimited, forms, xlsx
from groundswell.exports.exporting import opened
from groundswell.exports.selecting import Wish, WrongWish, select
from tests import export_store
from tests.conftest import NOW
from tests.export_store import HOSTILE, LATER

GEXF = "{http://gexf.net/1.3}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("exports") / "campaigns.db"
    database = open_database(path)
    export_store.fill(database)
    database.close()
    reading = open_database(path, read_only=True)
    yield reading
    reading.close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    database = open_database(export_store.configure(tmp_path))
    export_store.fill(database)
    database.close()
    return tmp_path


def exported(store: Database, form: str, *, bom: bool = False, **wish: str) -> bytes:
    selection = select(store, Wish(campaign="labourleaks", **wish), LATER)
    with opened(store, selection, forms.FORMS[form], LATER) as found:
        return b"".join(found.chunks(bom=bom))


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def unguarded(cell: str) -> str:
    return cell.removeprefix("'")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["export", "--campaign", "labourleaks", *arguments])


def texts() -> list[str]:
    """What the store holds, oldest first; the second post was edited."""
    now = ["what it says now" if n == 1 else text for n, text in enumerate(HOSTILE)]
    return now[::-1]


# --- CSV


def test_csv_gives_back_what_was_collected_and_no_cell_is_a_formula(
    store: Database,
) -> None:
    data = exported(store, "csv")
    assert data.count(b"\r\n") >= len(HOSTILE) + 1
    rows = read_csv(data)
    assert list(rows[0]) == list(columns.NAMES)
    assert [unguarded(row["text"]) for row in rows] == texts()
    for row in rows:
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n", "＝"))
            assert not cell.startswith("-") or float(cell) < 0
            assert name == "likes" or not (cell.isdigit() and len(cell) > 11)
    newest = rows[-1]
    assert newest["likes"] == str(2**60)
    assert newest["published_at"] == "2026-11-20T11:59:00Z"


@given(st.text())
def test_one_apostrophe_off_gives_the_text_back(text: str) -> None:
    guarded = delimited.guarded(text)
    assert unguarded(guarded) == text if guarded != text else not text.startswith("'")
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize(
    ("text", "told"),
    [("1587000000000000002", True), ("007", True), ("1e5", True), ("42", False),
     ("2026", False), ("plain", False), ("'quoted", True), ("", False)],
)  # fmt: skip
def test_only_what_would_be_spoilt_is_guarded(text: str, *, told: bool) -> None:
    assert (delimited.guarded(text) != text) is told


def test_the_byte_order_mark_is_a_choice(store: Database) -> None:
    plain, marked = exported(store, "csv"), exported(store, "csv", bom=True)
    assert marked == b"\xef\xbb\xbf" + plain
    assert not plain.startswith(b"\xef\xbb\xbf")


# --- XLSX


def workbook(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_a_workbook_holds_text_as_text_and_links_live(store: Database) -> None:
    book = workbook(exported(store, "xlsx"))
    assert book.sheetnames == ["README", "posts"]
    sheet = book["posts"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == (
        "A2", f"A1:AK{len(HOSTILE) + 1}",
    )  # fmt: skip
    assert [cell.value for cell in sheet[1]] == list(columns.NAMES)
    at = {name: number for number, name in enumerate(columns.NAMES)}
    shown = [row[at["text"]] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in shown} == {"s"}
    told = {cell.value for cell in shown}
    assert {HOSTILE[0], "1587000000000000002", "007", "#N/A", HOSTILE[15]} <= told
    assert "nul  bell  escape [31m del \x7f, next \x85" in told
    last = sheet[sheet.max_row]
    assert last[at["url"]].hyperlink is None, "its address would break the file"
    assert last[at["url"]].value == export_store.URL
    assert last[at["likes"]].value == str(2**60), "a number would lose its end"
    linked = sheet[3][at["url"]]
    assert linked.hyperlink.target == linked.value
    assert all(row[at["uri"]].hyperlink is None for row in sheet.iter_rows(min_row=2))


def test_a_workbook_says_what_it_could_not_hold(store: Database) -> None:
    book = workbook(exported(store, "xlsx"))
    told = [row[0].value or "" for row in book["README"].iter_rows()]
    assert "Groundswell: posts as a workbook" in told
    (controls,) = [one for one in told if "control characters removed" in one]
    assert int(controls.split()[0]) >= 5
    assert any(one.startswith("1 cells cut at 32,767") for one in told)
    assert any("blind 0.17," in one for one in told)


def rows(count: int) -> Iterator[Mapping[str, Any]]:
    for number in range(count):
        row: dict[str, Any] = dict.fromkeys(columns.NAMES)
        row |= {"text": f"post {number} " + "x" * 500, "hashtags": ("a", "b")}
        yield row | {"likes": number, "url": f"https://social.example/{number}"}


def test_what_a_sheet_cannot_hold_goes_on_in_the_next() -> None:
    file = io.BytesIO()
    xlsx.write(file, rows(7), readme=["about"], written_at=NOW, most=4)
    book = workbook(file.getvalue())
    assert book.sheetnames == ["README", "posts", "posts 2", "posts 3"]
    assert [book[name].max_row for name in book.sheetnames[1:]] == [4, 4, 2]
    assert all(book[name]["A1"].value == "published_at" for name in book.sheetnames[1:])


def test_a_workbook_that_fails_leaves_no_file_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> Iterator[Mapping[str, Any]]:
        yield from rows(3)
        raise OSError("the disk")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OSError, match="the disk"):
        xlsx.write(io.BytesIO(), failing(), readme=["about"], written_at=NOW)
    assert list(tmp_path.iterdir()) == []


def peak(work: Any) -> int:  # noqa: ANN401
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_a_workbook_grows_in_memory_with_its_links_alone() -> None:
    def of(count: int) -> int:
        file = io.BytesIO()
        return peak(lambda: xlsx.write(file, rows(count), readme=[], written_at=NOW))

    few, more = of(500), of(3000)
    assert more - few < 2500 * 2500, (
        "each row's link is held, its 500 characters are not"
    )


# --- NDJSON and the network


def test_ndjson_can_be_imported(store: Database) -> None:
    lines = exported(store, "ndjson").decode().split("\n")[:-1]
    posts = [groundswell_export.from_dict(json.loads(line)) for line in lines]
    assert [post.text for post in posts] == texts()


def test_the_network_counts_posts_with_both_tags(store: Database) -> None:
    root = ET.fromstring(exported(store, "gexf"))  # noqa: S314 - our own
    assert (root.tag, root.get("version")) == (f"{GEXF}gexf", "1.3")
    assert [child.tag for child in root] == [f"{GEXF}meta", f"{GEXF}graph"]
    names = {n.get("id"): n.get("label") for n in root.iter(f"{GEXF}node")}
    counts = {
        names[n.get("id")]: int(n.find(f"{GEXF}attvalues/{GEXF}attvalue").get("value"))  # type: ignore[union-attr,arg-type]
        for n in root.iter(f"{GEXF}node")
    }
    # Post n carries the first 1 + n % 3 of three tags; the edit of post 2 took its tags.
    numbers = [n for n in range(1, len(HOSTILE) + 1) if n != 2]
    carrying = {"#labourleaks": 0, "#press": 1, "#x<y": 2}
    expected = {t: sum(n % 3 >= m for n in numbers) for t, m in carrying.items()}
    assert counts["#press"] == expected["#press"]
    weights = {
        frozenset((names[e.get("source")], names[e.get("target")])): int(
            e.get("weight")
        )  # type: ignore[arg-type]
        for e in root.iter(f"{GEXF}edge")
    }
    assert weights[frozenset(("#press", "#x<y"))] == expected["#x<y"]
    assert weights[frozenset(("#labourleaks", "#press"))] == expected["#press"]
    about = root.find(f"{GEXF}meta/{GEXF}description")
    assert about is not None
    assert "500 hashtags" in (about.text or "")


# --- the choice


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        ({}, len(HOSTILE)),
        ({"from_at": "2026-11-20T11:50:00Z"}, 10),
        ({"to_at": "2026-11-20T11:50:00Z"}, len(HOSTILE) - 10),
        ({"to_at": "2026-11-20"}, len(HOSTILE)),
        ({"from_at": "2026-11-20T12:50:00+01:00", "to_at": "2026-11-20T11:58:00Z"}, 8),
        (
            {"sentiment": "unscored"},
            len([n for n in range(len(HOSTILE)) if n % 3 == 2]),
        ),
        ({"lang": "de"}, len([n for n in range(len(HOSTILE)) if n % 3 == 2])),
        ({"term": "#Press"}, len([n for n in range(len(HOSTILE)) if n % 5 == 0])),
        ({"platform": "mastodon"}, len(HOSTILE)),
        ({"text": "emoji"}, 1),
        ({"text": '"commas and line"'}, 1),
        ({"text": 'NOT "unbalanced OR'}, 0),
        ({"text": "taken back"}, 0),
    ],
)
def test_the_filter_chooses(store: Database, wish: dict[str, str], count: int) -> None:
    assert len(read_csv(exported(store, "csv", **wish))) == count


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"from_at": "May"}, "'May' is no time; write 2026-05-01"),
        ({"from_at": "2026-02-30"}, "'2026-02-30' is no time"),
        ({"from_at": "2026-11-20", "to_at": "2026-11-01"}, "does not lie before"),
        ({"from_at": "2031-01-01"}, "does not lie before now"),
        ({"platform": "geocities"}, "'geocities' is not known; there are mastodon"),
        ({"sentiment": "angry"}, "there are negative, neutral, positive, unscored"),
        ({"lang": "cy"}, "'cy' is not known; there are en, de"),
        ({"term": "bread"}, "'bread' is no term; there are LabourLeaks, Press"),
        ({"text": "&!"}, "has no word to look for"),
    ],
)
def test_a_wrong_wish_is_named(
    store: Database, wish: dict[str, str], sentence: str
) -> None:
    with pytest.raises(WrongWish, match=sentence) as caught:
        select(store, Wish(campaign="labourleaks", **wish), NOW)
    assert caught.value.name in wish


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx", "gexf", "evidence"])
def test_an_export_of_nothing_is_whole(store: Database, form: str) -> None:
    assert exported(store, form, text="nowhere") is not None


# --- the command


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", "csv"), ("a.CSV.gz", "csv"), ("a.csv.zst", "csv"), ("a.xlsx", "xlsx"),
        ("a.gexf", "gexf"), ("a.zip", "evidence"), ("a.ndjson", "ndjson"), ("-", "ndjson"),
        ("a.json", "ndjson"), ("a", "ndjson"), ("a.csv/b", "ndjson"),
    ],
)  # fmt: skip
def test_the_ending_says_the_form(name: str, form: str) -> None:
    assert forms.guessed(name).name == form


def test_the_readme_beside_a_file_says_what_it_is(here: Path) -> None:
    result = run("-o", "a.csv", "--platform", "mastodon", "--bom")
    assert result.exit_code == 0, result.output
    assert f"{len(HOSTILE)} posts written" in result.stderr
    told = (here / "a.csv.README.txt").read_text()
    for part in (
        "Groundswell: posts as CSV", "- platform: mastodon",
        f"oldest first: {len(HOSTILE)}.",
        "Posts of this time on mastodon that were collected and taken back since: 1",
        "server-1 (mastodon), LabourLeaks: seen 6,", "- handle: The author's:",
    ):  # fmt: skip
        assert part in told
    assert run("-o", "b.xlsx").exit_code == 0
    assert not list(here.glob("b.xlsx.README*")), "it holds its own"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "May"], "--from: 'May' is no time"),
        (["--term", "bread"], "--term: 'bread' is no term"),
        (["--lang", ""], "--lang: it is empty"),
        (["--format", "word"], "'word' is not one of"),
        (["--bom", "-o", "a.xlsx"], "only CSV has a byte order mark"),
        (["-o", "a.xlsx.gz"], "xlsx is not packed as .gz"),
        (
            ["-o", "a.pdf"],
            "no export ends in .pdf: end the file in one of .ndjson, .csv",
        ),
        (["-o", "a.pdf.gz"], "no export ends in .pdf"),
    ],
)
def test_a_wrong_option_ends_in_a_sentence(
    here: Path, arguments: list[str], sentence: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert not list(here.glob("a.*"))


def test_a_campaign_is_named_bare_or_by_its_option(here: Path) -> None:
    del here

    def export(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["export", *arguments])

    bare, named = export("labourleaks"), export("--campaign", "labourleaks")
    assert bare.exit_code == named.exit_code == 0
    assert bare.stdout.count("\n") == named.stdout.count("\n") > 0
    assert "name a campaign; there are labourleaks" in export().stderr
    both = export("labourleaks", "--campaign", "other")
    assert both.exit_code == 2
    assert "name one campaign, not both" in both.stderr
    assert "--campaign" not in export("--help").stdout


def test_an_unknown_campaign_is_named(here: Path) -> None:
    result = CliRunner().invoke(main, ["export", "--campaign", "nope"])
    assert result.exit_code == 2
    assert "no campaign is called 'nope'; there are labourleaks" in result.stderr


@pytest.mark.slow
def test_memory_is_flat_over_fifty_thousand_posts(tmp_path: Path) -> None:
    database = open_database(tmp_path / "campaigns.db")
    export_store.many(database, 50_000)
    selection = select(database, Wish(campaign="labourleaks"), NOW)
    for name in ("csv", "ndjson"):
        with opened(database, selection, forms.FORMS[name], NOW) as found:
            sizes: list[int] = []
            most = peak(lambda: sizes.extend(len(c) for c in found.chunks()))  # noqa: B023
        assert sum(sizes) > 10_000_000
        assert most < 12_000_000, f"{name}: {most} bytes"
    database.close()
