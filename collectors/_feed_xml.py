"""RSS 0.9x to 2.0, RDF and Atom into a Window, by feedparser.

feedparser is given bytes in a stream, never text or a bare bytes object: it opens what
looks like an address or a file name. It sees UTF-8 only, decoded here, so that the
check for entity bombs reads the very bytes that it will read.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from xml.parsers import expat

import feedparser

from collectors._feed_entry import read_entry
from collectors._feed_model import Window, absolute
from collectors.base import BadPayload
from collectors.text import words

_MAX_EXPANDED = 1_000_000  # characters that a document's own entities may add to it
# UTF-32's mark begins with UTF-16's, so it is tried first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00?", "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
)
# Python's "encodings" that no document has, and that can be made to cost much.
_NO_CHARSETS = {
    "idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined",
}  # fmt: skip
# Labels that in practice mean their superset (as browsers read them).
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030"}
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_START = re.compile(rb"<\w")
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_NOT_MARKUP = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_OPENED = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)


class _Started(Exception):
    """The root element began: what follows can declare no entities."""


def decode(body: bytes, charset: str | None) -> str:
    """A body's text. charset: what the Content-Type claims.

    Order: byte order mark, UTF-8 if the bytes can only be that, the claims that fit
    (HTTP, then the XML declaration: RFC 7303), else whichever of UTF-8 and windows-1252
    breaks less.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").lstrip("\ufeff")
    declared = _DECLARED.match(body[:500])
    claims = [charset or "", declared[1].decode() if declared else ""]
    # Text in another encoding is never by chance valid UTF-8; escape encodings are ASCII.
    if not body.isascii():
        claims.insert(0, "utf-8")
    for claim in claims:
        text = _try_decode(body, claim)
        if text is not None:
            return text.lstrip("\ufeff")
    return _decode_broken(body)


def _try_decode(body: bytes, claim: str) -> str | None:
    try:
        name = codecs.lookup(claim.strip()).name
        if name.replace("_", "-") in _NO_CHARSETS:
            return None
        return body.decode(_SUPERSETS.get(name, name))
    except (LookupError, ValueError):
        return None


def _decode_broken(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(char > "\x7f" for char in text) - broken
    return text if sound >= broken else body.decode("cp1252", "replace")


def read_xml(text: str, *, url: str, language: str | None = None) -> Window:
    """A feed's window. url: where it came from, for relative links.

    Raises BadPayload for anything that is no feed, and for entity bombs.
    """
    data = text.strip("\ufeff\x00 \t\r\n").encode("utf-8", "replace")
    _refuse_entities(data)
    root = _root_of(text)
    parsed = _parse(data, url=url, language=language)
    if _is_html(root) or not (parsed.get("version") or parsed["entries"]):
        raise _broken(_what_came(text, root), text)
    return _window(parsed, text, root=root, url=url)


def _parse(data: bytes, *, url: str, language: str | None) -> Mapping[str, Any]:
    headers = {
        "content-type": "application/xml; charset=utf-8",
        "content-location": url,
    }
    if language:
        headers["content-language"] = language
    try:
        parsed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(data),
            response_headers=headers,
            sanitize_html=True,
            resolve_relative_uris=True,
        )
    except Exception as error:
        sample = data[:500].decode("utf-8", "replace")
        raise _broken(f"the parser gave up ({error!r:.200})", sample) from error
    return parsed


def _window(parsed: Mapping[str, Any], text: str, *, root: str, url: str) -> Window:
    feed = parsed["feed"]
    entries = parsed["entries"]
    lost = _what_was_lost(text, root, len(entries)) if parsed.get("bozo") else None
    items = [read_entry(entry, feed, url) for entry in entries]
    if lost and len(_CLOSED.findall(_NOT_MARKUP.sub("", text))) < len(items):
        items.pop()  # the one that it broke off in
    if lost and not items:
        raise _broken(lost, text)
    return Window(
        title=words(dict.get(feed, "title")),
        home=absolute(dict.get(feed, "link"), url),
        generator=words(dict.get(feed, "generator")) or "",
        next_url=_next_url(feed, url),
        items=tuple(items),
        lost=lost,
    )


def _next_url(feed: Mapping[str, Any], url: str) -> str | None:
    """RFC 5005: the next page of a paged feed, or the previous archive document."""
    named = {
        link.get("rel"): absolute(link.get("href"), url)
        for link in reversed(feed.get("links") or [])
    }
    return named.get("next") or named.get("prev-archive")


def _what_was_lost(text: str, root: str, found: int) -> str | None:
    """Why a malformed feed may be missing items; None where all could be read."""
    markup = _NOT_MARKUP.sub("", text)
    if f"</{root.lower()}" not in markup.lower():
        return f"the XML breaks off before </{root}>, {found} items in"
    begun = len(_OPENED.findall(markup))
    if begun > found:
        return f"the XML is malformed: {found} of {begun} items could be read"
    return None


def _refuse_entities(data: bytes) -> None:
    """Refuse a DOCTYPE whose entities are external, nested or explode.

    A bare DOCTYPE (RSS 0.91 has one) is harmless, and so are the short names for
    namespaces that RDF feeds declare, and the HTML entity set, which nobody fetches.
    """
    declared = _declared_entities(data)
    # feedparser finds declarations by pattern, in comments too: both must see the same.
    start = _START.search(data)
    if data[: start.start() if start else None].count(b"<!ENTITY") != len(declared):
        raise _broken("its DOCTYPE hides entity declarations, refused", "")
    added = 0
    for name, value in declared:
        if value is None or "&" in value or "%" in value:
            raise _broken(f"its DOCTYPE declares the entity {name!r:.80}, refused", "")
        added += len(value) * data.count(f"&{name};".encode())
    if added > _MAX_EXPANDED:
        raise _broken(f"its entities would add {added} characters, refused", "")


def _declared_entities(data: bytes) -> list[tuple[str, str | None]]:
    """Each entity that a document declares with its text; None if that is elsewhere."""
    found: list[tuple[str, str | None]] = []

    def declare(name: str, is_parameter: bool, value: str | None, *_: object) -> None:
        if (
            is_parameter
        ):  # an external set is not read; one with text is a building block
            value = "" if value is None else f"%{value}"
        found.append((name, value))

    def start(*_: object) -> None:
        raise _Started

    parser = expat.ParserCreate("utf-8")  # whatever the declaration still says
    parser.EntityDeclHandler = declare
    parser.StartElementHandler = start
    with suppress(_Started, expat.ExpatError):
        parser.Parse(data, True)
    return found


def _root_of(text: str) -> str:
    """The name of the first element, empty if there is none."""
    found = _ROOT.search(_NOT_MARKUP.sub("", text[:20_000]))
    return found[1] if found else ""


def _is_html(root: str) -> bool:
    return root.lower() in {"html", "head", "body"}


def _what_came(text: str, root: str) -> str:
    lower = text.lower()
    if _is_html(root) or "<html" in lower or "<body" in lower:
        login = re.search(r"type\s*=\s*[\"']?password", lower)
        return f"{'a login page' if login else 'an HTML page'} came, not a feed"
    if not root:
        return f"neither XML nor JSON came: {text.strip()[:60]!r}"
    if f"</{root.lower()}" not in lower:
        return f"the XML breaks off inside <{root:.80}>"
    return f"XML came that is no feed: its root is <{root:.80}>"


def _broken(reason: str, sample: str) -> BadPayload:
    return BadPayload(f"feed is broken: {reason}", sample)
