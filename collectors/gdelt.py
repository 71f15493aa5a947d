"""The world's press, by GDELT's index of it: addresses and headlines, no text.

An answer holds at most 250 articles, so a walk goes down in slices of time, each ending at
the oldest moment that was read. Errors come as plain text or HTML, with 200 too. Traps and
field map: platforms.md section 11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _newest_first
from collectors._asking import address_faults
from collectors._json import bad, decode
from collectors._matching import has_phrase
from collectors.base import (
    Author,
    BrokenRecord,
    Card,
    Duties,
    Media,
    Pace,
    Page,
    Post,
    Query,
    RateLimited,
    RequestCollector,
    SecretSpec,
    TermKind,
    Unavailable,
    Walk,
)
from collectors.text import find_hashtags, parse_time, tags, tidy_url, web_url, words

API = "https://api.gdeltproject.org"
RECORDS = 250
# The index is a quarter of an hour behind, at times an hour.
OVERLAP = timedelta(hours=2)
_FULL = "more than 250 articles share one moment: GDELT shows no more of them"
_STAMP = "%Y%m%d%H%M%S"


class Gdelt:
    """See `collectors.base.RequestCollector` and `Explains`."""

    slug: ClassVar[str] = "gdelt"
    docs: ClassVar[str] = "https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/"
    card: ClassVar[Card] = Card(
        name="GDELT",
        access="open",
        gives="headlines of the world's press by word, of the last three months",
        needs="nothing",
        base_url=API,
    )
    duties: ClassVar[Duties] = Duties(why="name GDELT as the source, with a link to it")
    # It asks for one request in five seconds.
    pace: ClassVar[Pace] = Pace(requests=1, per_s=6, pages=40)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = {
        "country": 'only the press of one country, as GDELT writes it ("UK")',
        "language": 'only one language, in English ("english")',
    }

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        odd = [
            f"{key} must be one word, as GDELT writes it."
            for key in ("country", "language")
            if key in settings and not str(settings[key]).isalpha()
        ]
        return [*address_faults(settings, API), *odd]

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """An article that was seen is not looked at again: GDELT never forgets it."""
        return ("forward", "back", "settle")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        return _search(query, query.until if query.walk == "back" else None)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        body = decode(response)
        articles = body.get("articles", []) if isinstance(body, dict) else None
        if not isinstance(articles, list):
            raise bad(response, "a list of articles was due")
        items = _newest_first.read(articles, to_post, name=_name, time=_seen_at)
        full = _FULL if len(articles) >= RECORDS else None
        older, cut = _newest_first.before(response, query, items, _search, full=full)
        return _newest_first.page(items, query, older, overlap=OVERLAP, cut_short=cut)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:  # noqa: ARG002
        """What GDELT says in plain text. Raises RateLimited and Unavailable."""
        said = response.content[:200].decode("utf-8", "replace")
        if has_phrase(said, "limit requests"):
            raise RateLimited("GDELT asks for a pause of five seconds or more")
        if has_phrase(said, "timed out") or has_phrase(said, "try again"):
            raise Unavailable("GDELT is too busy to answer")
        return None


def _search(query: Query, until: datetime | None) -> httpx.Request:
    term = query.terms[0]
    wanted = [f'"{term.value}"' if " " in term.value else term.value]
    if country := query.settings.get("country"):
        wanted.append(f"sourcecountry:{country}")
    if language := query.settings.get("language"):
        wanted.append(f"sourcelang:{language}")
    params = {
        "query": " ".join(wanted),
        "mode": "artlist",
        "format": "json",
        "sort": "datedesc",
        "maxrecords": str(RECORDS),
    }
    if floor := _newest_first.floor(query, OVERLAP):
        params["startdatetime"] = _stamp(floor)
    if until is not None:
        params["enddatetime"] = _stamp(until)
    return httpx.Request("GET", f"{query.base_url}/api/v2/doc/doc", params=params)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_STAMP)


def _name(article: Mapping[str, Any]) -> str | None:
    return web_url(article.get("url"))


def _seen_at(article: Mapping[str, Any]) -> datetime | None:
    """When GDELT saw it, which is not when it was published: 20260220T063400Z."""
    return parse_time(words(article.get("seendate")))


def to_post(article: Mapping[str, Any]) -> Post:
    """An article of the list as a Post; its author is the publication. Raises
    BrokenRecord. No hashtag or word can be checked but in the headline: what GDELT says
    holds."""
    url = tidy_url(article.get("url"))
    if url is None:
        raise BrokenRecord("it has no address")
    title = words(article.get("title"))
    domain = words(article.get("domain")) or httpx.URL(url).host
    picture = web_url(article.get("socialimage"))
    return Post(
        platform="gdelt",
        uri=url,
        url=url,
        kind="article",
        author=Author(
            platform="gdelt",
            uri=f"https://{domain}/",
            handle=domain,
            url=web_url(f"https://{domain}/"),
        ),
        text="",
        title=title,
        published_at=_seen_at(article),
        hashtags=tags(find_hashtags(title or "")),
        links=(url,),
        media=(Media("image", picture),) if picture else (),
    )


COLLECTOR: RequestCollector = Gdelt()
