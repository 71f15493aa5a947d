"""What a server says about itself: its software, and whether its tags can be read.

/.well-known/nodeinfo ─▶ nodeinfo ─▶ /api/v2/instance ─▶ /api/v1/instance (if older)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from collectors._json import mapping, mappings
from collectors._mastodon_ask import (
    ALWAYS_LOGIN,
    base_url,
    get,
    host_of,
    kind_of_ids,
    token_of,
    variable,
)
from collectors.base import NOTHING, Probe
from collectors.text import words

Settings = Mapping[str, Any]
State = Literal["open", "limited", "login", "closed"]

_WELL_KNOWN = "/.well-known/nodeinfo"
_V2, _V1 = "/api/v2/instance", "/api/v1/instance"
_COMPATIBLE = re.compile(r"\(compatible; ([A-Za-z]+) ?([^)]*)\)")


def ask(settings: Settings) -> httpx.Request:
    """The first question."""
    return get(settings, _WELL_KNOWN)


def learn(response: httpx.Response, settings: Settings, so_far: Probe | None) -> Probe:
    """What one answer told, and the next question; total."""
    known = so_far.facts if so_far is not None else NOTHING
    place = so_far.next.url.path if so_far is not None and so_far.next else _WELL_KNOWN
    body = _body(response)
    if place == _WELL_KNOWN:
        return _going_on(settings, known, _node_path(body, settings) or _V2)
    if place not in {_V2, _V1}:
        return _going_on(settings, {**known, **_software(body)}, _V2)
    if response.status_code in {401, 403, 422}:
        return _verdict(settings, known, locked=True)
    if not words(body.get("version")):
        if place == _V2:
            return _going_on(settings, known, _V1)
        return Probe("closed", f"{host_of(settings)} has no Mastodon API", known)
    return _verdict(settings, {**_instance(body, known), **_feeds(body)})


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(response.content)) if response.is_success else NOTHING
    except (ValueError, RecursionError):
        return NOTHING


def _going_on(settings: Settings, known: Mapping[str, str], path: str) -> Probe:
    sentence = f"{host_of(settings)} is being asked what it is"
    return Probe("open", sentence, known, next=get(settings, path))


def _node_path(body: Mapping[str, Any], settings: Settings) -> str | None:
    """The newest nodeinfo document's path, if it is on this server."""
    ours = urlsplit(base_url(settings)).netloc.lower()
    found = []
    for link in mappings(body.get("links")):
        href, rel = words(link.get("href")), words(link.get("rel")) or ""
        try:
            parts = urlsplit(href or "")
        except ValueError:
            continue
        if parts.netloc.lower() == ours and parts.path not in {
            "",
            _V1,
            _V2,
            _WELL_KNOWN,
        }:
            found.append((rel, parts.path))
    return max(found)[1] if found else None


def _software(body: Mapping[str, Any]) -> dict[str, str]:
    told = mapping(body.get("software"))
    name, version = words(told.get("name")), words(told.get("version"))
    if name is None:
        return {}
    return _named(name, version or "")


def _named(name: str, version: str) -> dict[str, str]:
    software = name.lower()[:60]
    return {
        "software": software,
        "version": version[:60],
        "ids": kind_of_ids(software),
    }


def _instance(body: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    """The software by the instance document, where nodeinfo has not told.

    Others than Mastodon say so in the version: "2.7.2 (compatible; Pleroma 2.5.0)".
    """
    if known.get("software"):
        return dict(known)
    version = words(body.get("version")) or ""
    other = _COMPATIBLE.search(version)
    if other is not None:
        return {**known, **_named(other[1], other[2])}
    # GoToSocial and Friendica also call themselves by a bare number, so this is a guess
    # that only a document which Mastodon alone has can confirm.
    own = mapping(body.get("api_versions")).get("mastodon") is not None
    return {
        **known,
        **(_named("mastodon", version) if own else {"version": version[:60]}),
    }


def _feeds(body: Mapping[str, Any]) -> dict[str, str]:
    """Who may read hashtag feeds (4.5 and later): of this server's and others' posts."""
    access = mapping(mapping(body.get("configuration")).get("timelines_access"))
    feeds = mapping(access.get("hashtag_feeds"))
    local, remote = words(feeds.get("local")), words(feeds.get("remote"))
    if local is None or remote is None:
        return {}
    if local == remote:
        return {"hashtag_feeds": local[:20]}
    return {"hashtag_feeds": f"local {local[:20]}, remote {remote[:20]}"}


def _verdict(
    settings: Settings, known: Mapping[str, str], *, locked: bool = False
) -> Probe:
    host, has_token = host_of(settings), token_of(settings) is not None
    feeds = known.get("hashtag_feeds", "")
    name = known.get("software", "software that did not give its name")
    found = Probe("open", f"{host} runs {name}, and its hashtag feed is open", known)
    if feeds == "disabled":
        return replace(
            found, state="closed", sentence=f"{host} has switched its hashtag feeds off"
        )
    if not has_token and _wants_login(feeds, name, locked=locked):
        needed = (
            f"{host} shows posts by hashtag only to whoever has an account there and is "
            f"logged in (who runs Groundswell: set {variable(settings)})"
        )
        return replace(found, state="login", sentence=needed)
    if locked:
        refused = f"{host} refused the token in {variable(settings)}"
        return replace(found, state="login", sentence=refused)
    if "disabled" in feeds or (not has_token and "authenticated" in feeds):
        partly = f"{host} shows its hashtag feeds only in part ({feeds})"
        return replace(found, state="limited", sentence=partly)
    if not feeds and not has_token:
        untold = f"{host} runs {name}, and does not say who may read its hashtag feed"
        return replace(found, sentence=untold)
    return found


def _wants_login(feeds: str, software: str, *, locked: bool) -> bool:
    """Whether nothing can be read without a token."""
    closed = "authenticated" in feeds and "public" not in feeds
    return locked or closed or software in ALWAYS_LOGIN
