"""Elements of a web page, for platforms that show nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from collectors.text import html_to_text

# The parser's time grows with the square of the nesting; no page that we read has more.
_MOST_TAGS = 20_000


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a page."""

    _node: LexborNode

    def all(self, selector: str) -> list[Element]:
        """The elements inside it that a CSS selector names, in their order."""
        return [Element(node) for node in self._node.css(selector)]

    def first(self, selector: str) -> Element | None:
        """The first of them; None where there is none."""
        found = self._node.css_first(selector)
        return Element(found) if found is not None else None

    def get(self, name: str) -> str:
        """An attribute; empty where it has none."""
        return self._node.attributes.get(name) or ""

    @property
    def html(self) -> str:
        """Its own HTML."""
        return self._node.html or ""

    @property
    def text(self) -> str:
        """What a reader sees, as plain text."""
        return html_to_text(self.html)


def page(html: str) -> Element | None:
    """A page's body; None where it has none, or more tags than a page has."""
    if html.count("<") > _MOST_TAGS:
        return None
    body = LexborHTMLParser(html).body
    return Element(body) if body is not None else None
