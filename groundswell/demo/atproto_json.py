"""Records, views and events as Bluesky writes them (platforms.md section 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from groundswell.demo.ids import cid, did, fraction, micros, tid, timestamp
from groundswell.demo.mastodon_json import content
from groundswell.demo.records import SERVERS, Body, Person, Post, Token, plain, shown

Json = dict[str, Any]
POSTS = "app.bsky.feed.post"
_FACET = "app.bsky.richtext.facet"
_EMBED = "app.bsky.embed"
_PICTURE = {"$type": "blob", "mimeType": "image/png", "size": 1234}


def facets(body: Body) -> list[Json]:
    """Where a body's tags, links and mentions stand, in bytes of UTF-8."""
    found, place, glue = [], 0, b""
    for token in body:
        if token.kind == "break":
            glue = b"\n\n"
            continue
        begin = place + len(glue)
        place, glue = begin + len(shown(token).encode()), b" "
        feature = _feature(token)
        if feature is not None:
            index = {"byteStart": begin, "byteEnd": place}
            found.append({"index": index, "features": [feature]})
    return found


def _feature(token: Token) -> Json | None:
    if token.kind == "tag":
        return {"$type": f"{_FACET}#tag", "tag": token.text}
    if token.kind == "link":
        return {"$type": f"{_FACET}#link", "uri": token.url}
    if token.kind == "mention" and token.url.startswith("did:"):
        return {"$type": f"{_FACET}#mention", "did": token.url}
    return None


def reference(post: Post, at: datetime) -> Json:
    """A strong reference: uri and cid. The post must be on Bluesky."""
    version = post.version(at) if post.author.network == "bluesky" else 0
    return {"uri": post.at_uri, "cid": cid(post.at_uri, version)}


def record(post: Post, at: datetime) -> Json:
    """The record that the author's program wrote, as it is at a moment."""
    native = post.author.network == "bluesky"
    body = post.body(at) if native else post.versions[0].body
    made: Json = {
        "$type": POSTS,
        "createdAt": timestamp(post.claimed_at),
        "text": plain(body),
    }
    # Some programs write a tag without its facet.
    if fraction(post.at_uri, "facets") >= 0.02:
        made["facets"] = facets(body)
    if post.declared is not None:
        made["langs"] = [post.declared]
    if post.reply_to is not None and post.reply_to.at_uri is not None:
        made["reply"] = _reply(post.reply_to, at)
    if not native:
        made["bridgyOriginalUrl"] = post.url
        made["bridgyOriginalText"] = content(body, SERVERS[0])
    embed = _embed(post, at)
    return made | ({"embed": embed} if embed else {})


def _reply(parent: Post, at: datetime) -> Json:
    root = parent
    while root.reply_to is not None and root.reply_to.at_uri is not None:
        root = root.reply_to
    return {"root": reference(root, at), "parent": reference(parent, at)}


def _embed(post: Post, at: datetime) -> Json | None:
    media = _media(post)
    quoted = post.quote_of
    if quoted is None or quoted.at_uri is None:
        return media
    inner = {"$type": f"{_EMBED}.record", "record": reference(quoted, at)}
    if media is None:
        return inner
    return {"$type": f"{_EMBED}.recordWithMedia", "record": inner, "media": media}


def _media(post: Post) -> Json | None:
    if post.picture is not None:
        link = {"$link": cid(post.number, "picture")}
        picture = {"alt": post.picture[0] or "", "image": {**_PICTURE, "ref": link}}
        return {"$type": f"{_EMBED}.images", "images": [picture]}
    if post.link is None:
        return None
    url, title = post.link
    external = {"uri": url, "title": title, "description": "An invented page."}
    return {"$type": f"{_EMBED}.external", "external": external}


def repo(person: Person) -> str:
    """The account that posts for a person on Bluesky: their own, or the bridge's."""
    if person.network == "bluesky":
        return person.uri
    return did(f"bridge/{person.user}")


def handle(person: Person, at: datetime) -> str:
    """The handle of `repo` at a moment."""
    if person.network == "bluesky":
        return person.handle(at)
    return f"{person.user}.{person.host}.ap.brid.gy"


