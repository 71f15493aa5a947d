"""Text as platforms send it: HTML, tags, links, times, and the matching of terms."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collectors._matching import has_phrase, matches
from collectors.base import Author, Post, Term, normal_tag
from collectors.text import (
    clean,
    count,
    find_hashtags,
    find_links,
    html_links,
    html_to_text,
    links,
    parse_time,
    tags,
    tidy_url,
    web_url,
    words,
)

SEVERAL = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# Few characters, chosen for the trouble they make.
HOSTILE = st.text(
    alphabet="ab#＃@/:.<>&;\"'= \n\t\x00\x85\u202e\u2066\ufeff\ud800İßé\u0301हि・_1[]%"
)


# --- clean


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("  a\r\nb\rc  ", "a\nb\nc"),
        ("e\u0301", "é"),
        ("pay \u202e1000\u202c now", "pay 1000 now"),
        ("a\u2066b\u2069c", "abc"),
        ("a\x00\x1b[31mb\x85", "a[31mb"),
        ("\ufefftop", "top"),
        ("lone \ud800", "lone \ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\u200fשלום", "\u200fשלום"),
    ],
)
def test_clean(given_text: str, expected: str) -> None:
    assert clean(given_text) == expected


@SEVERAL
@given(HOSTILE)
def test_clean_text_can_be_stored_and_shown(text: str) -> None:
    found = clean(text)
    found.encode()
    assert unicodedata.is_normalized("NFC", found)
    assert not set(found) & set("\x00\x85\u202e\u2066\ufeff\r")
    assert clean(found) == found


# --- HTML


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one<br>two</p><p>three</p>", "one\ntwo\n\nthree"),
        ("<p>one</p>\n\n<p>two</p>", "one\n\ntwo"),
        ("a &amp; b &lt;i&gt; &#39;c&#39;", "a & b <i> 'c'"),
        ('<span class="invisible">https://</span>ex.example', "ex.example"),
        ('<p class="quote-inline">RE: x</p><p>text</p>', "text"),
        ("<script>alert(1)</script><style>p{}</style>kept", "kept"),
        ("<svg><title>no</title></svg>kept", "kept"),
        ("<b>unclosed <i>tags", "unclosed tags"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1\n\n2"),
        ("  lay\n  out  ", "lay out"),
        ("", ""),
        ("<!-- nothing -->", ""),
    ],
)
def test_html_to_text(html: str, expected: str) -> None:
    assert html_to_text(html) == expected


@SEVERAL
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<br>",
                "<a href='",
                "'>",
                "<b",
                "&#x",
                ";",
                "é",
                "\x00",
                "<!--",
                "<![CDATA[",
                "\ud800",
                "<svg>",
            ]
        )
    ).map("".join)
)
def test_any_html_gives_text(html: str) -> None:
    found = html_to_text(html)
    assert clean(found) == found
    assert isinstance(html_links(html), list)


def test_long_text_is_kept_whole() -> None:
    html = "<p>word</p>" * 20_000
    assert html_to_text(html).count("word") == 20_000
    assert len(html_links('<a href="https://a.example/">x</a>' * 6_000)) == 6_000
    assert len(html_to_text("x" * 100_000)) == 100_000


def test_hostile_nesting_is_parsed_in_parts() -> None:
    # In one piece, 40,000 nested tags take the parser seven seconds.
    html = "<div>" * 40_000 + "deep"
    assert html_to_text(html) == "deep"


def test_html_links_come_with_their_class() -> None:
    html = '<a href="/rel" class="u-url mention">x</a><a href="https://b.example">y</a><a>z</a>'
    assert html_links(html) == [("/rel", "u-url mention"), ("https://b.example", "")]


# --- tags


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#LabourLeaks and ＃ＷｉｋｉＬｅａｋｓ", ["labourleaks", "wikileaks"]),
        ("(#one) #two, #three!", ["one", "two", "three"]),
        ("#1 #2026 #1st #_a", ["1st", "_a"]),
        ("a#no &#39; /#no ##", []),
        ("https://x.example/#no #yes", ["yes"]),
        ("#Straße #STRASSE", ["strasse", "strasse"]),
        ("#हिंदी #ประเทศไทย #日本語", ["हिंदी", "ประเทศไทย", "日本語"]),
        ("#cafe\u0301", ["café"]),
        ("#a·b #a・b #a-b", ["a·b", "a・b", "a"]),
    ],
)
def test_find_hashtags(text: str, expected: list[str]) -> None:
    assert find_hashtags(text) == expected


@SEVERAL
@given(HOSTILE)
def test_tags_are_what_a_post_accepts(text: str) -> None:
    found = tags([text, *find_hashtags(text), None, 7])
    assert found == tuple(sorted(set(found)))
    make_post(hashtags=found)


@SEVERAL
@given(HOSTILE)
@example("ǰ")
@example("# ＃a")
@example("#ΐ＃")
def test_a_tag_is_normal_after_one_round(text: str) -> None:
    found = normal_tag(text)
    assert normal_tag(found) == found


# --- links


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "HTTPS://Papers.Example:443/A?utm_source=x&b=1#top",
            "https://papers.example/A?b=1",
        ),
        ("http://a.example/?fbclid=1", "http://a.example/"),
        ("https://a.example/?q=a%26b", "https://a.example/?q=a%26b"),
        ("https://me:secret@a.example/", "https://a.example/"),
        ("javascript:alert(1)", None),
        ("//a.example/x", None),
        ("/x", None),
        ("http://[::1", None),
        ("http://a.example:99999/", None),
        ("http://xn--zz--.com", None),
        ("http://[]@", None),
        ("http://a b.example/", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_tidy_url(url: object, expected: str | None) -> None:
    assert tidy_url(url) == expected
    assert (web_url(url) is None) == (expected is None)


@SEVERAL
@given(
    st.one_of(
        HOSTILE,
        HOSTILE.map("http://".__add__),
        HOSTILE.map("https://a.example/".__add__),
    )
)
def test_links_are_what_a_post_accepts(text: str) -> None:
    make_post(links=links([text, *find_links(text)]), url=web_url(text))


def test_find_links() -> None:
    text = "see https://a.example/x, (http://b.example/y) and https://c.example/z_(w)."
    assert find_links(text) == [
        "https://a.example/x",
        "http://b.example/y",
        "https://c.example/z_(w)",
    ]


# --- times and counts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-02T10:00:00.123Z", datetime(2026, 3, 2, 10, 0, 0, 123000, UTC)),
        ("2026-03-02T10:00:00-05:00", datetime(2026, 3, 2, 15, tzinfo=UTC)),
        ("2026-03-02T10:00:00", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        (1e30, None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ("yesterday", None),
        ([], None),
    ],
)
def test_parse_time(value: object, expected: datetime | None) -> None:
    assert parse_time(value) == expected


def test_parse_time_of_feeds() -> None:
    found = parse_time("Mon, 02 Mar 2026 10:00:00 +0100", lenient=True)
    assert found == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_counts_and_words_of_the_wrong_type_are_unknown() -> None:
    assert [count(v) for v in (0, 3, -1, True, "3", None, 2.0)] == [0, 3, *[None] * 5]
    assert [words(v) for v in (" a ", "", " \x00 ", None, 3)] == ["a", *[None] * 4]


# --- matching


AUTHOR = Author(
    platform="mastodon", uri="https://s.example/users/mairi", handle="mairi@s.example"
)


def make_post(**given_fields: object) -> Post:
    known = {
        "platform": "mastodon",
        "uri": "https://s.example/1",
        "author": AUTHOR,
        "text": "",
        "published_at": None,
    }
    return Post(**{**known, **given_fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("post", "term", "how"),
    [
        ({"hashtags": ("labourleaks",)}, Term("hashtag", "LabourLeaks"), "tag"),
        ({"text": "so ＃LABOURLEAKS it is"}, Term("hashtag", "labourleaks"), "tag"),
        ({"text": "labourleaks"}, Term("hashtag", "labourleaks"), None),
        ({"content_warning": "Labour  Leaks!"}, Term("phrase", "labour leaks"), "text"),
        ({"text": "labour leaksx"}, Term("phrase", "labour leaks"), None),
        (
            {"links": ("https://www.papers.example/x",)},
            Term("domain", "Papers.example"),
            "url",
        ),
        (
            {"links": ("https://notpapers.example/",)},
            Term("domain", "papers.example"),
            None,
        ),
        (
            {"links": ("http://papers.example:99999/",)},
            Term("domain", "papers.example"),
            None,
        ),
        ({}, Term("account", "@Mairi@s.example"), "author"),
        ({"mentions": ("tam@s.example",)}, Term("account", "tam@s.example"), "author"),
        ({}, Term("account", "tam@s.example"), None),
        ({}, Term("feed", "https://s.example/rss"), "server"),
    ],
)
def test_matches(post: dict[str, object], term: Term, how: str | None) -> None:
    assert matches(make_post(**post), [term]) == ([(term, how)] if how else [])


def test_matches_names_each_term_that_fits() -> None:
    terms = [Term("hashtag", "a"), Term("hashtag", "b"), Term("phrase", "see")]
    found = matches(make_post(text="see", hashtags=("a",)), terms)
    assert [term.value for term, _ in found] == ["a", "see"]


@SEVERAL
@given(HOSTILE, HOSTILE)
def test_matching_is_total(text: str, value: str) -> None:
    post = make_post(text=clean(text), links=links([text]))
    for kind in ("hashtag", "phrase", "domain", "account", "feed"):
        matches(post, [Term(kind, value)])  # type: ignore[arg-type]


def test_an_empty_phrase_is_nowhere() -> None:
    assert not has_phrase("any text", "  ")
    assert not has_phrase("", "")
