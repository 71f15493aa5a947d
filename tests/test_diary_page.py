"""The diary's page: entries written by people who are signed in, and what followed them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from datasette.app import Datasette

from tests import web_fixture as fixture
from tests.signing_in import Visitor, build, text_of
from tests.test_web import close

PAGE = "/-/diary/labourleaks"
ENTRY = {"action": "add", "at": "2025-05-11T09:00", "title": "press <b>release</b>"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Datasette]:
    datasette = build(fixture.make(tmp_path / "x.db"))
    yield datasette
    close(datasette)


@pytest.fixture
def ana(site: Datasette) -> Visitor:
    visitor = Visitor(site)
    visitor.sign_in()
    return visitor


def test_an_entry_is_noted_with_its_writer_and_removed(ana: Visitor) -> None:
    answer = ana.post(PAGE, **ENTRY, note="to all desks")
    assert answer.headers["location"] == PAGE
    page = ana.get(PAGE)
    told = text_of(page)
    assert "press <b>release</b>" in told
    assert "noted by ana" in told
    assert "<b>release</b>" not in page.text
    campaign = text_of(ana.get("/-/campaign/labourleaks"))
    assert "In the diary" in campaign
    assert "press <b>release</b>" in campaign
    where = "/campaigns/events.json?campaign=labourleaks&to_at=2025-05-11&_shape=array"
    entries = ana.get(where).json()
    (number,) = (one["id"] for one in entries if one["title"] == ENTRY["title"])
    ana.post(PAGE, action="remove", entry=str(number))
    assert "press <b>release</b>" not in text_of(ana.get(PAGE))


def test_who_may_not_write_is_told_so(site: Datasette) -> None:
    nobody, vic = Visitor(site), Visitor(site)
    assert "Sign in" in text_of(nobody.get(PAGE))
    assert nobody.post(PAGE, "/-/login", **ENTRY).status_code == 403
    vic.sign_in("vic")
    assert "Note it" not in text_of(vic.get(PAGE))
    assert vic.post(PAGE, "/-/login", **ENTRY).status_code == 403


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({**ENTRY, "at": "noon"}, "write when it happened"),
        ({**ENTRY, "title": "  "}, "say what happened"),
        ({**ENTRY, "title": "x" * 201}, "at most 200"),
        ({"action": "remove", "entry": "x"}, "named no entry"),
        ({"action": "remove", "entry": "99"}, "not there any more"),
    ],
)
def test_nonsense_is_refused_in_words(
    ana: Visitor, form: dict[str, str], sentence: str
) -> None:
    answer = ana.post(PAGE, **form)
    assert sentence in text_of(ana.get(answer.headers["location"]))
