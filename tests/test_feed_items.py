"""The items of a feed: who they are, what they say, and which are wanted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors.base import Term
from tests.feed_files import URL, item, look, one, only, query, rss, window


@pytest.mark.parametrize(
    ("guid", "uri"),
    [
        ("https://a.example/?p=1", "https://a.example/?p=1"),
        ("tag:a.example,2026:1", "tag:a.example,2026:1"),
        ("urn:uuid:1-2", "urn:uuid:1-2"),
    ],
)
def test_a_guid_that_is_a_uri_is_the_identity(guid: str, uri: str) -> None:
    extra = f"<guid isPermaLink='false'>{guid}</guid><link>https://a.example/x</link>"
    assert one(extra).uri == uri


def test_any_other_guid_is_scoped_to_the_host() -> None:
    post = one("<guid isPermaLink='false'>1001</guid><link>https://a.example/x</link>")
    assert post.uri.startswith("feed:gazette.example:")
    assert post.uri == one("<guid isPermaLink='false'>1001</guid><title>T</title>").uri


def test_without_a_guid_the_link_and_then_title_and_date() -> None:
    link = "<link>https://A.example/x?utm_source=rss#top</link>"
    assert one(link).uri == "https://a.example/x"
    day = "<pubDate>01 Oct 2026 09:00:00 GMT</pubDate>"
    assert one(f"<title>T</title>{day}").uri != one("<title>T</title>").uri


def test_a_guid_twice_is_one_post_when_the_links_agree() -> None:
    page = look(rss(item(1), item(1)))
    assert len(page.posts) == 1
    assert dict(page.skipped) == {"twice in the feed": 1}


def test_a_guid_that_stands_for_two_links_is_two_posts() -> None:
    guid = "<guid isPermaLink='false'>news</guid>"
    links = ("https://a.example/1", "https://a.example/2")
    body = rss(*(f"<item>{guid}<link>{link}</link></item>" for link in links))
    assert tuple(post.uri for post in look(body).posts) == links


def test_status_pages_and_at_uris_are_known_as_copies() -> None:
    link = "https://bsky.example/profile/did:plc:abc/post/3kx"
    guid = "at://did:plc:abc/app.bsky.feed.post/3kx"
    post = one(f"<link>{link}</link><guid isPermaLink='false'>{guid}</guid>")
    assert {(copy.scheme, copy.value) for copy in post.copies} == {
        ("url", link),
        ("uri", guid),
    }


def test_google_redirects_are_unwrapped_elsewhere_they_stay() -> None:
    wrapped = "/url?rct=j&amp;url=https://a.example/s&amp;ct=ga"
    assert (
        one(f"<link>https://www.google.com{wrapped}</link>").url
        == "https://a.example/s"
    )
    kept = one(f"<link>https://www.google.com.evil.example{wrapped}</link>").url
    assert kept is not None
    assert kept.startswith("https://www.google.com.evil.example/url")


def test_hostile_links_are_dropped_and_the_item_kept() -> None:
    hostile = "".join(
        f'&lt;a href="{url}"&gt;x&lt;/a&gt;'
        for url in (
            "javascript:alert(1)",
            "http://[",
            "data:text/html,x",
            "https://ok.example/",
        )
    )
    post = one(
        "<title>T</title><link>javascript:alert(1)</link>"
        f"<description>{hostile}</description>"
        "<enclosure url='javascript:alert(2)' type='image/png'/>"
    )
    assert (post.url, post.media) == (None, ())
    assert post.links == ("https://ok.example/",)


def test_the_fullest_text_wins_and_is_plain() -> None:
    post = one(
        "<title>A &amp;amp; B</title><description>short</description>"
        "<content:encoded>&lt;p&gt;one&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;"
        "&lt;p&gt;two &amp;lt;3&lt;/p&gt;</content:encoded>"
    )
    assert (post.title, post.text) == ("A & B", "one\n\ntwo <3")


def test_an_author_is_named_without_the_address() -> None:
    assert one(
        "<title>T</title><author>jo@a.example (Jo Reed)</author>"
    ).author.uri == ("feed:gazette.example:author:jo-reed")
    assert (
        one("<title>T</title><author>jo@a.example</author>").author.display_name == "jo"
    )
    nobody = one("<title>T</title>").author
    assert (nobody.uri, nobody.display_name) == (URL, "Gazette")


def test_categories_become_tags_and_match_terms() -> None:
    body = rss(
        "<item><title>T</title><category>Labour Leaks</category>"
        "<category>a/b</category></item>"
    )
    assert only(body, query(terms=("LabourLeaks",))).hashtags == ("labourleaks",)


@pytest.mark.parametrize(
    "terms", [("other",), (Term("feed", "https://gazette.example/other.xml"),), ()]
)
def test_what_no_term_wants_is_counted(terms: tuple[Term | str, ...]) -> None:
    page = look(window(2, 1), query(terms=terms))
    assert (page.posts, dict(page.skipped)) == ((), {"no term matched": 2})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Sat, 02 Oct 2027 09:00:00 GMT", datetime(2027, 10, 2, 9, tzinfo=UTC)),
        ("Fri, 02 Oct 2026 09:00:00 EDT", datetime(2026, 10, 2, 13, tzinfo=UTC)),
        ("2 October 2026 09:00 BST", datetime(2026, 10, 2, 8, tzinfo=UTC)),
        ("2 October 2026, 9:00 XYZ", datetime(2026, 10, 2, 9, tzinfo=UTC)),
        ("Friday", None),
        ("10:30", None),
        ("soon", None),
        ("99999999999999999999", None),
    ],
)
def test_dates_as_feeds_write_them(text: str, moment: datetime | None) -> None:
    assert one(f"<title>T</title><pubDate>{text}</pubDate>").published_at == moment


def test_an_edit_is_a_date_well_after_publication() -> None:
    def atom(updated: str) -> str:
        return (
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:x:1</id>'
            "<published>2026-10-02T09:00:00Z</published>"
            f"<updated>{updated}</updated></entry></feed>"
        )

    assert only(atom("2026-10-02T09:00:30Z")).edited_at is None
    later = datetime(2026, 10, 2, 11, tzinfo=UTC)
    assert only(atom("2026-10-02T13:00:00+02:00")).edited_at == later


def test_a_blank_item_is_rejected_by_its_place() -> None:
    page = look(rss(item(1), "<item></item>"))
    assert [bad.item for bad in page.rejected] == ["item 2"]
    assert len(page.posts) == 1
