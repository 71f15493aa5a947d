"""What a collector ought to have found, told by the world itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.base import normal_tag
from groundswell.demo.articles import FEEDS
from groundswell.demo.items import Item
from groundswell.demo.records import SERVERS, Article, Post, State, plain
from groundswell.demo.world import World

LOOK_BACK = timedelta(hours=36)
JETSTREAM, SEARCH = "jetstream", "search"


@dataclass(frozen=True, slots=True)
class TruthPost:
    """One canonical post as it is at a moment. Sources are named by their slugs.

    names: every uri and url under which a source may show it, copies included.
    visible_at: when each source first served it, by the moment asked for.
    served: the sources that serve it at that moment.
    published_at: the author's claim, which may lie in the past or the future.
    copies: for a source that serves a bridged copy, the copy's uri there.
    text: what its origin shows; a bridged copy keeps the first version.
    """

    uri: str
    url: str
    names: frozenset[str]
    platform: str
    author_uri: str
    opted_out: bool
    bot: bool
    published_at: datetime
    edited_at: datetime | None
    text: str
    tags: frozenset[str]
    lang: str
    declared_lang: str | None
    state: State
    visible_at: Mapping[str, datetime]
    served: frozenset[str]
    copies: Mapping[str, str]


def truth(world: World, at: datetime, *, look_back: timedelta = LOOK_BACK
) -> list[TruthPost]:  # fmt: skip
    """Every post and article that any source has served by `at`, oldest first."""
    world.extend(at)
    found = [*_posts(world, at, look_back), *_articles(world, at), *_items(world, at)]
    return sorted(found, key=lambda post: (post.published_at, post.uri))


def expected(
    posts: Iterable[TruthPost], tags: Iterable[str], sources: Set[str]
) -> list[TruthPost]:
    """Those that carry one of the tags and that one of the sources serves."""
    wanted = {normal_tag(tag) for tag in tags}
    return [post for post in posts if post.tags & wanted and post.served & sources]


def _posts(world: World, at: datetime, look_back: timedelta) -> Iterator[TruthPost]:
    for post in world.posts:
        if post.created_at > at:
            return
        visible_at = _visible_at(post, at)
        if visible_at and post.visibility == "public":
            yield _truth(post, at, visible_at, look_back=look_back)


def _visible_at(post: Post, at: datetime) -> dict[str, datetime]:
    """When each source first served it. A post deleted before it arrived never was."""
    seen = {slug: arrival.at for slug, arrival in post.arrivals.items()}
    if post.indexed_at is not None:
        seen |= {JETSTREAM: post.indexed_at, SEARCH: post.indexed_at}
    return {
        slug: moment
        for slug, moment in seen.items()
        if moment <= at and (slug == JETSTREAM or not post.deleted(moment))
    }


def _truth(
    post: Post, at: datetime, visible_at: dict[str, datetime], *, look_back: timedelta
) -> TruthPost:
    state = state_of(post, at)
    served = frozenset() if state in {"deleted", "withheld"} else set(visible_at)
    if visible_at.get(JETSTREAM, at) < at - look_back:
        served = served - {JETSTREAM}
    names = (post.uri, post.url, post.away_uri, post.away_url)
    return TruthPost(
        uri=post.uri,
        url=post.url,
        names=frozenset(name for name in names if name),
        platform=post.author.network,
        author_uri=post.author.uri,
        opted_out=post.author.opt_out is not None,
        bot=post.author.bot,
        published_at=post.claimed_at,
        edited_at=post.edited_at(at),
        text=plain(post.body(at)),
        tags=post.tags,
        lang=post.lang,
        declared_lang=post.declared,
        state=state,
        visible_at=visible_at,
        served=frozenset(served),
        copies=_copies(post, visible_at),
    )


def state_of(post: Post, at: datetime) -> State:
    """What has become of a post by a moment."""
    if post.deleted(at):
        return "deleted"
    if post.withheld(at):
        return "withheld"
    return "edited" if post.edited_at(at) else "live"


def _copies(post: Post, visible_at: Iterable[str]) -> dict[str, str]:
    if post.away_uri is None:
        return {}
    fediverse = {server.slug for server in SERVERS}
    carried_to_fediverse = post.author.network == "bluesky"
    return {
        slug: post.away_uri
        for slug in visible_at
        if (slug in fediverse) == carried_to_fediverse
    }


def _articles(world: World, at: datetime) -> Iterator[TruthPost]:
    for name, items in world.articles.items():
        shown = [item for item in items if item.published_at <= at]
        feed = FEEDS[name]
        first = 0 if feed.paged else len(shown) - feed.window
        for place, item in enumerate(shown):
            yield _article(item, at, served=place >= first)


def _article(item: Article, at: datetime, *, served: bool) -> TruthPost:
    updated = item.updated_at if item.updated_at and item.updated_at <= at else None
    return TruthPost(
        uri=item.uri,
        url=item.url,
        names=frozenset({item.uri, item.url}),
        platform="feed",
        author_uri=item.author,
        opted_out=False,
        bot=False,
        published_at=item.published_at,
        edited_at=updated,
        text=item.body(at),
        tags=item.tags,
        lang=item.lang,
        declared_lang=FEEDS[item.feed].lang,
        state="edited" if updated else "live",
        visible_at={item.feed: item.published_at},
        served=frozenset({item.feed} if served else ()),
        copies={},
    )


def _items(world: World, at: datetime) -> Iterator[TruthPost]:
    for slug, known in world.items.items():
        for item in known:
            if item.created_at <= at:
                yield _item(slug, item, at)


def _item(slug: str, item: Item, at: datetime) -> TruthPost:
    edited = item.edited(at)
    state: State = "deleted" if item.deleted(at) else "edited" if edited else "live"
    return TruthPost(
        uri=item.uri,
        url=item.uri,
        names=frozenset({item.uri}),
        platform=item.channel.platform,
        author_uri=item.user,
        opted_out=False,
        bot=False,
        published_at=item.created_at,
        edited_at=edited,
        text=item.body(at),
        tags=item.tags,
        lang="en",
        declared_lang=None,
        state=state,
        visible_at={slug: item.created_at},
        served=frozenset({slug} if state != "deleted" else ()),
        copies={},
    )
