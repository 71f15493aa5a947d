"""Tables: rows, dates, numbers and identities, read in one way or refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import BrokenRecord
from groundswell.archives.dates import moment
from groundswell.archives.records import ArchiveError
from groundswell.importing import Wishes, contents
from tests.archive_files import ndjson, posts, read
from tests.test_x import V2


def test_a_table_whose_first_row_is_data(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("2022-11-01T12:00,ada,On #LabourLeaks\n2022-11-02T12:00,bo,Again\n")
    with pytest.raises(ArchiveError, match="first row looks like data"):
        contents(path, Wishes())
    named = {"columns": ("date", "author", "text")}
    assert [post.author.handle for post in posts(path, **named)] == ["ada", "bo"]


NOON = "2022-11-01T12:00:00+00:00"


@pytest.mark.parametrize(
    "date",
    [
        NOON, "2022-11-01 12:00", "2022/11/01 12:00", "1667304000", "1667304000.0",
        "1667304000000", "1667304000000000", "20221101120000", "202211011200",
        "1 Nov 2022 12:00", "November 1, 2022 at 12:00pm", "2022-11-01 13:00 +01:00",
        "Tue, 01 Nov 2022 12:00:00 GMT", "Tue Nov 01 12:00:00 +0000 2022",
        "Tue, 01 Nov 2022 07:00:00 EST",
    ],
)  # fmt: skip
def test_dates_in_many_styles(date: str) -> None:
    assert moment(date).isoformat() == NOON


@pytest.mark.parametrize(
    ("date", "why"),
    [
        ("", "no date"), ("soon", "cannot be read"), ("2022-11-31", "cannot be read"),
        ("Nov 2022", "not whole"), ("12:30", "not whole"), ("May", "not whole"),
        ("1,5", "not whole"), ("01/02/2022", "two ways"), ("03-04-2022 10:00", "two ways"),
        ("Tue 01.02.2022", "two ways"), ("31/12/22", "two ways"),
        ("2022-11-01 12:00 IST", "time zone IST"), ("12", "no unix time"),
        ("44866", "no unix time"), ("99999999999999999999", "no unix time"),
    ],
)  # fmt: skip
def test_dates_that_are_none_or_several_are_refused(date: str, why: str) -> None:
    with pytest.raises(BrokenRecord, match=why):
        moment(date)


def test_day_or_month_first_where_staff_say_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,date\nOn minutes,01/02/2022\nOn bread,3.4.22\n")
    for day_first, days in ((True, ["2022-02-01", "2022-04-03"]),
                            (False, ["2022-01-02", "2022-03-04"])):  # fmt: skip
        found = [post.published_at for post in posts(path, day_first=day_first)]
        assert [at.date().isoformat() for at in found if at] == days


@given(st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1)), st.booleans())  # noqa: DTZ001
def test_a_date_is_never_read_as_another(at: datetime, day_first: bool) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    order = "%d/%m/%Y %H:%M:%S" if day_first else "%m/%d/%Y %H:%M:%S"
    assert moment(at.strftime(order), day_first=day_first) == at
    for form in ("%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%Y%m%d%H%M%S", "%s"):
        text = str(int(at.timestamp())) if form == "%s" else at.strftime(form)
        with suppress(BrokenRecord):
            assert moment(text) == at


def test_numbers_of_other_countries_are_no_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    numbers = ["1,5", "1,500", "12,34", "7.0", "1.5", "-3", "1e3", "١٢"]
    rows = "".join(f'n{i},2022-11-01,"{n}"\n' for i, n in enumerate(numbers))
    path.write_text("text,date,likes\n" + rows)
    wanted = [None, 1500, None, 7, None, None, None, None]
    assert [post.likes for post in posts(path)] == wanted


def test_rows_of_two_tables_with_the_same_numbers_are_two_posts(tmp_path: Path) -> None:
    found = set()
    for text in ("first", "second"):
        path = tmp_path / text
        path.write_text(f"id,text,date,platform\n1,{text} table,2022-11-01,Facebook\n")
        (post,) = posts(path)
        assert post.platform == "facebook"
        found.add(post.uri)
    assert len(found) == 2
    path.write_text("id,text,date\n98765432109876,Whole,2022-11-01\n")
    assert posts(path, platform="facebook")[0].uri == "facebook:98765432109876"


def test_what_others_call_twitter_is_x(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text,date\n1587000000000000000,Hello,2022-11-01\n")
    (post,) = posts(path, platform="Twitter")
    assert (post.platform, post.uri) == (
        "x",
        "https://x.com/i/status/1587000000000000000",
    )


@pytest.mark.parametrize("later", ["", 'said ""well"", and', 'a "quoted" word'])
def test_a_quotation_mark_that_is_never_closed_costs_its_own_row(
    later: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    many = "".join(f"row {n},2022-11-01\n" for n in range(5))
    last = f'"{later}",2022-11-02\n' if later else ""
    path.write_text(f'text,date\n"open,2022-11-01\n{many}{last}')
    found = read(path)
    said = [entry.post.text for entry in found if entry.post]
    assert said[:5] == [f"row {n}" for n in range(5)]
    assert next(entry.line for entry in found if entry.rejected) == 2


def test_texts_over_several_lines_are_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,date\n"one\n\ntwo",2022-11-01\nthree,2022-11-02\n')
    assert [entry.post and entry.post.text for entry in read(path)] == [
        "one\n\ntwo",
        "three",
    ]
    assert [entry.line for entry in read(path)] == [2, 5]


def test_lines_may_end_as_on_old_macs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,date\rhello,2022-11-01\rbye,2022-11-02\r")
    assert [post.text for post in posts(path)] == ["hello", "bye"]


def test_whoever_is_not_named_is_not_one_and_the_same_person(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,date\nOn minutes,2022-11-01\nOn bread,2022-11-01\n")
    assert len({post.author.uri for post in posts(path)}) == 2
    path.write_text(
        "who,text,date\n@Ada,On minutes,2022-11-01\nada,On bread,2022-11-01\n"
    )
    assert {post.author.uri for post in posts(path)} == {"archive:@ada"}


def test_ids_that_a_spreadsheet_rounded_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text,date\n1.23E+18,On minutes,2022-11-01\n")
    (entry,) = read(path)
    assert "rounded by a spreadsheet" in (entry.rejected or "")
    assert "rounded" in (
        read(ndjson(tmp_path / "b", {**V2, "id": 1.5e18}))[0].rejected or ""
    )
