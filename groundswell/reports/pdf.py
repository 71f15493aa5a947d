"""A report as PDF.

fpdf2 joins and turns round the letters of scripts that want it (with uharfbuzz) and takes
each character from the first font that has it (fonts.py). Characters that none has are
shown by their codes, and the file says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from groundswell.reports import east_asian
from groundswell.reports.digest import SENTIMENTS, Digest, Line, Report
from groundswell.reports.fonts import FAMILY, HOW, Fonts, NoPdf
from groundswell.reports.html import COLOURS
from groundswell.reports.rankings import Item, Shared
from groundswell.reports.volume import Bar, Platform
from groundswell.reports.words import Figure, Words

__all__ = ["HOW", "NoPdf", "render"]

MORE = "The font of Chinese, Japanese and Korean is not installed: ./run setup --pdf"
_SIZE, _LINE = 10, 5.2  # points, millimetres
_CHART = 22  # millimetres
_LINK = (11, 83, 148)
_QUIET = (85, 96, 108)
_CODES = 3  # as many of a run of characters that no font has


def render(report: Report, base: str | None = None) -> bytes:
    """The file. base: as in html.render. Raises NoPdf."""
    with TemporaryDirectory() as folder:
        paper = _Paper(base, Fonts(report, Path(folder)))
        _whole(paper, report)
        return paper.done(report.title)


def _whole(paper: _Paper, report: Report) -> None:
    paper.heading(report.title, 17)
    paper.quiet(f"Made {report.made}.")
    if report.simulated:
        paper.text("Simulated: every post, person and link here is made up.")
    if not report.campaigns:
        paper.text("There is no campaign to report of.")
    for one in report.campaigns:
        _campaign(paper, one, report.every)
    paper.gap(4)
    paper.quiet(" ".join(report.notes))
    if paper.lacking:
        paper.quiet(_told(paper.lacking))


def _told(lacking: str) -> str:
    said = "Characters that this file's fonts lack are shown by their codes (U+…)."
    if east_asian.face_of(lacking) and not east_asian.installed():
        said += f" {MORE}"
    return said


def _campaign(paper: _Paper, one: Digest, every: str) -> None:
    paper.gap(5)
    paper.heading(one.title, 14, paper.address(one.page))
    paper.say(one.headline)
    _bars(paper, one.bars, every)
    _compared(paper, one.lines)
    for sentence in one.careful:
        paper.quiet(sentence)
    _platforms(paper, one.platforms)
    _block(paper, "Alerts", [(f"{a.when}: {a.summary}",) for a in one.alerts])
    for name, items in (
        ("Top links", one.links),
        ("Top hashtags", one.hashtags),
        ("Top voices", one.voices),
    ):
        _items(paper, name, items)
    if one.listed:
        paper.quiet(one.listed)
    _posts(paper, one.shared)
    for why in one.confined:
        paper.quiet(f"Counted, but not quoted here: {why}")
    _block(paper, "What could not be seen", one.unseen)


def _block(paper: _Paper, title: str, sentences: Sequence[Words]) -> None:
    if sentences:
        paper.heading(title, 11)
        for sentence in sentences:
            paper.say(sentence)


def _bars(paper: _Paper, bars: Sequence[Bar], every: str) -> None:
    if not bars:
        return
    paper.heading(f"Posts by the {'hour' if every == 'day' else 'day'}", 11)
    paper.chart(bars)
    top = max(bars, key=lambda bar: bar.posts or 0)
    dark = sum(bar.posts is None for bar in bars)
    grey = f" Grey: not seen ({dark} of {len(bars)})." if dark else ""
    paper.quiet(
        f"{bars[0].label} to {bars[-1].label}. Most: {top.posts or 0}, {top.label}.{grey}"
    )


def _compared(paper: _Paper, lines: Sequence[Line]) -> None:
    paper.heading("Compared", 11)
    head = ("", "", "Posts", "", "Voices", "Negative, of scored", "Seen")
    unknown = Figure("not seen")
    rows = [
        (line.name, line.days, line.posts or unknown, line.change, line.voices or "–",
         line.negative or "–", line.seen or "not watched")
        for line in lines
    ]  # fmt: skip
    paper.table((head, *rows), (32, 36, 22, 16, 22, 34, 24))
    main = next((line for line in lines if line.main), None)
    if main and sum(main.parts):
        paper.split(main.parts)


def _platforms(paper: _Paper, platforms: Sequence[Platform]) -> None:
    if not platforms:
        return
    paper.heading("Platforms", 11)
    unknown = Figure("not seen")
    rows = [
        (p.name, p.posts or unknown, p.before or unknown, p.seen or "not watched")
        for p in platforms
    ]
    paper.table((("", "Posts", "Before", "Seen"), *rows), (60, 30, 30, 30))


def _items(paper: _Paper, title: str, items: Sequence[Item]) -> None:
    if not items:
        return
    paper.heading(title, 11)
    for item in items:
        paper.piece(item.posts.text + "  ", paper.address(item.posts.path))
        paper.piece(item.text, item.link)
        if item.about:
            paper.piece(f"  {item.about}", quiet=True)
        paper.end()


def _posts(paper: _Paper, posts: Sequence[Shared]) -> None:
    if not posts:
        return
    paper.heading("Most shared posts", 11)
    for post in posts:
        paper.text(post.text)
        paper.piece(post.who, post.link)
        paper.piece(f", {post.about}, ", quiet=True)
        paper.piece(post.shares.text, paper.address(post.shares.path))
        paper.end()
        paper.gap(1.5)


class _Paper:
    """Pages that are written from the top to the end. lacking: the characters met that no
    font has."""

    def __init__(self, base: str | None, fonts: Fonts) -> None:
        self._base, self.lacking = base, ""
        self._fonts, self._pdf = fonts, fonts.pdf
        self._pdf.set_font(FAMILY, "", _SIZE)
        self._pdf.c_margin = 0
        self._pdf.set_draw_color(200)
        self._pdf.add_page()

    def address(self, path: str | None) -> str | None:
        """A page's whole address; None without a base."""
        return self._base + path if self._base and path else None

    def heading(self, words: str, size: int, link: str | None = None) -> None:
        """Bold, with room above it; never alone at the foot of a page."""
        if self._pdf.will_page_break(3 * _LINE + size / 2):
            self._pdf.add_page()
        self.gap(2.5)
        self._pdf.set_font(FAMILY, "B", size)
        self._write(words, link, size * 0.5)
        self._pdf.ln(size * 0.5)
        self._pdf.set_font(FAMILY, "", _SIZE)

    def text(self, words: str) -> None:
        """A paragraph."""
        self.piece(words)
        self.end()

    def quiet(self, words: str) -> None:
        """A paragraph that stands back."""
        self.piece(words, quiet=True)
        self.end()

    def say(self, said: Words) -> None:
        """A sentence whose figures are links."""
        for one in said:
            path = one.path if isinstance(one, Figure) else None
            self.piece(str(one), self.address(path))
        self.end()

    def piece(
        self, words: str, link: str | None = None, *, quiet: bool = False
    ) -> None:
        """A part of a paragraph."""
        if quiet:
            self._pdf.set_text_color(*_QUIET)
        self._write(words, link, _LINE)
        self._pdf.set_text_color(0)

    def end(self) -> None:
        """The end of a paragraph."""
        self._pdf.ln(_LINE)

    def gap(self, height: float) -> None:
        """Room."""
        self._pdf.ln(height)

    def _write(self, words: str, link: str | None, height: float) -> None:
        self._fonts.choose(words)
        if link:
            self._pdf.set_text_color(*_LINK)
        self._pdf.write(height, self._sound(words), link or "")
        if link:
            self._pdf.set_text_color(0)

    def _sound(self, words: str) -> str:
        """A text of characters that some font has."""
        if all(ord(char) in self._fonts.known for char in words):
            return words
        found = []
        for known, run in groupby(
            words, key=lambda char: ord(char) in self._fonts.known
        ):
            chars = list(run)
            if known:
                found.append("".join(chars))
                continue
            self.lacking += "".join(chars)
            codes = " ".join(f"U+{ord(char):04X}" for char in chars[:_CODES])
            found.append(f"[{codes}{' …' if len(chars) > _CODES else ''}]")
        return "".join(found)

    def table(
        self, rows: Sequence[Sequence[str | Figure]], widths: tuple[int, ...]
    ) -> None:
        """Rows below a head; figures are links."""
        pdf = self._pdf
        whole = sum(widths) / 190 * pdf.epw
        pdf.set_fill_color(255)
        linked = self._fonts.face(color=_LINK)
        with pdf.table(
            col_widths=widths, width=whole, align="LEFT", line_height=_LINE,
            borders_layout="HORIZONTAL_LINES", text_align="LEFT", padding=0.6,
        ) as made:  # fmt: skip
            for row in rows:
                cells = made.row()
                for cell in row:
                    path = cell.path if isinstance(cell, Figure) else None
                    link = self.address(path)
                    style = linked if link else None
                    cells.cell(self._sound(str(cell)), link=link or "", style=style)

    def chart(self, bars: Sequence[Bar]) -> None:
        """Upright bars; grey where nothing was seen."""
        pdf = self._pdf
        if pdf.will_page_break(_CHART + _LINE):
            pdf.add_page()
        step, foot = pdf.epw / len(bars), pdf.get_y() + _CHART
        for index, bar in enumerate(bars):
            share = 1.0 if bar.posts is None else bar.height
            pdf.set_fill_color("#e6e9ed" if bar.posts is None else "#3d6f9e")
            if share:
                x, height = pdf.l_margin + index * step, share * _CHART
                pdf.rect(x, foot - height, step * 0.88, height, style="F")
        pdf.line(pdf.l_margin, foot, pdf.l_margin + pdf.epw, foot)
        pdf.set_y(foot + 1)

    def split(self, parts: Sequence[int]) -> None:
        """One bar of posts by sentiment, and what its colours mean."""
        pdf, x, whole = self._pdf, self._pdf.l_margin, sum(parts)
        pdf.ln(1.5)
        for name, part in zip(SENTIMENTS, parts, strict=True):
            pdf.set_fill_color(COLOURS[name])
            pdf.rect(x, pdf.get_y(), pdf.epw * part / whole, 3, style="F")
            x += pdf.epw * part / whole
        pdf.ln(4)
        pairs = zip(SENTIMENTS, parts, strict=True)
        self.quiet(", ".join(f"{name} {part:,}" for name, part in pairs))

    def done(self, title: str) -> bytes:
        """The file."""
        self._pdf.set_title(title)
        return bytes(self._pdf.output())
