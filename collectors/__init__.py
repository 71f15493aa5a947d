"""In from the world: one module per platform, found by its name."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from collectors.base import Answers, Collector, has_websocket

_NOT_PLATFORMS = {"base", "text"}


def available() -> list[str]:
    """The platforms that can be collected from, by slug, sorted."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_") and module.name not in _NOT_PLATFORMS
    )


def load(slug: str) -> Collector:
    """The platform's collector. Raises LookupError, naming those there are."""
    if slug not in available():
        known = ", ".join(available())
        raise LookupError(f"no platform is called {slug!r}; there are {known}")
    collector: Collector = import_module(f"collectors.{slug}").COLLECTOR
    return collector


def is_stream(platform: str, base_url: str) -> bool:
    """Whether a source is a stream, whose past is not asked for: a websocket that does
    not answer questions. A platform that nobody knows is judged by its address."""
    if not has_websocket(base_url):
        return False
    try:
        return not isinstance(load(platform), Answers)
    except LookupError:
        return True
