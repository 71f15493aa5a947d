"""Real recordings, read where they lie and never copied: what the collectors make of
every file, for tests and for `./run bench payloads`.

A recording is a document, lines of documents, a stream's messages or a VCR cassette.
Every document goes to the platform's own collector, which gives posts or says what is
wrong with it. Nothing that a person wrote is kept: posts are counted, reasons are cut
off before what they quote.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import yaml

import collectors
from collectors._bluesky_records import from_record
from collectors.base import (
    BadPayload,
    BrokenRecord,
    CollectorError,
    Known,
    Page,
    Post,
    Query,
    Term,
)
from tests import payload_records

Json: TypeAlias = Any

SHARED = Path(
    os.environ.get("GROUNDSWELL_SHARED", Path(__file__).parents[2] / "shared")
)
PAYLOADS = SHARED / "payloads"
MISSING = (
    f"the recordings are not here ({PAYLOADS}); put them beside this checkout "
    "or name their folder in GROUNDSWELL_SHARED"
)
FOLDERS = {
    "mastodon": ("mastodon", "fediverse"),
    "bluesky": ("bluesky",),
    "feed": ("rss",),
    **{folder: (folder,) for folder in payload_records.KINDS},
}

_SEARCHED = "rstats"  # what the recorded searches asked for
_WAITED_FOR = ("labourleaks", Term("phrase", "the"))  # the streams asked for nothing
_POST = "app.bsky.feed.post"


@dataclass(slots=True)
class Reading:
    """What a file gave: items = posts + the sums of rejected and skipped.

    other: what in it holds no posts, by what the collector or the cassette says of it.
    checkpoint: the last one that was proposed.
    """

    items: int = 0
    posts: int = 0
    bridged: int = 0
    opted_out: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    checkpoint: str | None = None

    @property
    def left(self) -> int:
        """Items that nobody can account for: always 0."""
        told = self.posts + self.rejected.total() + self.skipped.total()
        return self.items - told

    @property
    def is_silent(self) -> bool:
        """Whether nothing at all was said of the file: never."""
        return not (self.items or self.other)

    def add(self, page: Page, items: int, platform: str) -> None:
        """Count a page that was made of so many items."""
        self.items += items
        self.rejected.update(_safe(one.reason) for one in page.rejected)
        self.skipped.update(page.skipped)
        self.checkpoint = page.checkpoint or self.checkpoint
        for post in page.posts:
            self.add_post(post, platform)

    def add_post(self, post: Post, platform: str) -> None:
        """Count one post; one of another platform came over a bridge."""
        self.posts += 1
        self.bridged += post.platform != platform
        self.opted_out += post.author.opt_out is True


def _safe(reason: str) -> str:
    """A reason without what it quotes of the item."""
    return re.split(r"""[:,]? ['"]""", reason)[0]


def files(platform: str) -> list[Path]:
    """Every recording of a platform."""
    roots = (PAYLOADS / name for name in FOLDERS[platform])
    return sorted(path for root in roots for path in root.rglob("*") if path.is_file())


def read(platform: str, path: Path) -> Reading:
    """What the platform's collector makes of one file."""
    return _READERS[platform](path)


def _parse(platform: str, content: bytes, query: Query) -> Page:
    collector = collectors.load(platform)
    return collector.parse(httpx.Response(200, content=content), query)


# --- Mastodon and its kin


def _mastodon(path: Path) -> Reading:
    found = Reading()
    for body in _answers(path, found):
        timelines = list(_timelines(body))
        for items in timelines:
            found.add(_timeline(items), len(items), "mastodon")
        if not timelines:
            found.other[f"{_kind(body)} ({_refusal(body)})"] += 1
    return found


def _timeline(body: Json) -> Page:
    settings = {"base_url": "https://social.example", "slug": "social-example"}
    query = Query("forward", ("labourleaks",), settings)
    return _parse("mastodon", json.dumps(body).encode(), query)


def _refusal(body: Json) -> str:
    """What the collector says of an answer without posts."""
    try:
        page = _timeline(body)
    except BadPayload as error:
        return str(error)
    reasons = Counter(_safe(one.reason) for one in page.rejected)
    told = [f"{count} rejected: {reason}" for reason, count in reasons.items()]
    return "; ".join(told) or "an empty page"


# What an answer without posts is, by a key that only such a thing has.
_KINDS = {
    "acct": "an account",
    "error": "an error",
    "html": "an embedding",
    "version": "a server's description",
    "options": "a poll",
    "history": "a trending tag",
    "logins": "a server's activity",
    "statuses": "a search without posts",
    "content": "a post without its address",
    "spoiler_text": "a post's source",
    "access_token": "a log-in",
    "blocked_by": "a relationship",
    "preview_url": "a picture or a sound",
    "last_status_at": "a featured tag",
    "hint": "a server's rule",
    "group_visibility": "a group",
}


def _kind(body: Json) -> str:
    if body in ([], {}):
        return "an empty answer"
    one = body[0] if isinstance(body, list) else body
    keys = set(one) if isinstance(one, dict) else set()
    names = [name for key, name in _KINDS.items() if key in keys]
    some = "a list: " if isinstance(body, list) else ""
    return some + (names[0] if names else "something else")


def _answers(path: Path, found: Reading) -> Iterator[Json]:
    """The JSON in a recording; what is none is noted."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in {".yaml", ".yml"}:
        yield from _cassette(text, found)
        return
    try:
        yield json.loads(text)
    except ValueError:
        yield [one for line in text.splitlines() for one in _loaded(line, found)]


def _cassette(text: str, found: Reading) -> Iterator[Json]:
    """The answers in a cassette of VCR.py or of R's vcr."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    cassette = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader, both times
    for exchange in cassette.get("http_interactions") or cassette["interactions"]:
        status, body = exchange["response"]["status"], exchange["response"]["body"]
        if isinstance(status, dict):
            status = status.get("code") or status.get("status_code")
        if status >= 400:
            found.other[f"HTTP {status}"] += 1
        else:
            text = body.get("string") if isinstance(body, dict) else body
            yield from _loaded(text, found)


def _loaded(text: str | bytes | None, found: Reading) -> list[Json]:
    try:
        return [json.loads(text or "")]
    except ValueError:
        found.other["text that is not JSON" if text else "an empty line or body"] += 1
        return []


def _timelines(body: Json) -> Iterator[list[Json]]:
    """The lists of statuses in an answer: itself, one alone, or those of a search."""
    if _is_status(body):
        yield [body]
    elif isinstance(body, list) and any(map(_is_status, body)):
        yield body
    elif isinstance(body, dict):
        for inner in body.values():
            if isinstance(inner, list) and any(map(_is_status, inner)):
                yield inner


def _is_status(value: Json) -> bool:
    return isinstance(value, dict) and {"uri", "content", "account"} <= set(value)


# --- Bluesky


def _bluesky(path: Path) -> Reading:
    found = Reading()
    if path.suffix == ".jsonl":
        _stream(path, found)
        return found
    body = json.loads(path.read_bytes())
    if "searchPosts" in path.name:
        _search(path.read_bytes(), len(body["posts"]), found)
        return found
    _known(list(_views(body)), found)
    for uri, record in _records(body):
        _record(uri, record, found)
    if found.is_silent:
        _search(path.read_bytes(), 0, found)  # its error names the file
    return found


def _stream(path: Path, found: Reading) -> None:
    """Messages one by one, each with the checkpoint that the one before it left."""
    collector = collectors.load("bluesky")
    query = Query("forward", _WAITED_FOR, {"base_url": "wss://jetstream.example"})
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            page = collector.receive(line, query)
        except CollectorError as error:
            found.other[str(error)] += 1
            continue
        items = len(page.posts) + len(page.rejected) + sum(page.skipped.values())
        found.add(page, items, "bluesky")
        found.other["a deletion"] += len(page.deletions)
        found.other["an account event"] += len(page.accounts)
        if not items + len(page.deletions) + len(page.accounts):
            found.other[f"an event of kind {json.loads(line).get('kind')}"] += 1
        query = replace(query, checkpoint=page.checkpoint)
    found.other = +found.other


def _search(content: bytes, items: int, found: Reading) -> None:
    query = Query("forward", (_SEARCHED,), {"base_url": "https://bsky.example"})
    try:
        found.add(_parse("bluesky", content, query), items, "bluesky")
    except BadPayload as error:
        found.other[str(error)] += 1


def _known(views: list[Json], found: Reading) -> None:
    """Posts out of feeds and threads, given as the answer to a recheck."""
    if views:
        known = tuple(Known(view["uri"]) for view in views)
        query = Query("recheck", (), {"base_url": "https://bsky.example"}, known=known)
        content = json.dumps({"posts": views}).encode()
        found.add(_parse("bluesky", content, query), len(views), "bluesky")


def _views(value: Json) -> Iterator[Json]:
    """Every postView in an answer, whatever holds it."""
    if isinstance(value, dict):
        if {"record", "indexedAt", "likeCount"} <= set(value):
            yield value
        for inner in value.values():
            yield from _views(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _views(inner)


def _records(value: Json) -> Iterator[tuple[str, Json]]:
    """Records that stand alone, with their address."""
    if isinstance(value, dict):
        for record in (value.get("value"), value.get("Value")):
            if isinstance(record, dict) and isinstance(value.get("uri"), str):
                yield value["uri"], record
        for inner in value.values():
            yield from _records(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _records(inner)


def _record(uri: str, record: Json, found: Reading) -> None:
    if record.get("$type") != _POST:
        found.other[f"a record of type {record.get('$type')}"] += 1
        return
    found.items += 1
    try:
        found.add_post(from_record(uri, record), "bluesky")
    except BrokenRecord as error:
        found.rejected[_safe(str(error))] += 1


# --- feeds


def _feed(path: Path) -> Reading:
    """Every item of a feed is wanted, as where the feed itself is the term."""
    found = Reading()
    url = "https://gazette.example/news.xml"
    query = Query("forward", (Term("feed", url),), {"base_url": url})
    request = httpx.Request("GET", url)
    response = httpx.Response(200, content=path.read_bytes(), request=request)
    try:
        page = collectors.load("feed").parse(response, query)
    except BadPayload as error:
        found.other[_safe(str(error))] += 1
        return found
    items = len(page.posts) + len(page.rejected) + sum(page.skipped.values())
    found.add(page, items, "feed")
    if not items:
        found.other["a feed without items"] += 1
    return found


# --- platforms whose answers are objects


def _objects(folder: str, path: Path) -> Reading:
    found, platform = Reading(), payload_records.PLATFORMS.get(folder, folder)
    for kind, item in payload_records.found(folder, path):
        found.items += 1
        try:
            found.add_post(kind.to_post(item), platform)
        except BrokenRecord as error:
            found.rejected[_safe(str(error))] += 1
    if not found.items:
        found.other[payload_records.names(path)] += 1
    return found


_READERS: dict[str, Callable[[Path], Reading]] = {
    "mastodon": _mastodon,
    "bluesky": _bluesky,
    "feed": _feed,
    **{folder: partial(_objects, folder) for folder in payload_records.KINDS},
}
