"""An Atom feed (RFC 4287) as XML. Pure; text may be hostile, and stays text."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from markupsafe import Markup

XMLNS = "http://www.w3.org/2005/Atom"
KIND = "application/atom+xml"
# All but what XML 1.0 allows (section 2.2).
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Marks that turn the text around them: embeddings, overrides, isolates.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))
# What an address may not hold as it is (RFC 3987): it is written in per cent.
_ODD = re.compile(r'[\x00-\x20"<>\\^`{|}\x7f]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. id: a URI that stays. updated, published: UTC, as the database has them.

    title, author: plain text of anyone's. link: the page of it, related: ours about it.
    html: what it says, made of escaped text alone.
    """

    id: str
    title: str
    updated: str
    published: str
    author: str
    author_url: str | None
    link: str
    related: str | None
    category: str
    html: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed. updated: UTC text. own: its address, page: the same for people."""

    id: str
    title: str
    subtitle: str
    updated: str
    own: str
    page: str
    version: str
    entries: Sequence[Entry]


def name_of(kind: str, key: str) -> str:
    """A URI for something of ours, the same on every server: `urn:uuid:…` (RFC 4122)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"groundswell:{kind}:{key}").urn


def plain(text: str) -> str:
    """One line that XML can hold and that turns no text around it."""
    line = " ".join(_TURNING.sub("", _ILLEGAL.sub("", text)).split())
    if any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in line):
        return f"\u2068{line}\u2069"
    return line


def address(url: str) -> str:
    """An http(s) address with what no address may hold written in per cent."""
    return _ODD.sub(lambda odd: f"%{ord(odd[0]):02X}", _ILLEGAL.sub("", url))


def render(feed: Feed) -> bytes:
    """The document, in UTF-8. The same feed gives the same bytes."""
    root = ET.Element("feed", {"xmlns": XMLNS, "xml:lang": "en"})
    _text(root, "id", feed.id)
    _text(root, "title", plain(feed.title))
    _text(root, "subtitle", plain(feed.subtitle))
    _text(root, "updated", feed.updated)
    _person(root, "Groundswell", None)
    _link(root, "self", feed.own, KIND)
    _link(root, "alternate", feed.page, "text/html")
    generator = _text(root, "generator", "Groundswell")
    generator.set("version", feed.version)
    for entry in feed.entries:
        _entry(root, entry)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _entry(root: ET.Element, entry: Entry) -> None:
    node = ET.SubElement(root, "entry")
    _text(node, "id", entry.id)
    _text(node, "title", plain(entry.title) or "Without words")
    _text(node, "updated", entry.updated)
    _text(node, "published", entry.published)
    _person(node, plain(entry.author) or "unknown", entry.author_url)
    _link(node, "alternate", entry.link, "text/html")
    if entry.related:
        _link(node, "related", entry.related, "text/html")
    ET.SubElement(node, "category", {"term": plain(entry.category)})
    content = _text(node, "content", _ILLEGAL.sub("", str(entry.html)))
    content.set("type", "html")


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    node = ET.SubElement(parent, tag)
    node.text = text
    return node


def _person(parent: ET.Element, name: str, url: str | None) -> None:
    author = ET.SubElement(parent, "author")
    _text(author, "name", name)
    if url:
        _text(author, "uri", address(url))


def _link(parent: ET.Element, rel: str, url: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "type": kind, "href": address(url)})
