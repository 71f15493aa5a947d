"""Mastodon: requests, settings, errors, authors, links, and real recordings."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from collectors.base import (
    BadPayload,
    Denied,
    Secret,
    Term,
)
from tests.mastodon_fakes import (
    BASE,
    MASTODON,
    ask,
    make_status,
)

# --- requests


def test_up_to_four_tags_and_nothing_else() -> None:
    terms = ("LabourLeaks", "＃ＷｉｋｉLeaks", "dé jà", Term("phrase", "labour leaks"))
    url = MASTODON.first(ask(terms=terms)).url
    assert url.raw_path.startswith(b"/api/v1/timelines/tag/labourleaks?limit=40")
    assert url.params.get_list("any[]") == ["wikileaks", "dé jà"]
    assert MASTODON.first(ask(terms=("日本/語",))).url.raw_path.count(b"/") == 5
    for refused in ("abcde", (Term("phrase", "x"),), (".",), ("..",), ("#",)):
        with pytest.raises(ValueError, match="hashtag"):
            MASTODON.first(ask(terms=tuple(refused)))


def test_the_token_goes_into_the_header_and_nowhere_else() -> None:
    query = ask(secrets={"token": Secret("hush-hush")})
    request = MASTODON.first(query)
    assert request.headers["authorization"] == "Bearer hush-hush"
    assert "hush" not in str(request.url) + repr(query) + repr(request)
    page = MASTODON.parse(
        httpx.Response(200, json=[make_status("9")]),
        ask("back", secrets={"token": Secret("hush-hush")}),
    )
    assert page.next is not None
    assert page.next.headers["authorization"] == "Bearer hush-hush"


@pytest.mark.parametrize(
    ("given_settings", "words"),
    [
        ({}, "missing"),
        ({"base_url": 7}, "missing"),
        ({"base_url": "social.example"}, "not a web address"),
        ({"base_url": "https://[::1"}, "not an address"),
        ({"base_url": "https://social.example:99999"}, "not an address"),
        ({"base_url": "ftp://social.example"}, "not a web address"),
        ({"base_url": "http://social.example"}, "https"),
        ({"base_url": "https://me:pw@social.example"}, "more than"),
        ({"base_url": "https://social.example/tags/x"}, "more than"),
        ({"base_url": BASE, "secrets": {"token": "a\nb"}}, "MASTODON_TOKEN_SOCIAL"),
    ],
)
def test_check_says_what_is_wrong(given_settings: dict[str, Any], words: str) -> None:
    (found,) = MASTODON.check({"slug": "social", **given_settings})
    assert words in found
    assert "pw" not in found


def test_check_accepts_what_is_right() -> None:
    assert MASTODON.check({"base_url": BASE + "/"}) == []
    assert (
        MASTODON.check({"base_url": "http://127.0.0.1:8000", "allow_private": True})
        == []
    )
    assert MASTODON.check({"base_url": BASE, "secrets": {"token": Secret("abc")}}) == []


# --- errors


@pytest.mark.parametrize("status", [401, 403, 422])
@pytest.mark.parametrize(
    "body", ['{"error": "トークンが無効です"}', "<h1>Attention</h1>", ""]
)
def test_a_refusal_names_the_variable_to_set(status: int, body: str) -> None:
    with pytest.raises(Denied, match="MASTODON_TOKEN_SOCIAL_EXAMPLE") as caught:
        MASTODON.explain(httpx.Response(status, text=body), ask())
    assert caught.value.permanent


def test_a_refused_token_is_named_but_not_shown() -> None:
    query = ask(secrets={"token": Secret("hush-hush")})
    with pytest.raises(Denied, match="refuses the token") as caught:
        MASTODON.explain(httpx.Response(401), query)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_the_usual_errors_are_left_to_the_driver(status: int) -> None:
    assert MASTODON.explain(httpx.Response(status), ask()) is None


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"null", b'{"error": "x"}', b"[", b"[{}]"]
)
def test_what_is_no_list_of_statuses_is_a_bad_payload(body: bytes) -> None:
    with pytest.raises(BadPayload) as caught:
        MASTODON.parse(httpx.Response(200, content=body), ask())
    assert caught.value.sample == body.decode()


def test_one_odd_item_never_loses_a_page() -> None:
    body = [make_status("3"), None, "x", make_status("2", account=None), {"id": "7"}]
    page = MASTODON.parse(httpx.Response(200, json=body), ask())
    assert [post.copies[0].value for post in page.posts] == ["3"]
    assert [r.item for r in page.rejected] == ["item 2", "item 3", "2", "7"]
    assert "account" in page.rejected[2].reason


def test_hostile_text_is_made_plain() -> None:
    content = (
        "<p>pay \u202e100\u202c\x00 \ud800<script>x()</script></p>" + "y" * 100_000
    )
    raw = json.dumps([make_status("3", content=content)]).encode()
    (post,) = MASTODON.parse(httpx.Response(200, content=raw), ask()).posts
    assert post.text.startswith("pay 100 \ufffd\n\nyyy")
    assert len(post.text) > 100_000


@pytest.mark.parametrize(
    ("visibility", "reason"),
    [
        ("public", None),
        ("local", None),
        (None, None),
        ("unlisted", "visibility is unlisted"),
        ("private", "visibility is private"),
        ("direct", "visibility is direct"),
        ("mutuals_only", "visibility is not public"),
        (["public"], "visibility is not public"),
        ({}, "visibility is not public"),
    ],
)
def test_only_public_posts_are_kept(visibility: object, reason: str | None) -> None:
    body = [make_status("3", visibility=visibility)]
    page = MASTODON.parse(httpx.Response(200, json=body), ask())
    assert page.skipped == ({reason: 1} if reason else {})
    assert len(page.posts) == (0 if reason else 1)


# --- authors


@pytest.mark.parametrize(
    ("account", "opt_out"),
    [
        ({}, None),
        ({"noindex": True}, True),
        ({"noindex": False}, False),
        ({"indexable": False}, None),
        ({"note": "<p>Hello</p>", "indexable": False}, False),
        ({"note": "<p>no bots: <a href='#'>#<span>NoBot</span></a></p>"}, True),
        ({"note": "#nobots", "noindex": False}, True),
        ({"note": "#NoIndex"}, True),
        ({"note": "#nobotany"}, False),
        ({"other_settings": {"noindex": True}}, True),
    ],
)
def test_opt_out(account: dict[str, Any], opt_out: bool | None) -> None:
    known = {"acct": "mairi", "url": f"{BASE}/@mairi", **account}
    body = [make_status("3", account=known)]
    (post,) = MASTODON.parse(httpx.Response(200, json=body), ask()).posts
    assert post.author.opt_out is opt_out


def test_an_author_is_the_same_before_and_after_4_3() -> None:
    old = {"acct": "mairi", "url": f"{BASE}/@mairi"}
    new = {**old, "uri": f"{BASE}/users/mairi"}
    body = [make_status("3", account=old), make_status("2", account=new)]
    one, other = MASTODON.parse(httpx.Response(200, json=body), ask()).posts
    assert one.author.uri == other.author.uri == f"{BASE}/users/mairi"


def test_links_are_those_that_lead_out() -> None:
    content = (
        '<a href="https://misskey.example/tags/LabourLeaks" rel="tag">#LabourLeaks</a>'
        '<a href="https://far.example/@tam">@tam</a>'
        '<a href="https://papers.example/tags/other">paper</a>'
        '<a href="javascript:alert(1)">x</a><a href="/relative">y</a>'
    )
    mentions = [{"acct": "tam@far.example", "url": "https://far.example/@tam"}]
    body = [make_status("3", content=content, mentions=mentions)]
    (post,) = MASTODON.parse(httpx.Response(200, json=body), ask()).posts
    assert post.links == ("https://papers.example/tags/other",)