def author(person: Person, at: datetime) -> Json:
    """profileViewBasic."""
    labels = []
    if person.opt_out == "no_unauthenticated":
        profile = f"at://{person.uri}/app.bsky.actor.profile/self"
        labels = [{"src": person.uri, "uri": profile, "val": "!no-unauthenticated"}]
    if person.bot:
        labels.append({"src": repo(person), "uri": repo(person), "val": "bot"})
    return {
        "did": repo(person),
        "handle": handle(person, at),
        "displayName": person.name,
        "labels": labels,
        "createdAt": timestamp(person.joined),
    }


def view(post: Post, at: datetime) -> Json:
    """postView: the record with its author and counts."""
    counts = post.counts(at)
    told = {
        **reference(post, at),
        "author": author(post.author, at),
        "record": record(post, at),
        "replyCount": counts.replies,
        "repostCount": counts.reposts,
        "likeCount": counts.likes,
        "quoteCount": counts.quotes,
        "indexedAt": timestamp(post.indexed_at or post.created_at),
        "labels": [],
    }
    shown_embed = _embed_view(post, at)
    return told | ({"embed": shown_embed} if shown_embed else {})


def _embed_view(post: Post, at: datetime) -> Json | None:
    media, quoted = _media_view(post), post.quote_of
    if quoted is None or quoted.at_uri is None:
        return media
    inner = {"$type": f"{_EMBED}.record#view", "record": _quoted_view(quoted, at)}
    if media is None:
        return inner
    kind = f"{_EMBED}.recordWithMedia#view"
    return {"$type": kind, "record": inner, "media": media}


def _quoted_view(quoted: Post, at: datetime) -> Json:
    if quoted.deleted(at) or quoted.withheld(at):
        kind = f"{_EMBED}.record#viewNotFound"
        return {"$type": kind, "uri": quoted.at_uri, "notFound": True}
    return {
        "$type": f"{_EMBED}.record#viewRecord",
        **reference(quoted, at),
        "author": author(quoted.author, at),
        "value": record(quoted, at),
        "labels": [],
        "indexedAt": timestamp(quoted.indexed_at or quoted.created_at),
    }


def _media_view(post: Post) -> Json | None:
    media = _media(post)
    if media is None:
        return None
    if post.picture is None:
        return {**media, "$type": f"{_EMBED}.external#view"}
    base = f"https://cdn.bsky.example/{post.number}"
    picture = {"thumb": f"{base}-small.png", "fullsize": f"{base}.png"}
    alt = {"alt": post.picture[0] or ""}
    return {"$type": f"{_EMBED}.images#view", "images": [picture | alt]}


def commit(post: Post, operation: str, time_us: int, at: datetime) -> Json:
    """A Jetstream commit event about a post; a deletion carries no record."""
    person, rkey = repo(post.author), str(post.at_uri).rsplit("/", 1)[-1]
    told: Json = {
        "rev": tid(at, post.number),
        "operation": operation,
        "collection": POSTS,
        "rkey": rkey,
    }
    if operation != "delete":
        told |= {"record": record(post, at), "cid": reference(post, at)["cid"]}
    return {"did": person, "time_us": time_us, "kind": "commit", "commit": told}


def account_event(person: str, time_us: int, at: datetime, state: str) -> Json:
    """A Jetstream account event. state: active, deactivated, deleted …"""
    told: Json = {
        "active": state == "active",
        "did": person,
        "seq": time_us // 1000,
        "time": timestamp(at),
    }
    if state != "active":
        told["status"] = state
    return {"did": person, "time_us": time_us, "kind": "account", "account": told}


def identity_event(person: Person, time_us: int, at: datetime) -> Json:
    """A Jetstream identity event: a handle that changed."""
    told = {
        "did": repo(person),
        "handle": handle(person, at),
        "seq": micros(at) // 1000,
        "time": timestamp(at),
    }
    return {
        "did": repo(person),
        "time_us": time_us,
        "kind": "identity",
        "identity": told,
    }
