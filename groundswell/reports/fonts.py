"""An empty PDF with the fonts that packages ship: none of the machine's is counted on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.reports import east_asian

if TYPE_CHECKING:
    from groundswell.reports.digest import Report

HOW = "PDF needs a library that is not installed; get it with ./run setup --pdf"
FAMILY = "Noto"


class NoPdf(Exception):
    """The library is not installed; the message says how to get it."""


class Fonts:
    """A document in which a report can be written, letters joined and turned round where
    their script wants it. known: the characters that some font has. folder: where fonts
    may be made; they are read from there until the document is done.

    Raises NoPdf.
    """

    def __init__(self, report: Report, folder: Path) -> None:
        fpdf, shipped = _installed()
        self.pdf: Any = fpdf.FPDF(format="A4")
        self.face: Callable[..., Any] = fpdf.FontFace
        plain = shipped / "NotoSans[wght].ttf"
        self.pdf.add_font(FAMILY, "", plain)
        self.pdf.add_font(FAMILY, "B", plain, variations={"wght": 700.0})
        self._scripts = _scripts(shipped, self.pdf.add_font)
        drawn = east_asian.fonts(report, self._characters(), folder)
        for name, file in drawn.items():
            self.pdf.add_font(name, "", file)
        self._east_asian = list(drawn)
        self.known = self._characters()
        self.prefer(None)
        self.pdf.set_text_shaping(True)
        self.pdf.header = self.settle  # at the top of each page

    def _characters(self) -> set[int]:
        return {code for font in self.pdf.fonts.values() for code in font.cmap}

    def choose(self, words: str) -> None:
        """Look for characters in the font first that these words' country would use."""
        self.settle()
        if self._east_asian:
            self.prefer(east_asian.face_of(words))

    def settle(self) -> None:
        """Write the font in use into the page: fpdf2 2.8.9 loses it where a line begins
        with a character of another font, and sets what follows in letters of the wrong
        one."""
        if self.pdf.page:
            self.pdf.text(0, 0, "")

    def prefer(self, face: str | None) -> None:
        """The order in which fonts are asked for a character that Noto Sans lacks."""
        order = sorted(self._east_asian, key=lambda name: name != face)
        self.pdf.set_fallback_fonts([*self._scripts, *order], exact_match=False)


def _installed() -> tuple[Any, Path]:
    """The library, and the folder of the fonts."""
    try:
        import fpdf
        import manimgx_fonts
        import uharfbuzz  # noqa: F401 - fpdf2 wants it where letters join
    except ImportError:
        raise NoPdf(HOW) from None
    return fpdf, Path(manimgx_fonts.__path__[0])


def _scripts(folder: Path, add: Callable[[str, str, Path], None]) -> list[str]:
    """The fonts of the scripts that Noto Sans itself lacks, and of emoji."""
    names = []
    for file in sorted(folder.glob("Noto*.ttf")):
        name = file.name.partition("[")[0]
        if name.startswith("NotoSans-") or name == "NotoSans":
            continue
        add(name, "", file)
        names.append(name)
    return names
