"""Which addresses a platform found to be an author's: nothing that it did not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import _bluesky_stream
from collectors._bluesky_records import from_view
from collectors._mastodon_author import to_author
from collectors._misskey_posts import to_post
from collectors.base import Query

AT = "2026-05-04T10:00:00.000+00:00"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30)
    | st.sampled_from([AT, "<a href='https://x.example'>x</a>"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["value", "verified_at", "name"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def link(url: str) -> str:
    return f'<a href="{url}" rel="me nofollow"><span class="invisible">https://</span>x</a>'


def mastodon(
    *fields: object, uri: str = "https://a.example/users/ana"
) -> tuple[str, ...]:
    account: dict[str, Any] = {"acct": "ana", "uri": uri, "fields": list(fields)}
    status = "https://a.example/users/ana/statuses/1"
    return to_author(account, host="a.example", status_uri=status, original=None).proven


def test_mastodon_s_fields_that_lead_back() -> None:
    told = [
        {
            "name": "Web",
            "value": link("https://Ana.example/?utm_source=x"),
            "verified_at": AT,
        },
        {
            "name": "Union",
            "value": link("https://union.example/@ana"),
            "verified_at": AT,
        },
        {"name": "Wish", "value": link("https://gazette.example"), "verified_at": None},
    ]
    assert mastodon(*told) == ("https://ana.example/", "https://union.example/@ana")


@pytest.mark.parametrize(
    "field",
    [
        {"value": link("https://x.example")},
        {"value": link("https://x.example"), "verified_at": ""},
        {"value": link("https://x.example"), "verified_at": True},
        {
            "value": link("https://x.example") + link("https://y.example"),
            "verified_at": AT,
        },
        {"value": link("javascript:alert(1)"), "verified_at": AT},
        {"value": link("/users/ana"), "verified_at": AT},
        {"value": "https://x.example", "verified_at": AT},
        {"value": 7, "verified_at": AT},
        "https://x.example",
    ],
)
def test_what_does_not_say_so_for_sure_is_no_proof(field: object) -> None:
    assert mastodon(field) == ()


@given(JSON)
def test_fields_may_be_anything(fields: object) -> None:
    account = {"acct": "ana", "uri": "https://a.example/users/ana", "fields": fields}
    to_author(account, host="a.example", status_uri="x", original=None)


def test_what_a_bridge_shows_is_not_the_person_s() -> None:
    note: dict[str, Any] = {
        "id": "1", "createdAt": AT, "text": "x", "visibility": "public",
        "uri": "https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post/3k",
        "user": {"id": "9", "username": "ana", "host": "bsky.brid.gy",
                 "verifiedLinks": ["https://ana.example/"]},
    }  # fmt: skip
    assert to_post(note, "https://note.example").author.proven == ()
    del note["uri"]
    note["user"]["host"] = None
    proven = to_post(note, "https://note.example").author.proven
    assert proven == ("https://ana.example/",)


@pytest.mark.parametrize(
    ("handle", "proven"),
    [
        ("Ana.example", ("https://ana.example/",)),
        ("ana.gazette.example", ("https://ana.gazette.example/",)),
        ("ana.bsky.social", ()),
        ("ana.social.example.ap.brid.gy", ()),
        ("handle.invalid", ()),
        ("ana", ()),
        ("ana.example/path", ()),
        (None, ()),
    ],
)
def test_a_handle_that_is_an_own_domain(handle: str | None, proven: tuple[str]) -> None:
    view = {
        "uri": "at://did:plc:aaaa2222bbbb3333cccc4444/app.bsky.feed.post/3maaaaaaaaa2a",
        "author": {"did": "did:plc:aaaa2222bbbb3333cccc4444", "handle": handle},
        "record": {"text": "x", "createdAt": "2026-05-04T09:59:59Z"},
        "indexedAt": AT,
    }
    assert from_view(view).author.proven == proven


def test_a_stream_s_word_names_nobody_s_mirror() -> None:
    did = "did:plc:aaaa2222bbbb3333cccc4444"

    def accounts(handle: str) -> int:
        event = {"did": did, "time_us": 1, "kind": "identity",
                 "identity": {"did": did, "handle": handle}}  # fmt: skip
        query = Query("forward", ("x",), {"base_url": "wss://jetstream.example"})
        return len(_bluesky_stream.receive(json.dumps(event), query).accounts)

    assert accounts("ana.example") == 1
    assert accounts("ana.social.example.AP.brid.gy") == 0


def test_real_profiles_have_some(shared: Path) -> None:
    """Counts alone: the shape is what Mastodon really sends."""
    file = shared / "payloads/mastodon/rtoot/mastodonsocial.json"
    lines = file.read_text(encoding="utf-8").split("\n")
    proven = [
        to_author(
            json.loads(line)["account"], host="", status_uri="", original=None
        ).proven
        for line in filter(None, lines)
    ]
    assert sum(map(bool, proven)) == 4
