"""Bluesky's records: facets by UTF-8 bytes, embeds, bridges, labels, wild times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from collectors._bluesky_records import from_record, from_view
from collectors.base import BrokenRecord, Copy, Post

Json: TypeAlias = Any


RUTH = "did:plc:aaaa2222bbbb3333cccc4444"
URI = f"at://{RUTH}/app.bsky.feed.post/3maaaaaaaaa2a"
CID = "bafkreiabcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstu"
AT_NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)


def facet(start: object, end: object, **feature: Json) -> dict[str, Any]:
    kind = f"app.bsky.richtext.facet#{feature.pop('kind')}"
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": kind, **feature}],
    }


def read(**record: Json) -> Post:
    return from_record(URI, {"createdAt": "2026-05-04T09:59:59Z", **record})


def test_facets_count_utf8_bytes() -> None:
    text = "🧵漢字é @marek.example and @ruth.example"
    start = len("🧵漢字é ".encode())
    post = read(
        text=text,
        facets=[
            facet(start, start + 14, kind="mention", did="did:plc:marek"),
            facet(0, 4, kind="tag", tag="＃LabourLeaks"),
        ],
    )
    assert post.mentions == ("did:plc:marek", "marek.example")
    assert post.hashtags == ("labourleaks",)


@pytest.mark.parametrize(
    ("start", "end"),
    [(5, 2), (-1, 3), (0, 10**9), (1, 2), (None, 3), ("0", "3"), (True, False), (0, 0)],
)
def test_broken_offsets_lose_no_feature(start: object, end: object) -> None:
    post = read(
        text="é #LabourLeaks",
        facets=[facet(start, end, kind="mention", did="did:plc:m")],
    )
    assert post.mentions == ("did:plc:m",)
    assert post.hashtags == ("labourleaks",)


def test_tags_come_from_facets_record_and_text() -> None:
    post = read(
        text="#Strike now",
        tags=["Rota", 7],
        facets=[facet(0, 7, kind="tag", tag="LabourLeaks")],
    )
    assert post.hashtags == ("labourleaks", "rota", "strike")


def test_links_are_the_full_ones() -> None:
    typed = read(text="see https://news.example/a and https://news.example/lo…")
    assert typed.links == ("https://news.example/a",)
    marked = read(
        text="news.example/lo...",
        facets=[
            facet(0, 18, kind="link", uri="https://news.example/long?utm_source=x")
        ],
        embed={"external": {"uri": "https://News.example/long", "title": "Long"}},
    )
    assert marked.links == ("https://news.example/long",)
    assert marked.link_titles == {"https://news.example/long": "Long"}


def test_embeds_become_media_and_quotes() -> None:
    blob = {"ref": {"$link": CID}}
    record = {"record": {"uri": URI, "cid": "x"}}
    pictures = {"images": [{"alt": "A gate", "image": blob}, {"image": {"ref": 7}}]}
    post = read(text="", embed={"record": record, "media": pictures})
    assert post.kind == "quote"
    assert post.quote_of == URI
    assert [(m.type, m.alt) for m in post.media] == [("image", "A gate")]
    assert f"/{RUTH}/{CID}@" in post.media[0].url
    video = read(text="", embed={"video": blob, "alt": "March"})
    assert video.media[0].url.endswith(f"{CID}/playlist.m3u8")
    gif = read(text="", embed={"external": {"uri": "https://media.tenor.com/x.gif"}})
    assert gif.links == ()
    assert gif.media[0].type == "gifv"
    starter = read(
        text="", embed={"record": {"uri": f"at://{RUTH}/app.bsky.graph.list/3"}}
    )
    assert starter.quote_of is None


@pytest.mark.parametrize(
    ("url", "handle", "platform"),
    [
        ("https://social.example/@ada/1147", None, "mastodon"),
        ("https://blog.example/2026/05/rota", None, "feed"),
        ("https://blog.example/2026/05/rota", "x.blog.example.ap.brid.gy", "mastodon"),
        ("https://blog.example/users/", "blog.example.web.brid.gy", "feed"),
    ],
)
def test_a_bridged_post_is_the_originals_copy(
    url: str, handle: str | None, platform: str
) -> None:
    view = {
        "uri": URI,
        "author": {"did": RUTH, "handle": handle},
        "record": {
            "text": "The ro[…]",
            "bridgyOriginalText": "<p>The rota &amp; <b>more</b></p>",
            "bridgyOriginalUrl": url,
        },
    }
    post = from_view(view)
    assert (post.platform, post.uri, post.url) == (platform, url, url)
    assert post.text == "The rota & more"
    assert Copy("bridge", URI) in post.copies


def test_an_original_that_is_no_address_is_ignored() -> None:
    assert read(text="x", bridgyOriginalUrl="javascript:alert(1)").uri == URI


def test_views_carry_counts_labels_and_wishes() -> None:
    def view(wishes: object, **fields: Json) -> Post:
        author = {"did": RUTH, "handle": "handle.invalid", "labels": wishes}
        record = {"text": "x", "createdAt": "2099-01-01T00:00:00Z"}
        indexed = "2026-05-04T10:00:00Z"
        return from_view(
            {
                "uri": URI,
                "author": author,
                "record": record,
                "indexedAt": indexed,
                **fields,
            }
        )

    wish = view([{"val": "!no-unauthenticated"}], likeCount=3, replyCount=-1)
    assert wish.author.opt_out is True
    assert wish.author.handle is None
    assert (wish.likes, wish.replies, wish.views) == (3, None, None)
    assert wish.published_at == AT_NOON  # a claim from the future is held to the index
    assert wish.sensitive is None
    assert view([{"val": "!no-unauthenticated", "neg": True}]).author.opt_out is False
    assert view(None).author.opt_out is None
    assert view([], labels=[{"val": "porn"}]).sensitive is True
    assert view([], labels=[{"val": "spam"}]).sensitive is False


@pytest.mark.parametrize(
    "claimed", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_wild_claims_are_kept_or_unknown(claimed: str) -> None:
    at = from_record(
        URI, {"text": "x", "createdAt": claimed}, seen_at=AT_NOON
    ).published_at
    assert at in {datetime(1970, 1, 1, tzinfo=UTC), AT_NOON}


def test_a_record_that_is_none_is_broken() -> None:
    for uri, record in ((URI, None), (URI, []), ("at://x/y/z", {}), ("", {})):
        with pytest.raises(BrokenRecord):
            from_record(uri, record)
