"""Statuses and accounts as Mastodon and Pleroma write them (platforms.md section 4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from typing import Any

from groundswell.demo import texts
from groundswell.demo.ids import cid, flake, timestamp
from groundswell.demo.records import (
    Body,
    Person,
    Post,
    Server,
    Token,
    bio,
    plain,
    shown,
)

Json = dict[str, Any]


def local_id(server: Server, post: Post) -> str:
    """The post's id on one server; it must have arrived there."""
    key = post.arrivals[server.slug].key
    return flake(key) if server.software == "pleroma" else str(key)


def knows(server: Server, post: Post, at: datetime) -> bool:
    """Whether a server shows a post at a moment."""
    arrival = post.arrivals.get(server.slug)
    arrived = arrival is not None and arrival.at <= at
    return arrived and post.visibility == "public" and not post.deleted(at)


def content(body: Body, server: Server) -> str:
    """A body as Mastodon's HTML: paragraphs, links with hidden ends, tags."""
    paragraphs: list[list[str]] = [[]]
    for token in body:
        if token.kind == "break":
            paragraphs.append([])
        else:
            paragraphs[-1].append(_html(token, server))
    return "".join(f"<p>{' '.join(parts)}</p>" for parts in paragraphs)


def _html(token: Token, server: Server) -> str:
    text, url = escape(token.text, quote=False), escape(token.url)
    if token.kind == "tag":
        href = f"https://{server.host}/tags/{text.lower()}"
        inner = f"#<span>{text}</span>"
        return f'<a href="{href}" class="mention hashtag" rel="tag">{inner}</a>'
    if token.kind == "mention":
        target = url if url.startswith("https:") else f"https://bsky.app/profile/{url}"
        return (
            f'<span class="h-card" translate="no"><a href="{target}" '
            f'class="u-url mention">@<span>{text}</span></a></span>'
        )
    if token.kind == "link":
        return _link(token.url, shown(token))
    return text


def _link(url: str, seen: str) -> str:
    rest = url.removeprefix("https://")[len(seen) :]
    kind = "ellipsis" if rest else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener">'
        f'<span class="invisible">https://</span><span class="{kind}">{escape(seen)}'
        f'</span><span class="invisible">{escape(rest)}</span></a>'
    )


def status(server: Server, post: Post, at: datetime, *, nested: bool = False) -> Json:
    """One status as a server shows it at a moment."""
    counts, edited_at = post.counts(at), post.edited_at(at)
    home = post.author.host == server.host
    part = 1.0 if home else 0.7  # another server hears of some of the boosts only
    told: Json = {
        "id": local_id(server, post),
        "created_at": timestamp(post.created_at),
        **_thread(server, post, at),
        "sensitive": bool(post.warning),
        "spoiler_text": post.warning,
        "visibility": "public",
        "language": post.declared,
        "uri": post.fed_uri,
        "url": post.url if post.author.network == "mastodon" else post.away_url,
        "replies_count": int(counts.replies * part),
        "reblogs_count": int(counts.reposts * part),
        "favourites_count": int(counts.likes * part),
        "edited_at": timestamp(edited_at) if edited_at else None,
        "content": content(post.body(at), server),
        "reblog": None,
        "application": None,
        "account": account(server, post.author, at),
        "media_attachments": _media(server, post),
        "mentions": _mentions(server, post),
        "tags": _tags(server, post, at),
        "emojis": [],
        "card": _card(post),
        "poll": _poll(post, at),
    }
    if server.software == "pleroma":
        return told | {"pleroma": _pleroma(server, post, at, nested=nested)}
    return (
        told | _quote(server, post, at, nested=nested) | {"quotes_count": counts.quotes}
    )


def _thread(server: Server, post: Post, at: datetime) -> Json:
    parent = post.reply_to
    if parent is None or not knows(server, parent, at):
        # The parent may be unknown here, or gone.
        return {"in_reply_to_id": None, "in_reply_to_account_id": None}
    return {
        "in_reply_to_id": local_id(server, parent),
        "in_reply_to_account_id": _account_id(server, parent.author),
    }


def _quote(server: Server, post: Post, at: datetime, *, nested: bool) -> Json:
    quoted = post.quote_of
    if quoted is None:
        return {"quote": None}
    if quoted.deleted(at):
        return {"quote": {"state": "deleted", "quoted_status": None}}
    if not knows(server, quoted, at):
        return {"quote": {"state": "pending", "quoted_status": None}}
    if nested:
        found = local_id(server, quoted)
        return {"quote": {"state": "accepted", "quoted_status_id": found}}
    inner = status(server, quoted, at, nested=True)
    fallback = f'<p class="quote-inline">RE: {_link(quoted.url, "post")}</p>'
    return {
        "content": fallback + content(post.body(at), server),
        "quote": {"state": "accepted", "quoted_status": inner},
    }


