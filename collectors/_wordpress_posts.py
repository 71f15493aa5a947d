"""An article of a WordPress site, by its REST API, as a Post: the same article, author and
tags that the site's feed gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from collectors._json import mapping, mappings
from collectors._press import as_tags, author_uri, is_uri
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
    find_hashtags,
    find_links,
    html_links,
    html_to_text,
    links,
    parse_time,
    tags,
    web_url,
    words,
)

Article = Mapping[str, Any]
# A site touches an article when it publishes it; that is no edit.
_EDIT_AFTER = timedelta(minutes=1)


def name(article: Article) -> str | None:
    """The article's number on its site."""
    number = article.get("id")
    is_number = isinstance(number, int) and not isinstance(number, bool)
    return str(number) if is_number and 0 < int(str(number)) < 2**63 else None


def published_at(article: Article) -> datetime | None:
    """When it was published. `date` is in the site's own time, `date_gmt` is not."""
    return parse_time(article.get("date_gmt"))


def modified_at(article: Article) -> datetime | None:
    """When it was last changed."""
    return parse_time(article.get("modified_gmt"))


def unwanted(article: Article) -> str | None:
    """Why an article is not taken in; None where it is."""
    if mapping(article.get("content")).get("protected") is True:
        return "it wants a password"
    status = article.get("status", "publish")
    return None if status == "publish" else "it is not published"


def to_post(article: Article, base_url: str) -> Post:
    """An article as a Post. Raises BrokenRecord. base_url: the site that was asked."""
    url, here = web_url(article.get("link")), name(article)
    guid = words(mapping(article.get("guid")).get("rendered"))
    uri = guid if guid and is_uri(guid) else url
    if uri is None or here is None:
        raise BrokenRecord("it has no guid, link or id")
    html = _rendered(article, "content")
    text, title = html_to_text(html), html_to_text(_rendered(article, "title")) or None
    published, modified = published_at(article), modified_at(article)
    is_edit = published and modified and modified - published > _EDIT_AFTER
    return Post(
        platform="wordpress",
        uri=uri,
        url=url,
        kind="article",
        author=_author(article, urlsplit(url or base_url).hostname or "unknown"),
        text=text,
        title=title,
        published_at=published,
        edited_at=modified if is_edit else None,
        hashtags=tags(
            [*as_tags(_terms(article)), *find_hashtags(f"{title or ''}\n{text}")]
        ),
        links=links([*(href for href, _ in html_links(html)), *find_links(text)]),
        media=tuple(_media(article)),
        copies=(Copy("local_id", here), *([Copy("url", url)] if url else [])),
    )


def _rendered(article: Article, key: str) -> str:
    found = mapping(article.get(key)).get("rendered")
    return found if isinstance(found, str) else ""


def _embedded(article: Article, key: str) -> list[object]:
    found = mapping(article.get("_embedded")).get(key)
    return found if isinstance(found, list) else []


def _terms(article: Article) -> Iterator[str]:
    """The names of its tags and categories."""
    for group in _embedded(article, "wp:term"):
        for term in mappings(group):
            found = term.get("name")
            if isinstance(found, str):
                yield html_to_text(found)


def _media(article: Article) -> Iterator[Media]:
    for item in mappings(_embedded(article, "wp:featuredmedia")):
        url = web_url(item.get("source_url"))
        if url is not None:
            kind = words(item.get("media_type")) or "file"
            yield Media(kind, url, alt=words(item.get("alt_text")))


def _author(article: Article, host: str) -> Author:
    """Who is named, else the site: as its feed tells it."""
    people = mappings(_embedded(article, "author"))
    found = words(people[0].get("name")) if people else None
    if found is None:
        return Author(platform="feed", uri=f"https://{host}/", display_name=host)
    return Author(platform="feed", uri=author_uri(host, found), display_name=found)
