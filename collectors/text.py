"""Text as platforms send it, made plain: HTML, times, links, tags, hostile characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from dateutil import parser as dateutil_parser
from selectolax.lexbor import LexborHTMLParser, LexborNode
from yarl import URL

from collectors.base import normal_tag

# Python's \w leaves out the marks that Hindi, Thai and accents are written with.
_MARKS = "".join(
    chr(code)
    for code in range(0x300, 0x10000)
    if unicodedata.category(chr(code))[0] == "M"
)
# A tag as Mastodon and Bluesky read it: after "#" letters, marks, digits, "_" and the
# middle dots, with at least one letter; "＃" is the full-width sign.
_TAG = re.compile(rf"(?<![\w&/])[#＃]([\w{_MARKS}·・]*[^\W\d_][\w{_MARKS}·・]*)")
# The same pages are linked to, and the same people write, again and again.
_REMEMBERED = 4096
_TOO_MANY = 2**63  # more than a database's integer holds
_URL = re.compile(r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)
_URL_TAIL = ".,;:!?'\")]}…*_"
_BLOCKS = {
    "p", "div", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "tr",
    "ul", "ol", "table", "section", "article", "figure", "hr", "td", "th", "dt", "dd",
}  # fmt: skip
_UNSEEN = {"script", "style", "head", "template", "noscript", "iframe", "svg", "math"}

# Embeddings, overrides and isolates reorder what a reader sees; marks (U+200E/F) stay,
# right-to-left writing needs them.
_BIDI = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_CONTROL = "".join(
    chr(code)
    for code in [*range(0x20), *range(0x7F, 0xA0)]
    if chr(code) not in "\n\t\r"
)
_DROP = str.maketrans("", "", _BIDI + _CONTROL + "\ufeff")

# What yarl raises for a broken address; IndexError for "http://[]@" (yarl 1.25.1).
UNREADABLE = (ValueError, IndexError)

# Parameters that only say how a reader came to a page.
_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|ref_src|ref_url|_hs\w+)$"
)


def clean(text: str) -> str:
    """NFC, one kind of line end, no control or bidi-reordering characters, trimmed.

    Lone surrogates, which no database takes, become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    sound = _without_surrogates(text) if _has_surrogates(text) else text
    lines = sound.replace("\r\n", "\n").replace("\r", "\n").translate(_DROP)
    return unicodedata.normalize("NFC", lines).strip()


def _without_surrogates(text: str) -> str:
    # Through UTF-16, where two halves that belong together find each other again.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


# The parser's time grows with the square of the nesting: 1 MB of "<div>" took minutes.
_TAGS_AT_ONCE = 5000


def _pieces(html: str) -> Iterator[str]:
    """An HTML fragment in parts of bounded nesting; ordinary ones are one part."""
    sound = clean(html)
    start = 0
    while start < len(sound):
        end = start
        for _ in range(_TAGS_AT_ONCE):
            end = sound.find("<", end + 1)
            if end < 0:
                end = len(sound)
                break
        yield sound[start:end]
        start = end


def html_to_text(html: str) -> str:
    """Plain text of an HTML fragment: br and block ends become newlines.

    Left out: scripts and styles, spans of class "invisible" (Mastodon hides a link's
    ends in them; the whole address is in the href) and "quote-inline" (its fallback for
    quotes, platforms.md section 3).
    """
    parts: list[str] = []
    for piece in _pieces(html):
        body = LexborHTMLParser(piece).body
        if body is not None:
            _walk_text(body, parts)
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(parts))
    return clean(re.sub(r"\n{3,}", "\n\n", text))


