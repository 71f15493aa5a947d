"""Feeds that are damaged, hostile, in odd encodings, or no feeds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import _feed_xml
from collectors.base import BadPayload, Page
from collectors.feed import COLLECTOR
from tests.feed_files import (
    FEED,
    RECORDINGS,
    answer,
    item,
    look,
    one,
    only,
    query,
    rss,
    window,
)

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
