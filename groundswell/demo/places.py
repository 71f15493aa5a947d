"""Where a simulated post lives: its identity, its bridged copy, and the servers that
learn of it, each at its own time.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from random import Random

from groundswell.demo.ids import did, flake, snowflake, tid
from groundswell.demo.records import SERVERS, Arrival, Post, Server, uri_of_copy

_PLEROMA_HOSTS = {server.host for server in SERVERS if server.software == "pleroma"}


def placed(rng: Random, post: Post, *, late_share: float) -> Post:
    """The post with uri, url, copies and arrivals."""
    if post.author.network == "bluesky":
        return _on_bluesky(rng, post, late_share=late_share)
    return _on_mastodon(rng, post, late_share=late_share)


def _on_bluesky(rng: Random, post: Post, *, late_share: float) -> Post:
    # Now and then a client was off line: the post surfaces hours after its own time.
    delay = rng.uniform(0.2, 2.0) if rng.random() >= 0.005 else rng.uniform(1e3, 1e4)
    indexed_at = post.created_at + timedelta(seconds=delay)
    uri, url = _at_names(post.author.uri, post)
    found = replace(post, uri=uri, url=url, indexed_at=indexed_at)
    if not post.author.bridged:
        return found
    return replace(
        found,
        away_uri=uri_of_copy(uri),
        away_url=f"https://fed.brid.gy/r/{url}",
        arrivals=_arrivals(
            rng, found, after=timedelta(seconds=delay + 5), late_share=late_share
        ),
    )


def _on_mastodon(rng: Random, post: Post, *, late_share: float) -> Post:
    uri, url = _fed_names(post)
    arrivals = _arrivals(rng, post, after=timedelta(0), late_share=late_share)
    found = replace(post, uri=uri, url=url, arrivals=arrivals)
    if not post.author.bridged or post.visibility != "public":
        return found
    away_uri, away_url = _at_names(did(f"bridge/{post.author.user}"), post)
    carried_at = post.created_at + timedelta(seconds=rng.uniform(5, 600))
    return replace(found, away_uri=away_uri, away_url=away_url, indexed_at=carried_at)


def _at_names(repo: str, post: Post) -> tuple[str, str]:
    rkey = tid(post.created_at, post.number)
    return (
        f"at://{repo}/app.bsky.feed.post/{rkey}",
        f"https://bsky.app/profile/{repo}/post/{rkey}",
    )


def _fed_names(post: Post) -> tuple[str, str]:
    author, key = post.author, snowflake(post.created_at, post.number)
    if author.host in _PLEROMA_HOSTS:
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{author.uri}/{key}")
        return (
            f"https://{author.host}/objects/{name}",
            f"https://{author.host}/notice/{flake(key)}",
        )
    return f"{author.uri}/statuses/{key}", f"{author.url}/{key}"


def _arrivals(
    rng: Random, post: Post, *, after: timedelta, late_share: float
) -> dict[str, Arrival]:
    """Each server's arrival; the draws are the same whatever the shares are."""
    found = {}
    for server in SERVERS:
        known, late = rng.random() < server.knows, rng.random() < late_share
        quick = after + timedelta(seconds=min(rng.lognormvariate(1, 1.2), 600))
        slow = timedelta(hours=min(0.3 + rng.expovariate(1 / 5), 30))
        if post.author.host == server.host:
            key = snowflake(post.created_at, post.number)
            found[server.slug] = Arrival(post.created_at, key)
        elif known:
            found[server.slug] = _arrival(server, post, quick, slow=slow, late=late)
    return found


def _arrival(
    server: Server, post: Post, quick: timedelta, *, slow: timedelta, late: bool
) -> Arrival:
    """Delivered posts get an id from the arrival, fetched ones from their own time."""
    at = post.created_at + (slow if late else quick)
    id_at = post.created_at if late and server.backdates else at
    return Arrival(at, snowflake(id_at, post.number))
