"""A report as plain text, at most 78 columns wide.

It begins with what fits into a short message (`brief`): a headline for each campaign.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from groundswell.reports.digest import Digest, Line, Report
from groundswell.reports.rankings import Item, Shared
from groundswell.reports.volume import Bar, Platform
from groundswell.reports.words import Figure, plain
from groundswell.widths import columns_of

COLUMNS = 78
_RULE = "=" * COLUMNS
_BLOCKS = " ▁▂▃▄▅▆▇█"


def render(report: Report, base: str | None = None) -> str:
    """The text. base: the pages' address, for a link to each campaign; None: none."""
    lines = [*fold(report.title), *fold(f"Made {report.made}."), ""]
    if report.simulated:
        lines += [*fold("Simulated: every post, person and link is made up."), ""]
    if not report.campaigns:
        lines += ["There is no campaign to report of.", ""]
    for one in report.campaigns:
        lines += [*fold(one.title), *fold(plain(one.headline), "  ")]
        lines += [*_address(base + f"/-/campaign/{one.slug}" if base else None), ""]
    for one in report.campaigns:
        lines += [_RULE, *fold(one.title), "", *_campaign(one)]
    lines += [_RULE, *fold(" ".join(report.notes))]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def brief(text: str) -> str:
    """The beginning of a rendered report: title and headlines."""
    return text.partition("\n" + _RULE)[0].rstrip() + "\n"


def _campaign(one: Digest) -> Iterator[str]:
    yield from _bars(one.bars)
    yield from _titled("Compared", _compared(one.lines))
    for sentence in one.careful:
        yield from fold(sentence)
    if one.careful:
        yield ""
    yield from _titled("Platforms", _platforms(one.platforms))
    yield from _titled(
        "Alerts", _folded(f"{told.when}: {told.summary}" for told in one.alerts)
    )
    for name, items in (
        ("Top links", one.links),
        ("Top hashtags", one.hashtags),
        ("Top voices", one.voices),
    ):
        yield from _titled(name, _items(items))
    if one.listed and (one.links or one.hashtags or one.voices):
        yield from (*fold(one.listed), "")
    yield from _titled("Most shared posts", _posts(one.shared))
    if one.confined:
        yield from (
            *_folded(f"Counted, but not quoted here: {why}" for why in one.confined),
            "",
        )
    yield from _titled("What could not be seen", _folded(map(plain, one.unseen)))


def _titled(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return [title, "-" * len(title), *found, ""] if found else []


def _folded(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from fold(sentence, "  ", hang="- ")


def _bars(bars: Sequence[Bar]) -> Iterator[str]:
    if not bars:
        return
    drawn = "".join(
        "?" if bar.posts is None else _BLOCKS[-(-8 * bar.posts // _top(bars))]
        for bar in bars
    )
    yield f"{bars[0].label} |{drawn}| {bars[-1].label}"
    unknown = "  ? not seen" if "?" in drawn else ""
    top = max(bars, key=lambda bar: bar.posts or 0)
    yield from fold(f"Most: {top.posts}, {top.label}{unknown}")
    yield ""


def _top(bars: Sequence[Bar]) -> int:
    return max(bar.posts or 0 for bar in bars) or 1


def _compared(lines: Sequence[Line]) -> Iterator[str]:
    head = ("", "", "posts", "", "voices", "negative", "seen")
    rows = [
        (
            ("> " if line.main else "  ") + line.name, line.days, _or(line.posts, "?"),
            line.change, _or(line.voices, "?"), _or(line.negative, "-"),
            _or(line.seen, "not watched"),
        )
        for line in lines
    ]  # fmt: skip
    return _table([head, *rows], left=2)


def _or(figure: Figure | None, otherwise: str) -> str:
    return figure.text if figure else otherwise


def _platforms(platforms: Sequence[Platform]) -> Iterator[str]:
    if not platforms:
        return iter(())
    rows = [
        (each.name, _or(each.posts, "?"), _or(each.before, "?"),
         _or(each.seen, "not watched"))
        for each in platforms
    ]  # fmt: skip
    return _table([("", "posts", "before", "seen"), *rows], left=1)


def _table(rows: Sequence[Sequence[str]], *, left: int) -> Iterator[str]:
    """Columns, the first ones flush left and the others flush right."""
    widths = [max(map(columns_of, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell + " " * (width - columns_of(cell))
            if index < left
            else " " * (width - columns_of(cell)) + cell
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield cut("  ".join(cells), COLUMNS)


def _items(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        about = f" ({item.about})" if item.about else ""
        yield from fold(f"{item.posts.text:>7}  {item.text}{about}", hang=" " * 9)
        if item.link and item.link != item.text:
            yield from _address(item.link, " " * 9)


def _posts(posts: Sequence[Shared]) -> Iterator[str]:
    for post in posts:
        yield from fold(post.text, "  ", hang="- ")
        yield from fold(f"{post.who}, {post.about}, {post.shares.text}", "  ")
        yield from _address(post.link)


def _address(link: str | None, indent: str = "  ") -> list[str]:
    """A link on a line of its own; a part of one would lead nowhere, and is left out."""
    if not link or columns_of(indent + link) > COLUMNS:
        return []
    return [indent + link]


def fold(text: str, indent: str = "", hang: str | None = None) -> list[str]:
    """A text in lines. hang: what stands before the first line instead of the indent,
    or, where it is longer than that, the indent of the others."""
    first = indent if hang is None else hang if indent else ""
    rest = indent or hang or ""
    lines, line, bare = [], first, True
    for word in text.split(" "):
        for piece in _pieces(word, COLUMNS - columns_of(rest)):
            gap = "" if bare else " "
            if columns_of(line + gap + piece) > COLUMNS and not bare:
                lines.append(line)
                line, gap = rest, ""
            line += gap + piece
            bare = False
    return [*lines, line]


def _pieces(word: str, most: int) -> Iterator[str]:
    """A word, in parts where it is wider than a line."""
    while columns_of(word) > most:
        part = cut(word, most, mark="")
        yield part
        word = word[len(part) :]
    yield word


def cut(text: str, most: int, mark: str = "…") -> str:
    """At most so many columns of a text."""
    if columns_of(text) <= most:
        return text
    used = 0
    for index, char in enumerate(text):
        used += columns_of(char)
        if used > most - len(mark):
            return text[:index] + mark
    return text