def _walk_text(root: LexborNode, parts: list[str]) -> None:
    """Depth first without recursion: hostile HTML can nest deeper than Python's stack."""
    stack: list[LexborNode | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
        elif node.tag == "-text":
            # White space in HTML source is layout, not text.
            parts.append(re.sub(r"\s+", " ", node.text_content or ""))
        elif node.tag == "br":
            parts.append("\n")
        elif not _hidden(node):
            if node.tag in _BLOCKS:
                parts.append("\n")
                stack.append("\n\n" if node.tag == "p" else "\n")
            stack.extend(reversed(list(node.iter(include_text=True))))


def _hidden(node: LexborNode) -> bool:
    if node.tag in _UNSEEN:
        return True
    classes = (node.attributes.get("class") or "").split()
    return "invisible" in classes or "quote-inline" in classes


def html_links(html: str) -> list[tuple[str, str]]:
    """Each `a href` of a fragment with its class attribute, in order."""
    return [
        (a.attributes.get("href") or "", a.attributes.get("class") or "")
        for piece in _pieces(html)
        for a in LexborHTMLParser(piece).css("a[href]")
    ]


def find_hashtags(text: str) -> list[str]:
    """The hashtags written in a text, normal form, in order, links left out."""
    return [normal_tag(found) for found in _TAG.findall(_URL.sub(" ", text))]


_NO_BOTS = {"nobot", "nobots", "noindex"}


def wants_no_bots(bio: object) -> bool | None:
    """Whether a profile's words ask to be left out (#nobot, #noindex); None without one."""
    if not isinstance(bio, str):
        return None
    return not _NO_BOTS.isdisjoint(find_hashtags(html_to_text(bio)))


def find_links(text: str) -> list[str]:
    """The http(s) addresses written in a text, without trailing punctuation."""
    return [_trim_link(found) for found in _URL.findall(text)]


def _trim_link(link: str) -> str:
    trimmed = link.rstrip(_URL_TAIL)
    if link[len(trimmed) :].startswith(")") and "(" in trimmed:
        return trimmed + ")"
    return trimmed


def tags(names: Iterable[object]) -> tuple[str, ...]:
    """Tag names as a Post holds them: normal form, sorted, unique, empty ones left out."""
    normal = {normal_tag(clean(name)) for name in names if isinstance(name, str)}
    return tuple(sorted(tag for tag in normal if tag and not tag.startswith("#")))


def links(urls: Iterable[object]) -> tuple[str, ...]:
    """Addresses as a Post holds them: absolute http(s), tidy, unique, in order."""
    tidy = (tidy_url(url) for url in urls)
    return tuple(dict.fromkeys(url for url in tidy if url is not None))


def tidy_url(url: object) -> str | None:
    """One http(s) address: lower-case host, no default port, fragment or tracking.

    None for anything else (relative, javascript:, a broken host, no text at all).
    """
    return _tidied(url) if isinstance(url, str) else None


@lru_cache(_REMEMBERED)
def _tidied(url: str) -> str | None:
    try:
        parsed = URL(clean(url))
        if not _is_web(parsed):
            return None
        kept = [
            (k, v) for k, v in parsed.query.items() if not _TRACKING.match(k.lower())
        ]
        if len(kept) != len(parsed.query):
            parsed = parsed.with_query(kept)
        return str(parsed.with_fragment(None).with_user(None))
    except UNREADABLE:
        return None


def web_url(url: object) -> str | None:
    """An address to link to, as given, when it is absolute http(s); else None."""
    return _linkable(url) if isinstance(url, str) else None


@lru_cache(_REMEMBERED)
def _linkable(url: str) -> str | None:
    try:
        parsed = URL(clean(url))
        return str(parsed) if _is_web(parsed) else None
    except UNREADABLE:
        return None


def _is_web(url: URL) -> bool:
    """Whether it is absolute http(s) with a host; yarl lets a space in a host pass."""
    host = url.host or ""
    return url.scheme in {"http", "https"} and bool(host) and not re.search(r"\s", host)


def parse_time(value: object, *, lenient: bool = False) -> datetime | None:
    """A moment in aware UTC from ISO 8601 text or unix seconds; None if it is neither.

    A time without a zone is taken as UTC. lenient: also the forms that feeds use.
    """
    try:
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        return _parse_text_time(str(value).strip(), lenient=lenient)
    except (ValueError, OverflowError, OSError):
        return None


def _parse_text_time(text: str, *, lenient: bool) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if not lenient:
            raise
        moment = dateutil_parser.parse(text, tzinfos=_zone)
    if moment.utcoffset() is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


# Zone names in feeds (RFC 822 section 5.1, and British Summer Time), hours from UTC.
ZONES = {
    "BST": 1, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7,
}  # fmt: skip


def _zone(name: str | None, offset_s: int | None) -> int | None:
    """A written zone in seconds; None (then UTC) if unknown, never this machine's own."""
    if offset_s is not None:
        return offset_s
    hours = ZONES.get(name or "")
    return None if hours is None else hours * 3600


def count(value: object) -> int | None:
    """A count that a platform sent, None where it is missing, negative or no number."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < _TOO_MANY else None


def words(value: Any) -> str | None:  # noqa: ANN401 - JSON values have any type
    """Text that a platform sent, cleaned; None where it is missing, empty or no text."""
    return (clean(value) or None) if isinstance(value, str) else None
