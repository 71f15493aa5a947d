"""Public channels of Telegram, by the web pages that show them: one channel a source.

A page holds about twenty messages, oldest first; `before` asks for those below a number.
A channel that shows no preview cannot be read. Traps: platforms.md section 19.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import httpx

from collectors import _html, _newest_first
from collectors import _telegram_posts as posts
from collectors._asking import first_known, known_of, next_known
from collectors._html import Element
from collectors._matching import matches
from collectors.base import (
    NOTHING,
    TERM_KINDS,
    BadPayload,
    BrokenRecord,
    Card,
    Duties,
    Gone,
    Known,
    Pace,
    Page,
    Post,
    Query,
    Rejected,
    RequestCollector,
    SecretSpec,
    Term,
    TermKind,
    Walk,
)

_EXAMPLE = "https://t.me/channelname"
_MESSAGES = ".tgme_widget_message[data-post]"


class Telegram:
    """See `collectors.base.RequestCollector` and `Explains`."""

    slug: ClassVar[str] = "telegram"
    docs: ClassVar[str] = "https://core.telegram.org/widgets/post"
    card: ClassVar[Card] = Card(
        name="Telegram",
        access="open",
        gives="messages of public channels that you name",
        needs="nothing; a channel that shows its messages on the web",
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        why="name channels, not people; what a channel takes back goes here as well"
    )
    # Pages for people: read them no faster than people would.
    pace: ClassVar[Pace] = Pace(requests=6, per_s=60, pages=30)
    scope: ClassVar[Literal["term", "source"]] = "source"
    kinds: ClassVar[frozenset[TermKind]] = TERM_KINDS - {"feed"}
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        base = settings.get("base_url")
        if _channel(settings) is None:
            return [f"base_url must be a channel's address: {_EXAMPLE}."]
        is_open = str(base).startswith("https://")
        if not is_open and settings.get("allow_private") is not True:
            return ["base_url must begin with https://."]
        return []

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The newest page, or where a back walk stopped."""
        if query.walk == "recheck":
            return first_known(query, _around)
        place = query.checkpoint if query.walk == "back" else None
        return _below(query, place if place and place.isdigit() else None)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        found = _messages(response)
        if query.walk == "recheck":
            return _recheck(response, found, query)
        read = _read(found, query.terms)
        numbers = [n for n in map(posts.number, found) if n is not None]
        lowest = min(numbers, default=0)
        older = _below(query, str(lowest)) if lowest > 1 else None
        return _newest_first.page(read, query, older, cursor=str(lowest) or None)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:  # noqa: ARG002
        """A channel without a preview. Raises Gone."""
        if response.is_success and b"tgme_page" in response.content:
            raise Gone(
                "this channel shows no messages on the web: it is private, has no preview, "
                "or does not exist"
            )
        return None


def _channel(settings: Mapping[str, Any]) -> str | None:
    """The channel of a source's address: https://t.me/NAME or https://t.me/s/NAME."""
    try:
        parts = urlsplit(str(settings.get("base_url", "")))
    except ValueError:
        return None
    found = parts.path.strip("/").removeprefix("s/")
    sound = parts.scheme in {"http", "https"} and parts.hostname and not parts.query
    return found if sound and posts.CHANNEL.fullmatch(found) else None


def _below(query: Query, before: str | None) -> httpx.Request:
    parts = urlsplit(query.base_url)
    address = f"{parts.scheme}://{parts.netloc}/s/{_channel(query.settings)}"
    return httpx.Request("GET", address, params={"before": before} if before else {})


def _messages(response: httpx.Response) -> list[Element]:
    """The messages of a page, newest first. Raises BadPayload."""
    html = response.content.decode("utf-8", "replace")
    body = _html.page(html) if "<" in html else None
    found = body.all(_MESSAGES) if body else []
    if not found and (body is None or body.first(".tgme_channel_history") is None):
        raise BadPayload("a channel's page was due", html[:500])
    return list(reversed(found))


def _read(
    found: Sequence[Element], terms: Sequence[Term] | None
) -> _newest_first.Items:
    """The messages that carry a term; all where terms is None."""
    kept: list[Post] = []
    rejected: list[Rejected] = []
    unmatched = 0
    for place, message in enumerate(found):
        try:
            post = posts.to_post(message)
        except BrokenRecord as error:
            item = posts.name(message) or f"message {place + 1}"
            rejected.append(Rejected(item, str(error)))
            continue
        if terms is None or matches(post, terms):
            kept.append(post)
        else:
            unmatched += 1
    times = tuple(t for t in map(posts.published_at, found) if t is not None)
    skipped = {"no term matched": unmatched} if unmatched else {}
    return _newest_first.Items(tuple(kept), tuple(rejected), skipped, times)


def _around(query: Query, known: Known) -> httpx.Request | None:
    """The page that ends with a known message."""
    here = known.local_id or known.uri.rpartition("/")[2]
    return _below(query, str(int(here) + 1)) if here.isdigit() else None


def _recheck(response: httpx.Response, found: Sequence[Element], query: Query) -> Page:
    """The known message where it is there; a gap where it stood says that it is gone."""
    known = known_of(response, query)
    follows = next_known(response, query, _around)
    there = [
        m for m in found if known and posts.uri_of(m.get("data-post")) == known.uri
    ]
    if known is not None and not there:
        return Page(deletions=(known.uri,), next=follows)
    read = _read(there[:1], None)
    return Page(posts=read.posts, rejected=read.rejected, next=follows)


COLLECTOR: RequestCollector = Telegram()
