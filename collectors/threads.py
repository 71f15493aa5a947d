"""Threads, by Meta's keyword search: for applications that passed its review.

Empty answers are free, and also what "sensitive" words get: an empty one proves little.
Traps and field map: platforms.md section 18.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _meta, _newest_first
from collectors._asking import address_faults
from collectors._json import bad, decode, local_id, mapping
from collectors._matching import names
from collectors.base import (
    NOTHING,
    Author,
    BrokenRecord,
    Budget,
    Card,
    Charge,
    Copy,
    Duties,
    Kind,
    Media,
    Pace,
    Page,
    Post,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
)
from collectors.text import (
    find_hashtags,
    find_links,
    links,
    parse_time,
    tags,
    web_url,
    words,
)

API = "https://graph.threads.net/v1.0"
LIMIT = 100
TOKEN = SecretSpec(
    "token",
    "THREADS_ACCESS_TOKEN",
    how=(
        "by Meta's app review: an app with threads_basic and threads_keyword_search, and a "
        "user's long-lived token for it"
    ),
    required=True,
)
OVERLAP = timedelta(hours=1)
_FIELDS = (
    "id,text,media_type,media_url,permalink,timestamp,username,has_replies,"
    "is_quote_post,is_reply,topic_tag,alt_text"
)
_USER = re.compile(r"[A-Za-z0-9_.-]{1,60}")


class Threads:
    """See `collectors.base.RequestCollector`, `Explains` and `Metered`."""

    slug: ClassVar[str] = "threads"
    docs: ClassVar[str] = "https://developers.facebook.com/docs/threads/keyword-search"
    card: ClassVar[Card] = Card(
        name="Threads",
        access="approval",
        gives="posts by topic tag or word",
        needs="an app that passed Meta's review, and a token for it",
        base_url=API,
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        keep=timedelta(days=30),
        why="what was deleted there is deleted here, which its interface does not tell "
        "(Meta Platform Terms): words that no walk has met again go after 30 days",
    )
    pace: ClassVar[Pace] = Pace(requests=30, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = (TOKEN,)
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, API)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """Others' posts cannot be asked for by their id."""
        return ("forward", "back", "settle")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        return _search(query, query.until if query.walk == "back" else None)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        body = mapping(decode(response))
        found = body.get("data")
        if not isinstance(found, list):
            raise bad(response, "a list of posts was due")

        def wanted(item: Mapping[str, Any]) -> Post | str:
            post = to_post(item)
            return post if names(post, query.terms) else "no term matched"

        items = _newest_first.read(found, wanted, name=_name, time=_time)
        after = _meta.after(body)
        older = _search(query, query.until, after=after) if after and found else None
        return _newest_first.page(items, query, older, overlap=OVERLAP)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:  # noqa: ARG002
        """What Meta's error codes mean. Raises Denied and RateLimited."""
        _meta.explain(response, TOKEN.env)
        return None

    def budgets(self, settings: Mapping[str, Any]) -> Sequence[Budget]:  # noqa: ARG002
        """2,200 questions in 24 hours; counted here by the day, and spread over it."""
        return (Budget("queries", 2200, "day", spread=True),)

    def price(
        self,
        request: httpx.Request,  # noqa: ARG002
        settings: Mapping[str, Any],  # noqa: ARG002
    ) -> Sequence[Charge]:
        """Each is one."""
        return (Charge("queries", 1),)

    def bill(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],  # noqa: ARG002
    ) -> Sequence[Charge]:
        """An empty answer is free."""
        return () if _meta.is_empty(response) else (Charge("queries", 1),)


def _search(
    query: Query, until: datetime | None, *, after: str | None = None
) -> httpx.Request:
    term = query.terms[0]
    params = {
        "q": term.value,
        "search_type": "RECENT",
        "search_mode": "TAG" if term.kind == "hashtag" else "KEYWORD",
        "limit": str(LIMIT),
        "fields": _FIELDS,
    }
    if floor := _newest_first.floor(query, OVERLAP):
        params["since"] = str(int(floor.astimezone(UTC).timestamp()))
    if until is not None and query.walk == "back":
        params["until"] = str(int(until.timestamp()))
    if after:
        params["after"] = after
    return _meta.get(query.settings, f"{query.base_url}/keyword_search", params, TOKEN)


def _name(item: Mapping[str, Any]) -> str | None:
    found = local_id(item.get("id"))
    return found if found and found.isdigit() else None


def _time(item: Mapping[str, Any]) -> datetime | None:
    return parse_time(words(item.get("timestamp")), lenient=True)


def to_post(item: Mapping[str, Any]) -> Post:
    """An item as a Post. Raises BrokenRecord. A post has one topic tag, which need not
    stand in its text."""
    here, user = _name(item), words(item.get("username"))
    if here is None:
        raise BrokenRecord("it has no id")
    if user is None or not _USER.fullmatch(user):
        raise BrokenRecord("it has no author")
    text, url = words(item.get("text")) or "", web_url(item.get("media_url"))
    kind: Kind = "post"
    if item.get("is_quote_post") is True:
        kind = "quote"
    elif item.get("is_reply") is True:
        kind = "reply"
    medium = (words(item.get("media_type")) or "file").casefold()
    return Post(
        platform="threads",
        uri=f"threads:{here}",
        url=web_url(item.get("permalink")),
        kind=kind,
        author=Author(
            platform="threads",
            uri=f"threads:user:{user.casefold()}",
            handle=user,
            url=f"https://www.threads.net/@{user}",
        ),
        text=text,
        published_at=_time(item),
        hashtags=tags([item.get("topic_tag"), *find_hashtags(text)]),
        links=links(find_links(text)),
        media=(Media(medium, url, alt=words(item.get("alt_text"))),) if url else (),
        copies=(Copy("local_id", here),),
    )


COLLECTOR: RequestCollector = Threads()
