"""Platforms for the tests of configuration and command line: only what those look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import httpx

import collectors
from collectors.base import (
    NOTHING,
    Card,
    Collector,
    Duties,
    Pace,
    Probe,
    SecretSpec,
    Walk,
)
from groundswell.config.default import SOURCES


class Fake:
    """A platform that takes what `schemes` allows."""

    docs: ClassVar[str] = "https://example.org/api"
    card: ClassVar[Card] = Card(
        name="A platform", access="open", gives="made-up posts", needs="nothing"
    )
    duties: ClassVar[Duties] = Duties(why="none")
    pace: ClassVar[Pace] = Pace(10, 1.0)
    scope: ClassVar[Literal["term", "source"]] = "source"
    slug: ClassVar[str] = ""
    schemes: ClassVar[tuple[str, ...]] = ("https",)
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        scheme = str(settings["base_url"]).partition("://")[0]
        allowed = (*self.schemes, *(("http",) if settings["allow_private"] else ()))
        if scheme in allowed:
            return []
        return [f"base_url must begin with {self.schemes[0]}://"]

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        return ("forward", "back")


class Mastodon(Fake):
    """A platform that describes itself, and is asked for one term at a time."""

    slug = "mastodon"
    scope = "term"
    secrets = (
        SecretSpec("token", "MASTODON_TOKEN", "Settings, Development", per_source=True),
    )

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """Asked by the driver, which the tests replace."""
        raise NotImplementedError

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],
        so_far: Probe | None,
    ) -> Probe:
        """Asked by the driver, which the tests replace."""
        raise NotImplementedError


class Bluesky(Fake):
    """A stream has no history; a search has."""

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        stream = settings["base_url"].startswith("wss:")
        return ("forward",) if stream else ("forward", "back")

    slug = "bluesky"
    schemes = ("wss", "https")
    settings: ClassVar[Mapping[str, str]] = {"languages": "only these languages"}
    secrets = (
        SecretSpec("identifier", "BLUESKY_IDENTIFIER", "your handle"),
        SecretSpec("password", "BLUESKY_APP_PASSWORD", "Settings, App passwords"),
    )


class Feed(Fake):
    slug = "feed"


class Locked(Fake):
    slug = "locked"
    secrets = (SecretSpec("key", "LOCKED_API_KEY", "ask for one", required=True),)


PLATFORMS: dict[str, Fake] = {
    one.slug: one for one in (Mastodon(), Bluesky(), Feed(), Locked())
}


_REAL = {source.platform for source in SOURCES} - set(PLATFORMS)


def find(slug: str) -> Collector:
    """Like collectors.load, over the platforms above and the other built-in sources'."""
    if slug in _REAL:
        return collectors.load(slug)
    if slug not in PLATFORMS:
        known = ", ".join(sorted(PLATFORMS))
        raise LookupError(f"no platform is called {slug!r}; there are {known}")
    return PLATFORMS[slug]
