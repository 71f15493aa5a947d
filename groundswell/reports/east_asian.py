"""Small fonts for the Chinese, Japanese and Korean characters of one report.

Noto Sans CJK is one file of 32 MB with 44,810 characters, whose outlines (CFF2, of any
weight) a PDF cannot hold. So those characters that a report has are drawn from it, in the
weight of plain text, into TrueType fonts of some kilobytes: in 1.3 seconds, where bringing
the whole file into that form takes minutes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

_WEIGHT = 400  # of 100 to 900
_ERROR = 1.0  # how far a curve may be off, in thousandths of a line's height
_HAN = "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
# The same character is written in other ways in Japan, Korea and China; a text that has
# its country's own letters says which is meant. The number is the font's in the file.
_FACES = (
    ("Japanese", 0, re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")),
    ("Korean", 1, re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff]")),
    ("Chinese", 2, re.compile(_HAN)),
)  # fmt: skip


def face_of(text: str) -> str | None:
    """Which of the fonts a text wants first; None: none of them."""
    return next((name for name, _, own in _FACES if own.search(text)), None)


def installed() -> bool:
    """Whether the font is there to draw from."""
    return _source() is not None


def fonts(report: Any, known: Collection[int], folder: Path) -> dict[str, Path]:  # noqa: ANN401
    """The files of the fonts that a report's texts want, by name.

    known: characters that other fonts have. The files are made in the folder. None of
    them where Noto Sans CJK is not installed.
    """
    source = _source()
    wanted: dict[str, set[str]] = {}
    for text in _texts(report):
        name = face_of(text)
        if name is not None and source is not None:
            lacking = {char for char in text if ord(char) not in known}
            wanted.setdefault(name, set()).update(lacking)
    made = {}
    for name, number, _ in _FACES:
        if source is not None and wanted.get(name):
            made[name] = folder / f"{name}.ttf"
            _draw(source, number, sorted(wanted[name]), made[name])
    return made


def _source() -> Path | None:
    try:
        import manimgx_fonts_cjk
    except ImportError:
        return None
    return Path(manimgx_fonts_cjk.__path__[0]) / "NotoSansCJK-VF.otf.ttc"


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever a report is made of
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _draw(source: Path, number: int, chars: Iterable[str], target: Path) -> None:
    """A font of these characters alone; of those that the source lacks, nothing."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.ttLib import TTFont

    with TTFont(source, fontNumber=number, lazy=True) as font:
        names = font.getBestCmap()
        taken = {ord(char): names[ord(char)] for char in chars if ord(char) in names}
        drawn = font.getGlyphSet(location={"wght": _WEIGHT})
        order = [".notdef", *sorted(set(taken.values()))]
        glyphs = {name: _outline(drawn[name]) for name in order}
        builder = FontBuilder(font["head"].unitsPerEm, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap(taken)
        builder.setupGlyf(glyphs)
        builder.setupHorizontalMetrics(
            {n: (round(drawn[n].width), getattr(glyphs[n], "xMin", 0)) for n in order}
        )
        head = font["hhea"]
        builder.setupHorizontalHeader(ascent=head.ascent, descent=head.descent)
        name = f"NotoSansCJK{target.stem}"
        builder.setupNameTable(
            {"familyName": name, "styleName": "Regular", "psName": name}
        )
        builder.setupOS2(sTypoAscender=head.ascent, sTypoDescender=head.descent)
        builder.setupPost()
        builder.save(target)


def _outline(glyph: Any) -> Any:  # noqa: ANN401 - fontTools' own
    """A glyph's cubic curves as TrueType's quadratic ones."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    glyph.draw(Cu2QuPen(pen, _ERROR, reverse_direction=True))
    return pen.glyph()
