"""The smaller simulated platforms: which there are, and what a source of each needs.

A platform's own module (`sim_NAME.py`) has a VENUE: its channel, which the world draws
items for, and the routes that answer in the platform's JSON.
"""

from __future__ import annotations

import pkgutil
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Venue:
    """routes: what answers on the venue's own port. settings: keys of its [[source]]
    beside slug, platform, base_url and allow_private. path: what follows the port in its
    base_url. login: the setting that names where tokens are given out. stream: a
    websocket. environment: variables that open it; they are no
    secrets, they open nothing but this simulated platform.
    """

    channel: Channel
    routes: Callable[[Stage, Channel], list[BaseRoute]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    login: str | None = None
    stream: bool = False


def venues() -> Sequence[Venue]:
    """Every venue, in the order of their modules' names.

    Found by their files, so that a platform brings its own and changes no other.
    """
    names = sorted(
        module.name
        for module in pkgutil.iter_modules([str(Path(__file__).parent)])
        if module.name.startswith("sim_")
    )
    modules = (import_module(f"groundswell.demo.{name}") for name in names)
    return [module.VENUE for module in modules]


def shown(stage: Stage, channel: Channel) -> list[Item]:
    """A channel's items that are there to be read now, newest first."""
    now = stage.now()
    return [
        item for item in reversed(stage.world.items[channel.slug]) if item.shows(now)
    ]


def says(item: Item, words: str) -> bool:
    """Whether an item's title or text holds these words, whole, in their order."""
    wanted = re.escape(words.strip('"#').casefold())
    title = item.title if item.kind == "post" else ""
    said = unicodedata.normalize("NFKC", f"{title} {item.text}").casefold()
    return re.search(rf"(?<!\w){wanted}(?!\w)", said) is not None


def by_number(stage: Stage, channel: Channel, number: int) -> Item | None:
    """One item that is there to be read now, None where it is not."""
    now = stage.now()
    for item in reversed(stage.world.items[channel.slug]):
        if item.number == number:
            return item if item.shows(now) else None
    return None
