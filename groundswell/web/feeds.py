"""What the Atom feeds say: rows of the published queries to entries. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from db.times import from_text, to_text
from groundswell.exports.links import safe_url
from groundswell.web import atom, pages, words
from groundswell.web.atom import Entry
from groundswell.web.data import Row
from groundswell.web.filters import excerpt, linkify

# A path on this server as an absolute address.
Absolute = Callable[[str], str]
TITLES = {"alerts": "alerts", "notable": "most shared posts", "posts": "posts"}
FILTERS = ("platform", "lang", "sentiment", "term", "q")  # of the feeds of posts
_HOURS = timedelta(hours=6)  # shown before and after an alert
_TITLE = 90  # characters


def post(row: Row, absolute: Absolute) -> Entry:
    """A post of newest_posts or most_shared. Its id is made of its uri, which stays."""
    shown = pages.post(row)
    ours = absolute(f"/campaigns/posts/{row['id']}")
    there = safe_url(row["url"])
    return Entry(
        id=atom.name_of("post", row["uri"]),
        title=_title(row),
        updated=row["published_at"],
        published=row["published_at"],
        author=row["author"] or row["handle"] or "",
        author_url=safe_url(row["author_url"]),
        link=there or ours,
        related=ours if there else None,
        category=row["platform"],
        html=_post_html(shown),
    )


def alert(row: Row, slug: str, absolute: Absolute) -> Entry:
    """An alert of the campaign, linked to its page at that time."""
    kind = words.alert(row["rule"])
    at = from_text(row["raised_at"])
    span = {"from": to_text(at - _HOURS), "to": to_text(at + _HOURS)}
    around = urlencode(
        {**span, **({"platform": row["platform"]} if row["platform"] else {})}
    )
    told = (slug, row["rule"], row["platform"] or "", row["subject"], row["raised_at"])
    key = ":".join(told)
    return Entry(
        id=atom.name_of("alert", key),
        title=f"{kind}: {row['summary']}",
        updated=row["resolved_at"] or row["raised_at"],
        published=row["raised_at"],
        author="Groundswell",
        author_url=None,
        link=absolute(f"{page_of(slug)}?{around}"),
        related=None,
        category=row["rule"],
        html=_alert_html(row, absolute),
    )


def page_of(slug: str) -> str:
    """The path of a campaign's page."""
    return f"/-/campaign/{quote(slug, safe='')}"


def address(slug: str, name: str, params: Mapping[str, str]) -> str:
    """The path of a campaign's feed."""
    given = {key: value for key, value in params.items() if value}
    path = f"/-/feed/{quote(slug, safe='')}/{name}.atom"
    return f"{path}?{urlencode(given)}" if given else path


def offered(about: Row, filters: Mapping[str, str]) -> list[dict[str, str]]:
    """The feeds of a campaign's page; those of posts are narrowed as the page is."""
    return [
        {
            "label": TITLES[name],
            "title": f"{about['title']}: {TITLES[name]}",
            "path": address(about["campaign"], name, given),
        }
        for name, given in (
            ("alerts", {}),
            ("notable", filters),
            ("posts", filters),
        )
    ]


def updated(entries: Sequence[Entry], day: str) -> str:
    """When a feed last had news; `day`, UTC text, where there are no entries."""
    return max((entry.updated for entry in entries), default=day)


def _title(row: Row) -> str:
    if row["content_warning"]:
        return f"Content warning: {excerpt(row['content_warning'], _TITLE)}"
    told = row["title"] or row["text"] or ""
    shown = excerpt(told, _TITLE)
    return f"{shown} …" if len(shown) < len(told) else shown


def _post_html(shown: dict[str, Any]) -> Markup:
    text = shown["text"] or ""
    said = excerpt(text)
    left = len(text) - len(said)
    more = f" … ({words.number(left)} more characters)" if left else ""
    about = [shown["platform"], f"{words.time(shown['published_at'])} UTC"]
    about += [*shown["counts"], shown["sentiment_words"]]
    body = Markup('<p dir="auto"><bdi>{}</bdi>{}</p>').format(_lines(said), more)
    if shown["content_warning"]:
        warning = excerpt(shown["content_warning"], 200)
        body = Markup(
            "<details><summary>Content warning: <bdi>{}</bdi></summary>{}</details>"
        ).format(warning, body)
    return body + Markup("<p><small>{}</small></p>").format(" · ".join(about))


def _lines(text: str) -> Markup:
    return Markup("<br>").join(linkify(text).split("\n"))


def _alert_html(row: Row, absolute: Absolute) -> Markup:
    over = row["resolved_at"]
    state = f"Over by {words.time(over)} UTC." if over else "Still so."
    began = f"Found {words.time(row['raised_at'])} UTC on {row['platform']}."
    said = Markup("<p><bdi>{}</bdi></p>").format(row["summary"])
    told = [said, Markup("<p>{} {}</p>").format(began, state)]
    if row["posts"]:
        told.append(Markup("<p>{}</p>").format(_crowd(row)))
    links = [_linked(one) for one in _listed(row["links"])]
    examples = [_example(one, absolute) for one in _listed(row["examples"])]
    for head, items in (("Most shared links", links), ("Examples", examples)):
        if items:
            each = Markup("").join(Markup("<li>{}</li>").format(one) for one in items)
            told.append(Markup("<p>{}:</p><ul>{}</ul>").format(head, each))
    return Markup("").join(told)


def _crowd(row: Row) -> str:
    posts, voices = words.plural(row["posts"], "post"), row["voices"]
    told = f"In the quarter of an hour before: {posts}"
    if voices is not None:
        told += f" by {words.plural(voices, 'voice')}"
    if row["top_three_share"] is not None:
        told += f", {words.percent(row['top_three_share'], 1)} of them by three"
    if row["repeated_share"] is not None:
        told += f"; {words.percent(row['repeated_share'], 1)} say what another says"
    return f"{told}."


def _listed(text: str | None) -> list[Any]:
    """A column that holds a JSON list; empty where it holds none."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _linked(one: Any) -> Markup:  # noqa: ANN401 - whatever the JSON holds
    url, posts = (
        (one.get("url"), one.get("posts")) if isinstance(one, dict) else (one, 0)
    )
    shown = linkify(str(url)) if safe_url(str(url)) else escape(str(url))
    counted = f" ({words.plural(posts, 'post')})" if isinstance(posts, int) else ""
    return Markup("<bdi>{}</bdi>{}").format(shown, counted)


def _example(one: Any, absolute: Absolute) -> Markup:  # noqa: ANN401 - as above
    address = absolute(f"/campaigns/posts/{quote(str(one), safe='')}")
    return Markup('<a href="{}">post {}</a>').format(address, one)