def _pleroma(server: Server, post: Post, at: datetime, *, nested: bool) -> Json:
    quoted = post.quote_of
    shows = quoted is not None and not nested and knows(server, quoted, at)
    return {
        "content": {"text/plain": plain(post.body(at))},
        "spoiler_text": {"text/plain": post.warning},
        "local": post.author.host == server.host,
        "emoji_reactions": [],
        "expires_at": None,
        "quote": status(server, quoted, at, nested=True) if quoted and shows else None,
        "quote_url": quoted.fed_uri if quoted else None,
    }


def _account_id(server: Server, person: Person) -> str:
    number = 10**14 + person.index * 7919 + len(server.slug)
    return flake(number) if server.software == "pleroma" else str(number)


def account(server: Server, person: Person, at: datetime) -> Json:
    """An author as one server shows them."""
    home = person.host == server.host
    url, uri, acct = person.url, person.uri, person.handle(at)
    if person.network == "bluesky":
        url = f"https://fed.brid.gy/r/{person.url}"
        uri = f"https://bsky.brid.gy/ap/{person.uri}"
        acct = f"{acct}@bsky.brid.gy"
    told: Json = {
        "id": _account_id(server, person),
        "username": acct.split("@")[0],
        "acct": person.user if home else acct,
        "display_name": person.name,
        "locked": False,
        "bot": person.bot,
        "discoverable": None if person.index % 5 else True,
        "group": False,
        "created_at": f"{person.joined.date()}T00:00:00.000Z",
        "note": f"<p>{escape(bio(person))}</p>",
        "url": url,
        "avatar": f"https://{server.host}/avatars/{person.index}.png",
        "followers_count": person.followers,
        "following_count": person.followers // 2,
        "statuses_count": 100 + person.index,
        "emojis": [],
        "fields": _fields(server, person),
    }
    if server.software == "pleroma":
        flags = {"hide_followers_count": False, "is_admin": False}
        return told | {"fqn": f"{acct}", "pleroma": flags}
    extra: Json = {"uri": uri, "indexable": person.indexable, "hide_collections": None}
    # A server knows this wish of its own accounts alone.
    return told | extra | ({"noindex": person.opt_out == "noindex"} if home else {})


def _fields(server: Server, person: Person) -> list[Json]:
    """The profile's links; Mastodon says which lead back. The bridge shows none."""
    if person.network == "bluesky":
        return []
    checked = timestamp(person.joined) if server.software == "mastodon" else None
    return [
        {"name": "Web", "value": _link(url, url[8:]), "verified_at": at}
        for urls, at in ((person.verified, checked), (person.claimed, None))
        for url in urls
    ]


def _media(server: Server, post: Post) -> list[Json]:
    if post.picture is None:
        return []
    name = f"https://{server.host}/media/{post.number}"
    return [
        {
            "id": str(post.number),
            "type": "image",
            "url": f"{name}.png",
            "preview_url": f"{name}-small.png",
            "remote_url": None,
            "description": post.picture[0],
            "blurhash": None,
            "meta": {"original": {"width": 800, "height": 600}},
        }
    ]


def _mentions(server: Server, post: Post) -> list[Json]:
    if post.reply_to is None:
        return []
    named = post.reply_to.author
    acct = named.handle(post.created_at)
    return [
        {
            "id": _account_id(server, named),
            "username": named.user,
            "url": named.url,
            "acct": named.user if named.host == server.host else acct,
        }
    ]


def _tags(server: Server, post: Post, at: datetime) -> list[Json]:
    names = [token.text for token in post.body(at) if token.kind == "tag"]
    base = f"https://{server.host}/tags"
    return [{"name": name, "url": f"{base}/{name.lower()}"} for name in names]


def _card(post: Post) -> Json | None:
    if post.link is None:
        return None
    url, title = post.link
    return {
        "url": url,
        "title": title,
        "description": "An invented page.",
        "type": "link",
        "authors": [],
        "provider_name": "",
        "html": "",
        "image": None,
    }


def _poll(post: Post, at: datetime) -> Json | None:
    if post.poll is None:
        return None
    _, options = texts.POLLS[post.poll]
    votes = [post.counts(at).likes // (place + 1) for place in range(len(options))]
    ends = post.created_at + timedelta(days=1)
    return {
        "id": cid(post.uri)[7:19],
        "expires_at": timestamp(ends),
        "expired": ends <= at,
        "multiple": False,
        "votes_count": sum(votes),
        "options": [
            {"title": title, "votes_count": count}
            for title, count in zip(options, votes, strict=True)
        ],
        "emojis": [],
    }
