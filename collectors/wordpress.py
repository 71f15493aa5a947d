"""A WordPress site's articles, by the REST API that comes with it.

A hashtag is looked for twice in one walk: as one of the site's tags (their ids are asked
for first), and as a word. A settle walk goes by the time of the last change, so that it
finds edits as well. Traps and field map: platforms.md section 13.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _newest_first, _wordpress_probe
from collectors._asking import address_faults, keeping, kept, number, then
from collectors._json import bad, decode, mapping, mappings
from collectors._matching import names
from collectors._press import as_tags
from collectors._wordpress_posts import (
    modified_at,
    name,
    published_at,
    to_post,
    unwanted,
)
from collectors.base import (
    NOTHING,
    BadPayload,
    Card,
    Denied,
    Duties,
    Known,
    Pace,
    Page,
    Post,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
    normal_tag,
)
from collectors.text import html_to_text, words

PER_PAGE = 100
# Where a word begins within a tag: Labour|Leaks, DNC|leaks is left whole.
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EXAMPLE = "https://www.example.org"
# `before` and `after` are in the site's local time, at most 14 hours from UTC.
_ZONES = timedelta(days=1)
_FIELDS = (
    "id,date_gmt,modified_gmt,guid,link,title,content,author,status,_links,_embedded"
)
_CLOSED = {"rest_not_logged_in", "rest_forbidden", "rest_login_required"}


class WordPress(_wordpress_probe.WordPressProbe):
    """See `collectors.base.RequestCollector`, `Explains` and `Probes`."""

    slug: ClassVar[str] = "wordpress"
    docs: ClassVar[str] = "https://developer.wordpress.org/rest-api/reference/posts/"
    card: ClassVar[Card] = Card(
        name="WordPress",
        access="open",
        gives="a site's articles by tag and word, with their history and edits",
        needs="nothing",
    )
    duties: ClassVar[Duties] = Duties(
        why="the words belong to the site: quote and link, do not republish"
    )
    pace: ClassVar[Pace] = Pace(requests=20, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, _EXAMPLE)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        if query.walk == "recheck":
            return _known(query, 0)
        if query.terms[0].kind == "hashtag":
            return _tags(query)
        return _articles(query, "word", 1)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        if query.walk == "recheck":
            return _recheck(response, query)
        if kept(response).get("part") == "tags":
            return _tag_ids(response, query)
        return _page(response, query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """What WordPress' error codes mean. Raises Denied."""
        code = _code(response)
        if code in _CLOSED or response.status_code == httpx.codes.UNAUTHORIZED:
            raise Denied(
                f"the site has closed its interface ({code or response.status_code}); "
                "its feed may be open: use platform feed"
            )
        if code == "rest_post_invalid_page_number" and query.walk != "recheck":
            return _ended(response, query)
        return None


def _code(response: httpx.Response) -> str | None:
    try:
        return words(mapping(decode(response)).get("code"))
    except BadPayload:
        return None


def _ask(query: Query, what: str, params: Mapping[str, str]) -> httpx.Request:
    address = _wordpress_probe.endpoint(query.settings, what)
    return httpx.Request("GET", address.copy_merge_params(dict(params)))


def _tags(query: Query) -> httpx.Request:
    """The site's tags by their short names: searching them for "LabourLeaks" does not
    find "Labour Leaks", whose short name is labour-leaks."""
    written = query.terms[0].value
    parts = _HUMPS.sub("-", written)
    slugs = dict.fromkeys((normal_tag(written), normal_tag(parts)))
    params = {"slug": ",".join(slugs), "per_page": "100", "_fields": "id,name"}
    return keeping(_ask(query, "tags", params), part="tags")


