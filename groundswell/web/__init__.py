"""The pages, as a Datasette plugin: routes, templates, headers.

Datasette loads it by the entry point in pyproject.toml; `server.build` makes the instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from datasette import hookimpl

from groundswell.web import exports, filters, headers, views
from groundswell.web.data import simulated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from datasette.app import Datasette
    from jinja2 import Environment

_F = TypeVar("_F")


def hook(function: _F) -> _F:
    """Datasette's marker, with a type."""
    return cast("_F", hookimpl(function))


@hook
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Ours come before Datasette's, so that "/" is the campaigns' page."""
    return [
        (r"^/$", views.index),
        (r"^/-/campaign/(?P<slug>[^/]+)$", views.campaign),
        (r"^/-/sources$", views.sources),
        (r"^/-/export/(?P<slug>[^/]+)$", exports.export),
    ]


@hook
def prepare_jinja2_environment(env: Environment) -> None:
    """Filters that turn values into words."""
    env.filters.update(filters.FILTERS)


@hook
def extra_template_vars(
    datasette: Datasette,
) -> Callable[[], Awaitable[dict[str, bool]]]:
    """`gs_simulated`, on Datasette's own pages too."""

    async def variables() -> dict[str, bool]:
        return {"gs_simulated": await simulated(datasette)}

    return variables


@hook
def extra_css_urls(datasette: Datasette) -> list[str]:
    """Datasette's own pages in our colours."""
    return [views.static(datasette, "datasette.css")]


@hook
def asgi_wrapper() -> Callable[[headers.App], headers.App]:
    """Security headers on every answer."""
    return headers.secured
