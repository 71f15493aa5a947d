"""Questions to X's API: recent search and look-up, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from collectors._asking import keeping, questions, secret_of
from collectors._json import decode, mapping, mappings
from collectors.base import BadPayload, Charge, Query, SecretSpec, Term

TOKEN = SecretSpec(
    "token",
    "X_BEARER_TOKEN",
    how=(
        "paid by the post; at developer.x.com make a project with pay-per-use and copy its "
        "bearer token"
    ),
    required=True,
)
METER = "microdollars"
MICRO = 1_000_000
PER_PAGE = 100
LOOKUP = 100
_LONGEST = 512
# Pay per use, as of August 2026 (platforms.md section 16).
PER_POST, PER_USER = 0.005, 0.010
_FIELDS = (
    "author_id,created_at,lang,public_metrics,entities,referenced_tweets,"
    "possibly_sensitive,edit_history_tweet_ids,attachments,note_tweet"
)
_WITHOUT_REPOSTS = " -is:retweet"


def _get(query: Query, path: str, params: Mapping[str, str]) -> httpx.Request:
    headers = {"Accept": "application/json"}
    token = secret_of(query.settings, TOKEN.name)
    if token is not None and token.isascii() and token.isprintable():
        headers["Authorization"] = f"Bearer {token}"
    return httpx.Request(
        "GET", f"{query.base_url}{path}", params=params, headers=headers
    )


def _shown(settings: Mapping[str, Any]) -> dict[str, str]:
    """The fields to ask for. Who wrote a post costs twice the post, so only on wish."""
    params = {"tweet.fields": _FIELDS}
    if settings.get("authors") is True:
        params["expansions"] = "author_id"
        params["user.fields"] = "username,name,public_metrics,protected"
    return params


def groups(terms: Sequence[Term], settings: Mapping[str, Any]) -> list[str]:
    """The search's questions: all terms with OR, in as few as 512 characters allow."""
    tail = "" if settings.get("retweets") is True else _WITHOUT_REPOSTS
    parts = [_part(term) for term in terms]
    found = questions(parts, " OR ", _LONGEST - len(tail) - 2)
    return [f"({one}){tail}" for one in found]


def _part(term: Term) -> str:
    bare = term.value.replace('"', " ").strip()
    marks = {"hashtag": f"#{bare}", "account": f"from:{bare.lstrip('@')}"}
    if term.kind == "domain":
        return f'url:"{bare}"'
    return marks.get(term.kind, f'"{bare}"')


def search(
    query: Query,
    group: int = 0,
    *,
    token: str | None = None,
    since_id: str | None = None,
    newest: str | None = None,
) -> httpx.Request:
    """One page of the recent search, newest first. newest: the newest id of the walk so
    far, which the next forward walk goes on from."""
    params = {
        "query": groups(query.terms, query.settings)[group],
        "max_results": str(PER_PAGE),
        **_shown(query.settings),
    }
    if since_id:
        params["since_id"] = since_id
    if query.walk == "back" and query.until is not None:
        params["end_time"] = stamp(query.until)
    if token:
        params["next_token"] = token
    request = _get(query, "/2/tweets/search/recent", params)
    return keeping(request, group=group or None, since=since_id, newest=newest)


def lookup(query: Query, at: int) -> httpx.Request | None:
    """Known posts, a hundred at a time."""
    ids = ids_from(query, at)
    if not ids:
        return None
    params = {"ids": ",".join(ids), **_shown(query.settings)}
    return keeping(_get(query, "/2/tweets", params), at=at)


def usage(settings: Mapping[str, Any]) -> httpx.Request:
    """How much the project has used, by X's own count; free."""
    return _get(Query("forward", (), settings), "/2/usage/tweets", {})


def ids_from(query: Query, at: int) -> list[str]:
    """The ids of the known posts of one batch."""
    known = (one.uri.rpartition("/")[2] for one in query.known)
    return [one for one in known if one.isdigit()][at : at + LOOKUP]


def stamp(moment: datetime) -> str:
    """A moment as X takes it, in whole seconds."""
    whole = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return whole.isoformat() + "Z"


# --- what it costs


def _micro(settings: Mapping[str, Any], key: str, usual: float) -> int:
    price = settings.get(key, usual)
    is_price = isinstance(price, int | float) and not isinstance(price, bool)
    return round((price if is_price else usual) * MICRO)


def price(request: httpx.Request, settings: Mapping[str, Any]) -> Sequence[Charge]:
    """The most that a request can cost: a full page, each post by somebody else."""
    params = request.url.params
    most = int(params.get("max_results", PER_PAGE))
    if "ids" in params:
        most = len(params["ids"].split(","))
    elif not request.url.path.endswith("/search/recent"):
        return ()
    users = most if "expansions" in params else 0
    return (Charge(METER, _cost(settings, most, users)),)


def bill(response: httpx.Response, settings: Mapping[str, Any]) -> Sequence[Charge]:
    """What came: each post, and each user beside them."""
    if not response.is_success:
        return ()
    try:
        body = mapping(decode(response))
    except BadPayload:  # it may have been charged all the same
        return price(response.request, settings)
    users = mappings(mapping(body.get("includes")).get("users"))
    return (
        Charge(METER, _cost(settings, len(mappings(body.get("data"))), len(users))),
    )


def _cost(settings: Mapping[str, Any], posts: int, users: int) -> int:
    per_post = _micro(settings, "usd_per_post", PER_POST)
    return posts * per_post + users * _micro(settings, "usd_per_user", PER_USER)