def _tag_ids(response: httpx.Response, query: Query) -> Page:
    """Which of the site's tags are the hashtag; then their articles, or the word's."""
    found = decode(response)
    if not isinstance(found, list):
        raise bad(response, "a list of tags was due")
    wanted = normal_tag(query.terms[0].value)
    ids = [
        str(tag["id"])
        for tag in mappings(found)
        if isinstance(tag.get("id"), int)
        and wanted in map(normal_tag, as_tags([html_to_text(str(tag.get("name", "")))]))
    ]
    if ids:
        return Page(next=_articles(query, "tag", 1, ids=",".join(ids[:20])))
    return Page(next=_articles(query, "word", 1))


def _articles(
    query: Query, part: str, page: int, *, ids: str | None = None
) -> httpx.Request:
    params = {
        "per_page": str(PER_PAGE),
        "page": str(page),
        "order": "desc",
        "orderby": "modified" if query.walk == "settle" else "date",
        "_embed": "author,wp:term,wp:featuredmedia",
        "_fields": _FIELDS,
    }
    if part == "tag":
        params["tags"] = ids or ""
    else:
        params["search"] = query.terms[0].value
    if query.walk == "back" and query.until is not None:
        params["before"] = _local(query.until + _ZONES)
    return keeping(_ask(query, "posts", params), part=part, page=page, ids=ids)


def _local(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


def _page(response: httpx.Response, query: Query) -> Page:
    articles = decode(response)
    if not isinstance(articles, list):
        raise bad(response, "a list of articles was due")
    part = kept(response).get("part", "word")

    def wanted(article: Mapping[str, Any]) -> Post | str:
        reason = unwanted(article)
        if reason is not None:
            return reason
        post = to_post(article, query.base_url)
        by_tag = part == "tag"
        return post if by_tag or names(post, query.terms) else "no term matched"

    clock = modified_at if query.walk == "settle" else published_at
    items = _newest_first.read(articles, wanted, name=name, time=clock)
    return _onward(response, query, items)


def _onward(response: httpx.Response, query: Query, items: _newest_first.Items) -> Page:
    at = kept(response)
    part, page, ids = at.get("part", "word"), number(at.get("page")) or 1, at.get("ids")
    more = page < number(response.headers.get("x-wp-totalpages"))
    older = _articles(query, part, page + 1, ids=ids) if more else None
    found = _newest_first.page(items, query, older)
    return then(found, _articles(query, "word", 1) if part == "tag" else None)


def _ended(response: httpx.Response, query: Query) -> Page:
    """Behind the last page: articles were taken away while we read."""
    return _onward(response, query, _newest_first.Items())


def _known(query: Query, at: int) -> httpx.Request:
    params = {
        "include": ",".join(_ids(query.known[at : at + PER_PAGE])) or "0",
        "per_page": str(PER_PAGE),
        "_embed": "author,wp:term,wp:featuredmedia",
        "_fields": _FIELDS,
    }
    return keeping(_ask(query, "posts", params), at=at)


def _ids(known: Sequence[Known]) -> list[str]:
    return [one.local_id for one in known if one.local_id and one.local_id.isdigit()]


def _recheck(response: httpx.Response, query: Query) -> Page:
    """Known articles in batches; one that does not come back was taken away."""
    articles = decode(response)
    if not isinstance(articles, list):
        raise bad(response, "a list of articles was due")
    at = number(kept(response).get("at"))
    asked = query.known[at : at + PER_PAGE]
    items = _newest_first.read(
        articles,
        lambda one: unwanted(one) or to_post(one, query.base_url),
        name=name,
        time=published_at,
    )
    there = {name(one) for one in mappings(articles) if unwanted(one) is None}
    gone = tuple(
        one.uri
        for one in asked
        if one.local_id and one.local_id.isdigit() and one.local_id not in there
    )
    more = at + PER_PAGE < len(query.known)
    return Page(
        posts=items.posts,
        rejected=items.rejected,
        skipped=items.skipped or {},
        deletions=gone,
        next=_known(query, at + PER_PAGE) if more else None,
    )


COLLECTOR: RequestCollector = WordPress()
