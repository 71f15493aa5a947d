"""The pages, as a Datasette plugin: routes, templates, headers.

Datasette loads it by the entry point in pyproject.toml; `server.build` makes the instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from datasette import hookimpl

from groundswell.web import (
    api,
    compare,
    diary,
    download_page,
    errors,
    exports,
    feed_views,
    filters,
    frame,
    headers,
    inbox,
    labelling,
    progress,
    pushing,
    reading,
    returning,
    spreadsheets,
    tables,
    tokens,
    tries,
    views,
    workbooks,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response
    from jinja2 import Environment

_F = TypeVar("_F")


def hook(function: _F) -> _F:
    """Datasette's marker, with a type."""
    return cast("_F", hookimpl(function))


def first(function: _F) -> _F:
    """The same, for a hook that is asked before those of others."""
    return cast("_F", hookimpl(function, tryfirst=True))


@hook
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Ours come before Datasette's, so that "/" is the campaigns' page."""
    read = [
        (r"^/$", views.index),
        (r"^/-/api$", api.page),
        (r"^/-/campaign/(?P<slug>[^/]+)$", views.campaign),
        (r"^/-/compare$", compare.compare),
        (r"^/-/download/(?P<slug>[^/]+)$", download_page.page),
        (feed_views.ROUTE, feed_views.feed),
        (r"^/-/openapi\.json$", api.document),
        # Of the plugin that checks passwords: work for anyone who asks, of use to nobody.
        (r"^/-/password-tool$", frame.nothing),
        (r"^/-/pushing/(?P<slug>[^/]+)$", pushing.show),
        (r"^/-/posts/(?P<slug>[^/]+)$", reading.posts),
        (r"^/-/sources$", views.sources),
        (workbooks.ROUTE, workbooks.workbook),
        (spreadsheets.ROUTE, spreadsheets.of_sql),
        (tables.ROUTE, tables.table),
        (tables.ROW_ROUTE, tables.row),
    ]
    others: list[
        tuple[str, Callable[..., Any]]
    ] = [  # which write, or stream what they give
        (r"^/-/diary/(?P<slug>[^/]+)$", diary.show),
        (progress.ROUTE, progress.progress),
        (r"^/-/export/(?P<slug>[^/]+)$", exports.export),
        (r"^/-/inbox/(?P<slug>[^/]+)$", inbox.show),
        (r"^/-/label/(?P<slug>[^/]+)$", labelling.label),
    ]
    return [*((path, frame.reading(view)) for path, view in read), *others]


@hook
def prepare_jinja2_environment(env: Environment) -> None:
    """Filters that turn values into words."""
    env.filters.update(filters.FILTERS)


@hook
def extra_template_vars(
    request: Request, datasette: Datasette
) -> Callable[[], Awaitable[dict[str, Any]]]:
    """What our header needs, on Datasette's own pages too."""
    return lambda: frame.variables(datasette, request)


@hook
def extra_css_urls(datasette: Datasette) -> list[str]:
    """Datasette's own pages in our colours."""
    return [frame.static(datasette, "datasette.css")]


@hook
def asgi_wrapper(datasette: Datasette) -> Callable[[headers.App], headers.App]:
    """Security headers on every answer; passwords tried slowly; tokens looked at."""

    login: str = datasette.urls.path("/-/login")

    def wrap(app: headers.App) -> headers.App:
        tried = tries.limited(tokens.checked(app, datasette), login)
        return headers.secured(returning.returning(tried, login))

    return wrap


@hook
def handle_exception(
    request: Request, datasette: Datasette, exception: Exception
) -> Callable[[], Awaitable[Response | None]]:
    """An error in our own look, or as JSON."""
    return lambda: errors.answer(request, datasette, exception)


@hook
def forbidden(
    request: Request, datasette: Datasette, message: str
) -> Callable[[], Awaitable[Response]]:
    """The same for what a reader may not see."""
    return lambda: errors.told(request, datasette, 403, message)


@first
def actor_from_request(request: Request) -> dict[str, Any] | None:
    """A script with a good token, whatever cookie comes with it."""
    return tokens.actor(request)
