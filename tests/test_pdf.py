"""Reports as PDF: what a reader of the file takes out of it, in every script."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace

import pytest

from groundswell.reports import east_asian, pdf
from groundswell.reports.digest import Report
from groundswell.reports.rankings import Shared
from groundswell.reports.words import Figure
from tests.report_rows import made, windows
from tests.report_rows import reading as reading_of

BASE = "https://monitor.example/sub"
WHO = "ada@social.example"
JAPANESE = "日本語のテキスト、直に骨"
KOREAN = "한국어 텍스트 漢字"
CHINESE = "工党泄露的文件，直骨角"
EAST_ASIAN = (JAPANESE, KOREAN, CHINESE)
SCRIPTS = (
    "Привет", "Ελλάδα",
    "Հայ", "😀",
)  # fmt: skip
WITHOUT = "𒀀"  # cuneiform, which no font of ours has


def pages(raw: bytes) -> str:
    pypdf = pytest.importorskip("pypdf")
    file = pypdf.PdfReader(io.BytesIO(raw))
    return " ".join(page.extract_text() for page in file.pages)


@pytest.fixture(autouse=True)
def _library() -> None:
    pytest.importorskip("fpdf", reason="./run setup --pdf")


@pytest.fixture
def east_asian_font() -> None:
    pytest.importorskip("manimgx_fonts_cjk", reason="./run setup --pdf")


@pytest.fixture
def _no_east_asian_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "manimgx_fonts_cjk", None)


def quoting(*texts: str) -> Report:
    """A report whose most shared posts have these words."""
    whole = made(reading_of())
    posts = tuple(
        Shared(one, WHO, "mastodon", None, Figure("12 shares")) for one in texts
    )
    return replace(whole, campaigns=(replace(whole.campaigns[0], shared=posts),))


def test_pdf_has_every_script_and_its_links() -> None:
    pypdf = pytest.importorskip("pypdf")
    titled = replace(reading_of(), title=" ".join(("שלום", *SCRIPTS)))
    found = made(titled, reading_of(windows=windows(w0={"counts": (0, 0, 0)})))
    raw = pdf.render(found, BASE)
    assert not re.search(rb"/JavaScript|/Launch", raw)
    words = " ".join(pages(raw).split())
    assert "214 posts by 160 voices" in words
    assert "Nothing happened" in words
    assert not [one for one in SCRIPTS if one not in words]
    assert "U+" not in words
    links = [
        note.get_object()["/A"]["/URI"]
        for page in pypdf.PdfReader(io.BytesIO(raw)).pages
        for note in page.get("/Annots") or ()
    ]
    assert any(one.startswith(f"{BASE}/campaigns/totals?") for one in links)


@pytest.mark.usefixtures("east_asian_font")
def test_chinese_japanese_and_korean_are_letters() -> None:
    raw = pdf.render(quoting(*EAST_ASIAN))
    words = pages(raw)
    for text in EAST_ASIAN:
        assert text in words
    assert "U+" not in words
    assert len(raw) < 400_000, "of the large font, what the words want"


@pytest.mark.usefixtures("east_asian_font")
def test_each_country_has_its_own_letters() -> None:
    pypdf = pytest.importorskip("pypdf")
    raw = pdf.render(quoting(*EAST_ASIAN))
    fonts = pypdf.PdfReader(io.BytesIO(raw)).pages[0]["/Resources"]["/Font"]
    names = {str(fonts[name]["/BaseFont"]).partition("CJK")[2] for name in fonts}
    assert names - {""} == {"Japanese", "Korean", "Chinese"}


@pytest.mark.parametrize(
    ("text", "face"),
    [(JAPANESE, "Japanese"), (KOREAN, "Korean"), (CHINESE, "Chinese"), ("１", "Chinese"),
     ("𠀀", "Chinese"), ("plain של", None), ("", None)],
)  # fmt: skip
def test_a_text_says_which_letters_it_wants(text: str, face: str | None) -> None:
    assert east_asian.face_of(text) == face


@pytest.mark.usefixtures("_no_east_asian_font")
def test_without_the_font_the_file_says_how_to_get_it() -> None:
    words = " ".join(pages(pdf.render(quoting(JAPANESE))).split())
    assert "[U+65E5 U+672C U+8A9E …]" in words
    assert "fonts lack are shown by their codes" in words
    assert pdf.MORE in words


def test_characters_that_no_font_has_are_shown_by_their_codes() -> None:
    words = " ".join(pages(pdf.render(quoting(f"{WITHOUT} and {CHINESE}"))).split())
    assert "[U+12000] and" in words
    assert "fonts lack are shown by their codes" in words


@pytest.mark.parametrize(
    "text",
    ["\u0639\u0631\u0628\u064a", "\u0939\u093f\u0928\u094d\u0926\u0940", JAPANESE],
)
def test_what_follows_another_script_is_in_letters_of_its_own(text: str) -> None:
    """fpdf2 set what follows such a beginning in letters of a wrong font."""
    over_the_page = " ".join([text] * (8000 // len(text)))
    words = pages(pdf.render(quoting(text, over_the_page)))
    assert words.count(WHO) == 2


def test_pdf_without_its_library_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "fpdf", None)
    with pytest.raises(pdf.NoPdf, match="run setup --pdf"):
        pdf.render(made(reading_of()))
