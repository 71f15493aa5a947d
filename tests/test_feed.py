"""The feed collector: what a window says, what it proves, and hostile bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import _feed_xml
from collectors._feed_state import BELIEVED, State
from collectors.base import BadPayload, Page, Post, Query, Term
from collectors.feed import COLLECTOR, Feed
from collectors.text import parse_time

URL = "https://gazette.example/news.xml"
FEED = Feed()
RECORDINGS = Path(__file__).parent / "platforms" / "feed"


def rss(*items: str, head: str = "", prolog: str = "<?xml version='1.0'?>") -> str:
    return (
        f'{prolog}<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>Gazette</title>{head}{''.join(items)}</channel></rss>"
    )


def item(number: int, *, day: int | None = None, extra: str = "") -> str:
    date = f"<pubDate>{day or number:02d} Oct 2026 09:00:00 GMT</pubDate>"
    return (
        f"<item><guid>https://gazette.example/?p={number}</guid>"
        f"<link>https://gazette.example/{number}</link><title>Item {number}</title>"
        f"{'' if 'pubDate' in extra else date}{extra}</item>"
    )


def window(*numbers: int, head: str = "") -> str:
    return rss(*(item(number) for number in numbers), head=head)


def query(**changes: Any) -> Query:  # noqa: ANN401 - any field of a Query
    url = changes.pop("url", URL)
    given: dict[str, Any] = {
        "walk": "forward",
        "terms": (Term("feed", url),),
        "settings": {"base_url": url},
    }
    return Query(**(given | changes))


def answer(
    body: str | bytes,
    request: httpx.Request | None = None,
    *,
    status: int = 200,
    **headers: str,
) -> httpx.Response:
    content = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = request or httpx.Request("GET", URL)
    return httpx.Response(status, headers=named, content=content, request=asked)


def look(body: str | bytes, asked: Query | None = None, **headers: str) -> Page:
    asked = asked or query()
    request = FEED.first(asked)
    return FEED.parse(answer(body, request, **headers), asked)


def only(body: str | bytes, asked: Query | None = None, **headers: str) -> Post:
    (post,) = look(body, asked, **headers).posts
    return post


def state_of(page: Page) -> State:
    state = State.load(page.checkpoint)
    assert state is not None
    return state


def walk(asked: Query, bodies: Sequence[str]) -> list[Page]:
    """Each body answers the next request; the walk must want them all."""
    request: httpx.Request | None = FEED.first(asked)
    pages = []
    for body in bodies:
        assert request is not None
        pages.append(FEED.parse(answer(body, request), asked))
        request = pages[-1].next
    return pages


# --- recordings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted(RECORDINGS.glob("*.json")), ids=lambda p: p.stem
)
def test_a_recording_gives_its_posts(path: Path) -> None:
    case = json.loads(path.read_text())
    asked = case["query"]
    terms = tuple(
        term if isinstance(term, str) else Term(term["kind"], term["value"])
        for term in asked["terms"]
    )
    times = {name: parse_time(asked[name]) for name in ("since", "until")}
    asked = Query(**(asked | times | {"terms": terms}))
    request: httpx.Request | None = FEED.first(asked)
    posts: list[Post] = []
    error = checkpoint = None
    for exchange in case["exchanges"]:
        assert request is not None
        assert str(request.url) == exchange["request"]["url"]
        body = exchange["response"]["body"]
        text = body if isinstance(body, str) else json.dumps(body)
        response = answer(text, request, status=exchange["response"]["status"])
        response.headers.update(exchange["response"]["headers"])
        try:
            page = FEED.parse(response, asked)
        except BadPayload as caught:
            error = type(caught).__name__
            break
        posts += page.posts
        checkpoint = page.checkpoint
        request = page.next
    expected = case["expected"]
    assert error == expected["error"]
    assert [post.uri for post in posts] == [post["uri"] for post in expected["posts"]]
    assert checkpoint == expected["checkpoint"]


# --- settings and requests -------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["", "gazette.example/feed", "ftp://gazette.example/", "https://", "https://["],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert len(FEED.check({"base_url": url})) == 1


def test_a_password_in_the_address_is_refused_without_showing_it() -> None:
    (problem,) = FEED.check({"base_url": "https://me:hunter2@gazette.example/feed"})
    assert "hunter2" not in problem


def test_the_address_is_asked_for_as_written() -> None:
    url = "https://gazette.example/feed/?kind=all&tag=x%20y"
    assert FEED.check({"base_url": url}) == []
    assert str(FEED.first(query(url=url)).url) == url


# --- validators ------------------------------------------------------------------------


def test_a_second_look_is_conditional() -> None:
    first = look(
        window(2, 1), etag='"a"', last_modified="Fri, 02 Oct 2026 09:00:00 GMT"
    )
    request = FEED.first(query(checkpoint=first.checkpoint))
    assert request.headers["if-none-match"] == '"a"'
    assert request.headers["if-modified-since"] == "Fri, 02 Oct 2026 09:00:00 GMT"


def test_304_is_a_complete_empty_page_until_it_was_said_too_often() -> None:
    page: Page | None = look(window(2, 1), etag='"a"')
    for _ in range(BELIEVED):
        assert page is not None
        asked = query(checkpoint=page.checkpoint)
        request = FEED.first(asked)
        assert "if-none-match" in request.headers
        response = answer("", request, status=304)
        page = FEED.explain(response, asked)
        assert page == FEED.parse(response, asked)
        assert page is not None
        assert (page.posts, page.next, page.gap) == ((), None, None)
    assert page is not None
    asked = query(checkpoint=page.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    # The plain look finds the same: the server is believed again.
    again = look(window(2, 1), asked, etag='"a"')
    assert state_of(again).unchanged == 0
    assert "if-none-match" in FEED.first(query(checkpoint=again.checkpoint)).headers


def test_304_to_a_plain_request_is_no_answer() -> None:
    with pytest.raises(BadPayload, match="304"):
        FEED.explain(answer("", status=304), query())


def test_validators_caught_lying_are_never_sent_again() -> None:
    first = look(window(2, 1), etag='"a"')
    second = look(window(3, 2, 1), query(checkpoint=first.checkpoint), etag='"a"')
    assert [post.uri[-1] for post in second.posts] == ["3", "2", "1"]
    asked = query(checkpoint=second.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    third = look(window(4, 3, 2), asked, etag='"b"')
    assert "if-none-match" not in FEED.first(query(checkpoint=third.checkpoint)).headers


def test_an_identical_body_is_unchanged_and_doubtful_validators_are_left_out_once() -> (
    None
):
    first = look(window(2, 1), etag='"a"')
    asked = query(checkpoint=first.checkpoint)
    same = look(window(2, 1), asked, etag='"b"')
    assert same.posts == ()
    asked = query(checkpoint=same.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    settled = look(window(2, 1), asked, etag='"b"')
    assert (
        FEED.first(query(checkpoint=settled.checkpoint)).headers["if-none-match"]
        == '"b"'
    )


def test_new_terms_read_the_window_again() -> None:
    first = look(window(2, 1), query(terms=("other",)), etag='"a"')
    assert (first.posts, dict(first.skipped)) == ((), {"no term matched": 2})
    asked = query(checkpoint=first.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    assert len(look(window(2, 1), asked, etag='"a"').posts) == 2


@pytest.mark.parametrize(
    "checkpoint", ["", "x", "[]", "{}", '{"seen":3,"etag":[]}', "[" * 9999]
)
def test_a_checkpoint_that_cannot_be_read_is_none(checkpoint: str) -> None:
    asked = query(checkpoint=checkpoint)
    assert len(look(window(2, 1), asked).posts) == 2


# --- overlap, gaps and paging ----------------------------------------------------------


def test_a_shared_item_proves_that_nothing_fell_between() -> None:
    first = look(window(3, 2, 1))
    second = look(window(5, 4, 3), query(checkpoint=first.checkpoint))
    assert (second.gap, second.next, second.vouches) == (None, None, "overlapping")


def test_overlap_counts_items_that_no_term_wants() -> None:
    first = look(window(3, 2, 1), query(terms=("labourleaks",)))
    asked = query(terms=("labourleaks",), checkpoint=first.checkpoint)
    assert look(window(5, 4, 3), asked).gap is None


def test_no_shared_item_is_a_gap() -> None:
    first = look(window(3, 2, 1))
    second = look(window(9, 8), query(checkpoint=first.checkpoint))
    assert second.gap is not None
    assert (second.gap.state, second.gap.from_at) == ("capped", None)
    assert second.gap.to_at == datetime(2026, 10, 8, 9, tzinfo=UTC)
    assert len(second.posts) == 2


def test_an_emptied_feed_is_quiet_and_keeps_its_proof() -> None:
    first = look(window(2, 1))
    emptied = look(window(), query(checkpoint=first.checkpoint))
    assert (emptied.posts, emptied.gap) == ((), None)
    assert look(window(9), query(checkpoint=emptied.checkpoint)).gap is not None


def next_link(url: str) -> str:
    return f'<atom:link rel="next" href="{url}"/>'


def test_paging_goes_on_until_the_windows_overlap() -> None:
    first = look(window(2, 1))
    asked = query(checkpoint=first.checkpoint)
    bodies = [
        window(9, 8, head=next_link("?p=2")),
        window(7, 6, head=next_link("?p=3")),
        window(5, 2, head=next_link("?p=4")),
    ]
    pages = walk(asked, bodies)
    assert [page.gap for page in pages] == [None] * 3
    assert pages[-1].next is None
    assert len({page.checkpoint for page in pages}) == 1
    # The checkpoint is the first page's: the newest window.
    assert look(window(10, 9), query(checkpoint=pages[-1].checkpoint)).gap is None


def test_paging_that_never_overlaps_ends_in_a_gap() -> None:
    asked = query(checkpoint=look(window(1)).checkpoint)
    bodies = [window(30 - n, head=next_link(f"?p={n + 2}")) for n in range(10)]
    pages = walk(asked, bodies)
    assert pages[-1].next is None
    assert pages[-1].gap is not None
    assert pages[-1].gap.to_at == datetime(2026, 10, 21, 9, tzinfo=UTC)


def test_a_server_that_ignores_the_page_number_ends_the_walk() -> None:
    url = "https://gazette.example/feed"
    asked = query(url=url, checkpoint=look(window(1)).checkpoint)
    pages = walk(asked, [window(9, 8), window(9, 8)])
    assert str(pages[0].next and pages[0].next.url) == f"{url}?paged=2"
    assert pages[1].next is None
    assert pages[1].gap is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/x",
        "http://gazette.example/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://gazette.example:8443/x",
        "https://[",
        URL,
    ],
)
def test_a_feed_may_not_send_us_elsewhere(url: str) -> None:
    asked = query(checkpoint=look(window(1)).checkpoint)
    page = look(window(9, head=next_link(url)), asked)
    assert page.next is None
    assert page.gap is not None


WORDPRESS = "<generator>https://wordpress.org/?v=6.8</generator>"


def test_wordpress_answers_404_past_its_last_page() -> None:
    asked = query(walk="back", since=datetime(2026, 1, 1, tzinfo=UTC))
    (page,) = walk(asked, [window(9, 8, head=WORDPRESS)])
    end = FEED.explain(answer("gone", page.next, status=404), asked)
    assert end is not None
    assert (end.posts, end.next, end.gap) == ((), None, None)
    assert end.reached == asked.since


def test_404_on_the_feed_itself_follows_the_usual_rules() -> None:
    assert FEED.explain(answer("gone", status=404), query()) is None
    assert FEED.explain(answer("no", status=403), query()) is None


def test_404_on_a_guessed_page_leaves_the_gap() -> None:
    url = "https://gazette.example/feed"
    asked = query(url=url, checkpoint=look(window(1)).checkpoint)
    (page,) = walk(asked, [window(9, 8)])
    end = FEED.explain(answer("gone", page.next, status=404), asked)
    assert end is not None
    assert end.gap is not None
    assert end.gap.to_at == datetime(2026, 10, 8, 9, tzinfo=UTC)
    assert end.checkpoint == page.checkpoint


def test_walking_back_stops_at_since() -> None:
    since = datetime(2026, 10, 7, tzinfo=UTC)
    bodies = [
        window(9, 8, head=next_link("?p=2")),
        window(7, 6, head=next_link("?p=3")),
    ]
    pages = walk(query(walk="back", since=since), bodies)
    assert (pages[-1].next, pages[-1].gap) == (None, None)
    assert pages[-1].reached == datetime(2026, 10, 6, 9, tzinfo=UTC)


def test_walking_back_without_paging_reports_the_rest() -> None:
    since = datetime(2026, 9, 1, tzinfo=UTC)
    page = look(window(9, 8), query(walk="back", since=since))
    assert page.gap is not None
    assert (page.gap.from_at, page.gap.to_at) == (since, page.reached)
    assert page.checkpoint is None


def test_an_old_or_impossible_date_does_not_vouch_for_the_time_since() -> None:
    pinned = item(1, extra="<pubDate>01 Jan 2020 09:00:00 GMT</pubDate>")
    zero = item(2, extra="<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>")
    page = look(rss(pinned, item(9), item(8), zero))
    assert page.reached == datetime(2026, 10, 8, 9, tzinfo=UTC)


# --- items -----------------------------------------------------------------------------


def one(extra: str) -> Post:
    return only(rss(f"<item>{extra}</item>"))


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


# --- encodings -------------------------------------------------------------------------


@pytest.mark.parametrize("claimed", ["", "text/xml", "text/xml; charset=utf-8"])
@pytest.mark.parametrize(
    "charset", ["utf-8", "koi8-r", "windows-1251", "utf-16", "utf-16-le", "utf-32-be"]
)
def test_the_declared_encoding_is_read(charset: str, claimed: str) -> None:
    prolog = f"<?xml version='1.0' encoding='{charset}'?>"
    body = rss("<item><title>Утечка #LabourLeaks</title></item>", prolog=prolog)
    headers = {"content_type": claimed} if claimed else {}
    assert only(body.encode(charset), **headers).title == "Утечка #LabourLeaks"


def test_an_undeclared_or_wrong_encoding_is_read() -> None:
    body = rss("<item><title>Café “é”</title></item>")
    assert only(body.encode("windows-1252")).title == "Café “é”"
    wrong = "text/xml; charset=iso-8859-1"
    assert only(body.encode(), content_type=wrong).title == "Café “é”"
    russian = rss("<item><title>Утечка</title></item>").encode("windows-1251")
    told = "application/rss+xml; charset=windows-1251"
    assert only(russian, content_type=told).title == "Утечка"


@pytest.mark.parametrize(
    "charset", ["punycode", "unicode_escape", "rot13", "no\0pe", "é"]
)
def test_an_encoding_that_is_none_is_passed_over(charset: str) -> None:
    body = rss("<item><title>Plain</title></item>").encode()
    assert _feed_xml.decode(body, charset) == body.decode()


def test_one_bad_byte_does_not_spoil_the_rest() -> None:
    body = rss(
        "<item><title>Утечка</title><description>x</description></item>"
    ).encode()
    assert only(body.replace(b">x<", b">\xff<")).title == "Утечка"


# --- what is no feed -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<!doctype html><html><body>Moved</body></html>", "an HTML page"),
        ("<html><form><input type='password'></form></html>", "a login page"),
        ("<?xml version='1.0'?><note>hello</note>", "root is <note>"),
        ("plain words", "neither XML nor JSON"),
        ("", "empty"),
        (" \n ", "empty"),
        ('{"items": [', "JSON cannot be read"),
        ('{"error": "no"}', "no JSON Feed"),
        ("[1]", "no JSON Feed"),
        ("[" * 100_000, "JSON cannot be read"),
        (window(1)[:90], "breaks off"),
        (rss(item(1))[:-60], "breaks off"),
        ("/etc/passwd", "neither XML nor JSON"),
        ("https://gazette.example/", "neither XML nor JSON"),
    ],
)
def test_what_came_instead_of_a_feed_is_named(body: str, words: str) -> None:
    with pytest.raises(BadPayload, match=words) as caught:
        look(body)
    assert str(caught.value).startswith("feed is broken: ")


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_text(window(1))
    with pytest.raises(BadPayload):
        look(str(secret))


def test_a_feed_cut_short_keeps_what_was_whole_and_asks_again() -> None:
    whole = window(3, 2, 1)
    page = look(whole[: whole.index("Item 1")], etag='"a"')
    assert [post.uri[-1] for post in page.posts] == ["3", "2"]
    assert [bad.item for bad in page.rejected] == ["feed"]
    asked = query(checkpoint=page.checkpoint)
    assert "if-none-match" not in FEED.first(asked).headers
    assert len(look(whole, asked, etag='"a"').posts) == 3


def test_malformed_xml_that_loses_nothing_is_accepted() -> None:
    page = look(rss("<item><title>Fish & chips</title><x:odd>1</x:odd></item>"))
    assert [post.title for post in page.posts] == ["Fish & chips"]
    assert page.rejected == ()


def test_an_empty_feed_is_quiet() -> None:
    for body in (
        window(),
        '{"version": "https://jsonfeed.org/version/1", "items": []}',
    ):
        page = look(body)
        assert (page.posts, page.rejected, page.gap, page.next) == ((), (), None, None)


# --- entities --------------------------------------------------------------------------

LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))


@pytest.mark.parametrize(
    "subset",
    [
        f"<!ENTITY l0 'ha'>{LAUGHS}",
        f"\n<!ENTITY l0 'ha'>\n{LAUGHS}\n",
        "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
        "<!ENTITY % p '<!ENTITY x \"y\">'> %p;",
        "<!ENTITY a 'x&#38;b;'>",
        "<!ENTITY a '<b>'>\n<!ENTITY c \"y\">",
        '<!-- \n<!ENTITY a "y">\n -->',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_could_explode_are_refused(subset: str, encoding: str) -> None:
    prolog = f"<?xml version='1.0' encoding='{encoding}'?><!DOCTYPE rss [{subset}]>"
    body = rss("<item><title>&l9;&a;&x;</title></item>", prolog=prolog)
    with pytest.raises(BadPayload, match="refused"):
        look(body.encode(encoding))


def test_one_long_entity_named_often_is_refused() -> None:
    prolog = f'<!DOCTYPE rss [\n<!ENTITY a "{"x" * 10_000}">\n]>'
    with pytest.raises(BadPayload, match="would add"):
        look(rss(f"<item><title>{'&a;' * 1000}</title></item>", prolog=prolog))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x.example/rss.dtd">',
        "<!DOCTYPE rss [\n<!ENTITY org 'the union'>\n]>",
        "<!DOCTYPE rss [<!ELEMENT rss ANY>]>",
    ],
)
def test_a_harmless_doctype_is_read(doctype: str) -> None:
    assert only(rss(item(1), prolog=doctype)).title == "Item 1"


def test_an_article_about_entities_is_read() -> None:
    text = "<![CDATA[write <!DOCTYPE x [ <!ENTITY a 'b'> ]> never]]>"
    assert one(f"<title>T</title><description>{text}</description>").title == "T"


# --- size and totality -----------------------------------------------------------------


def test_a_long_text_is_kept_whole() -> None:
    assert (
        len(one(f"<title>T</title><description>{'word ' * 20_000}</description>").text)
        > 99_000
    )


def test_a_feed_too_large_is_refused_unread() -> None:
    with pytest.raises(BadPayload, match="bytes"):
        look(b"<rss>" + b" " * 8_000_000 + b"</rss>")


BODIES = [
    exchange["response"]["body"]
    for path in sorted(RECORDINGS.glob("*.json"))
    for exchange in json.loads(path.read_text())["exchanges"]
]
XML_BODIES = [body.encode() for body in BODIES if isinstance(body, str) and body]
JSON_BODIES = [body for body in BODIES if isinstance(body, dict)]
TOTAL = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
CHANGES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 30),
        st.sampled_from(
            [b"", b"<", b">", b"&", b"]]>", b"<![CDATA[", b"\x00", b"\xff", b"</item>",
             b"<item>", b"&a;", b"http://[", b"99999999999", b"<!ENTITY a 'b'>", b"'"]
        ),
    ),
    max_size=4,
)  # fmt: skip
ODD = st.sampled_from(
    [None, True, -1, 1e308, "", "x", "http://[", [], {}, [None], {"a": 1}]
)


def total(body: bytes) -> None:
    """A Page whose items all have a place, or BadPayload."""
    for asked in (query(), query(walk="back")):
        request = FEED.first(asked)
        try:
            page = COLLECTOR.parse(answer(body, request), asked)
        except BadPayload:
            continue
        assert isinstance(page, Page)
        assert len({post.uri for post in page.posts}) == len(page.posts)


@TOTAL
@given(st.sampled_from(XML_BODIES), CHANGES)
def test_damaged_xml_gives_a_page_or_bad_payload(
    body: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    for where, length, patch in changes:
        at = int(where * len(body))
        body = body[:at] + patch + body[at + length :]
    total(body)


@TOTAL
@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"<rss>", b"<feed", b'{"items":[', b"\xff\xfe"]),
)
def test_any_bytes_give_a_page_or_bad_payload(body: bytes, start: bytes) -> None:
    total(start + body)


@TOTAL
@given(st.data())
def test_retyped_json_gives_a_page_and_every_item_has_a_place(
    data: st.DataObject,
) -> None:
    feed = json.loads(json.dumps(data.draw(st.sampled_from(JSON_BODIES))))
    for _ in range(data.draw(st.integers(1, 4))):
        record = data.draw(st.sampled_from([feed, *(r for r in feed["items"] if r)]))
        if isinstance(record, dict):
            name = data.draw(st.sampled_from(sorted(set(record) - {"items"} or {"id"})))
            record[name] = data.draw(ODD)
    page = look(json.dumps(feed))
    placed = len(page.posts) + len(page.rejected) + sum(page.skipped.values())
    assert placed == len(feed["items"])
