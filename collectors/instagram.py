"""Instagram's hashtag search: for applications that passed Meta's review.

A hashtag is asked for by a number that never changes, so it is asked once and kept. Thirty
different hashtags may be looked at in seven days, and only the last 24 hours are shown.
Traps and field map: platforms.md section 18.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _meta, _newest_first
from collectors._asking import (
    address_faults,
    answered_at,
    keeping,
    kept,
    secret_of,
)
from collectors._instagram_posts import name, published_at, to_post
from collectors._json import bad, decode, local_id, mapping, mappings
from collectors.base import (
    NOTHING,
    Budget,
    Card,
    Charge,
    Duties,
    Pace,
    Page,
    Query,
    RequestCollector,
    Secret,
    SecretSpec,
    TermKind,
    Walk,
    normal_tag,
)

API = "https://graph.facebook.com/v23.0"
_HOW = (
    "by Meta's app review (Instagram Public Content Access): a token, and the number of "
    "the Instagram business account that asks"
)
TOKEN = SecretSpec("token", "INSTAGRAM_ACCESS_TOKEN", how=_HOW, required=True)
USER = SecretSpec("user", "INSTAGRAM_USER_ID", how=_HOW, required=True)
LIMIT = 50
_DAY = timedelta(hours=24)
_WINDOW = "Instagram shows a hashtag's last 24 hours only"
_FIELDS = (
    "id,caption,media_type,media_url,permalink,timestamp,like_count,comments_count"
)


class Instagram:
    """See `collectors.base.RequestCollector`, `Explains` and `Metered`."""

    slug: ClassVar[str] = "instagram"
    docs: ClassVar[str] = (
        "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-"
        "facebook-login/hashtag-search"
    )
    card: ClassVar[Card] = Card(
        name="Instagram",
        access="approval",
        gives="a hashtag's posts of the last 24 hours, without their authors",
        needs="an app that passed Meta's review, a token and a business account",
        base_url=API,
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        keep=timedelta(days=30),
        why="what was deleted there is deleted here, which its interface does not tell "
        "(Meta Platform Terms): words that no walk has met again go after 30 days",
    )
    pace: ClassVar[Pace] = Pace(requests=3, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = (TOKEN, USER)
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, API)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """There is no past beyond a day, and no second look at a post."""
        return ("forward", "settle")

    def first(self, query: Query) -> httpx.Request:
        """The hashtag's number, or its posts where the number is known."""
        number = _known(query)
        return _number(query) if number is None else _media(query, number)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        body = mapping(decode(response))
        found = body.get("data")
        if not isinstance(found, list):
            raise bad(response, "a list was due")
        if kept(response).get("step") == "number":
            return _learn(found, query)
        items = _newest_first.read(found, to_post, name=name, time=published_at)
        number = kept(response).get("number") or _known(query) or ""
        after = _meta.after(body)
        older = (
            _media(query, number, after=after) if after and found and number else None
        )
        cut = None if _within(response, query) else _WINDOW
        return _newest_first.page(items, query, older, cut_short=cut)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """What Meta's error codes mean. Raises Denied and RateLimited."""
        if _meta.code_of(response) == 24 and kept(response).get("step") == "number":
            # A hashtag that nobody has used has no number.
            return _newest_first.page(_newest_first.Items(), query, None)
        _meta.explain(response, TOKEN.env)
        return None

    def budgets(self, settings: Mapping[str, Any]) -> Sequence[Budget]:  # noqa: ARG002
        """Thirty different hashtags in seven days."""
        return (Budget("hashtags", 30, "week"),)

    def price(
        self,
        request: httpx.Request,
        settings: Mapping[str, Any],  # noqa: ARG002
    ) -> Sequence[Charge]:
        """A hashtag, paid for once in seven days, by its name or its number."""
        params = request.url.params
        tag = dict(_state(request)).get("tag") or params.get("q") or request.url.path
        return (Charge("hashtags", 1, item=tag),)

    def bill(
        self, response: httpx.Response, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        """The same."""
        return self.price(response.request, settings)


def _within(response: httpx.Response, query: Query) -> bool:
    """Whether all that is asked for lies within what Instagram shows, by its own clock."""
    now = answered_at(response)
    return now is not None and query.since is not None and query.since >= now - _DAY


def _state(request: httpx.Request) -> dict[str, str]:
    return kept(httpx.Response(200, request=request))


def _tag(query: Query) -> str:
    return normal_tag(query.terms[0].value)


def _known(query: Query) -> str | None:
    """The hashtag's number from an earlier walk."""
    found = (query.settings.get("session") or NOTHING).get(f"tag {_tag(query)}")
    text = found.reveal() if isinstance(found, Secret) else found
    return text if isinstance(text, str) and text.isdigit() else None


def _account(query: Query) -> str:
    return secret_of(query.settings, USER.name) or ""


def _number(query: Query) -> httpx.Request:
    tag = _tag(query)
    params = {"user_id": _account(query), "q": tag}
    address = f"{query.base_url}/ig_hashtag_search"
    request = _meta.get(query.settings, address, params, TOKEN)
    return keeping(request, step="number", tag=tag)


def _media(query: Query, number: str, after: str | None = None) -> httpx.Request:
    params = {"user_id": _account(query), "fields": _FIELDS, "limit": str(LIMIT)}
    if after:
        params["after"] = after
    address = f"{query.base_url}/{number}/recent_media"
    request = _meta.get(query.settings, address, params, TOKEN)
    return keeping(request, number=number, tag=_tag(query))


def _learn(found: list[object], query: Query) -> Page:
    """The hashtag's number, kept for later walks; without one nobody has used it."""
    numbers = [local_id(one.get("id")) for one in mappings(found)]
    number = next((one for one in numbers if one and one.isdigit()), None)
    if number is None:
        return _newest_first.page(_newest_first.Items(), query, None)
    held = query.settings.get("session") or NOTHING
    session = {**held, f"tag {_tag(query)}": Secret(number)}
    return replace(Page(next=_media(query, number)), session=session)


COLLECTOR: RequestCollector = Instagram()
