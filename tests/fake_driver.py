"""The command line on a driver that answers what a test put in."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from collectors.base import (
    Author,
    Collector,
    CollectorError,
    Post,
    Probe,
    Query,
    Rejected,
)
from groundswell.cli import main
from groundswell.cli.frame import App
from groundswell.clock import utcnow
from tests.fake_platforms import find

GOOD = """
[monitor]
contact = "press@example.org"
[[campaign]]
slug = "rail"
title = "Rail"
hashtags = ["Rail", "Train"]
exclude = ["#toys"]
[[source]]
slug = "home"
platform = "mastodon"
base_url = "https://social.example"
[[source]]
slug = "stream"
platform = "bluesky"
base_url = "wss://stream.example"
"""


@dataclass
class Walked:
    """A batch as `try` sees it."""

    posts: tuple[Post, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    requests: int = 1
    outcome: Any = "complete"
    error: CollectorError | None = None


@dataclass
class FakeDriver:
    """Answers from what the test put in; remembers what it was asked."""

    probes: dict[str, Probe | CollectorError] = field(default_factory=dict)
    walked: list[Walked] = field(default_factory=list)
    asked: list[Query] = field(default_factory=list)
    drained: int = 0
    contact: str | None = None
    pages: int = 0

    async def probe(self, collector: Collector, settings: Mapping[str, Any]) -> Probe:
        found = self.probes.get(settings["slug"], Probe("open", "it is open"))
        if isinstance(found, CollectorError):
            raise found
        return found

    async def collect(self, collector: Collector, query: Query) -> Walked:
        self.asked.append(query)
        return self.walked[min(len(self.asked), len(self.walked)) - 1]

    async def drain(self, collector: Collector, query: Query) -> Walked:
        self.drained += 1
        return await self.collect(collector, query)

    def open(
        self, contact: str | None, pages: int, database: Path
    ) -> contextlib.AbstractAsyncContextManager[Any]:
        """In the place of the network."""

        @contextlib.asynccontextmanager
        async def opened() -> AsyncIterator[FakeDriver]:
            self.contact, self.pages = contact, pages
            yield self

        return opened()


def run(*arguments: str, driver: FakeDriver | None = None, **env: str) -> Result:
    driver = driver or FakeDriver()
    app = App(find=find, driver=driver.open)
    return CliRunner().invoke(main, arguments, obj=app, env=env)


def write(text: str = GOOD, name: str = "groundswell.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


def post(
    number: int, text: str = "by #rail", hashtags: tuple[str, ...] = ("rail",)
) -> Post:
    return Post(
        platform="mastodon",
        uri=f"https://social.example/{number}",
        author=Author(platform="mastodon", uri=f"u{number}", handle=f"p{number}"),
        text=text,
        published_at=utcnow() - timedelta(minutes=number),
        hashtags=hashtags,
    )
