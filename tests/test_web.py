"""The pages and the JSON, through Datasette's own client; no socket is opened."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser

from db.connection import open_database
from db.published import queries
from groundswell.metadata import STAFF_QUERIES
from groundswell.web import filters, headers, server, words
from tests import web_fixture as fixture
from tests.signing_in import words_of

DOCS = Path(__file__).parents[1] / "docs" / "api.md"
PAGES = ["/", "/-/campaign/labourleaks", "/-/campaign/harbour", "/-/sources"]
DATASETTES = [
    "/campaigns",
    "/campaigns/timeline",
    "/campaigns/posts",
    "/campaigns/volume?campaign=labourleaks",
]


def build(path: Path) -> Datasette:
    return server.build(path, clock=lambda: fixture.NOW)


def close(datasette: Datasette) -> None:
    for database in datasette.databases.values():
        database.close()
    datasette.executor.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = fixture.make(tmp_path_factory.mktemp("web") / "other-name.db")
    datasette = build(path)
    yield datasette
    close(datasette)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = fixture.make(tmp_path_factory.mktemp("web") / "s.db", simulated=True)
    datasette = build(path)
    yield datasette
    close(datasette)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Datasette]:
    datasette = build(fixture.make_empty(tmp_path / "empty.db"))
    yield datasette
    close(datasette)


def get(datasette: Datasette, path: str) -> httpx.Response:
    answer: httpx.Response = asyncio.run(datasette.client.get(path))
    return answer


def page(datasette: Datasette, path: str, *, status: int = 200) -> LexborHTMLParser:
    answer = get(datasette, path)
    assert answer.status_code == status, answer.text[:500]
    return LexborHTMLParser(answer.text)


def text(tree: LexborHTMLParser) -> str:
    return words_of(tree.html or "")


# The front page


def test_the_front_page_compares_and_splits(site: Datasette) -> None:
    tree = page(site, "/")
    shown = text(tree)
    assert "129 posts On the 2 platforms seen alike both days: +" in shown
    assert "bluesky: 21.5 of 23.5 hours" in shown
    assert re.search(
        r"negative 22 17 % neutral 55 43 % positive 23 18 % not scored 29", shown
    )
    assert "1 stopped, needs a login" in shown
    assert "(89 against 64)" in shown
    assert "Left out is bluesky: 92 % of the later day was seen." in shown
    assert "In 2 hours a part was not seen" in str(tree.html)


def test_each_page_gives_posts_messages_and_voices(site: Datasette) -> None:
    tree = page(site, "/-/campaign/labourleaks?from=2025-05-10")
    panel = tree.css_first("[aria-labelledby=h-totals]")
    (link,) = [a for a in panel.css("a") if a.text() == "JSON"]
    (row,) = get(site, link.attributes["href"] or "").json()
    shown = " ".join(panel.text(separator=" ").split())
    assert row["posts"] > row["messages"] > row["voices"] > 0
    for what in ("posts", "messages", "voices"):
        assert f"{row[what]} {what}" in shown
    assert f"{row['covered'] * 100:g} % of this time was seen" in shown
    assert re.search(r"\d+ messages by \d+ voices", text(page(site, "/")))


def test_what_was_unusual_stands_first_with_its_figures(site: Datasette) -> None:
    tree = page(site, "/-/campaign/labourleaks")
    panel = tree.css_first("section[aria-labelledby=h-alerts]")
    shown = words_of(panel.html or "")
    assert "Spike 10 May 2025, 06:30: mastodon: 41 posts in five minutes" in shown
    assert (
        "61 voices, 12 % of them by three, 31 % say what another says; over by 10 May"
        in shown
    )
    assert "still so" in shown
    assert panel.css("i") == []
    quiet = text(page(site, "/-/campaign/labourleaks?platform=bluesky"))
    assert "Unusual in this time" not in quiet


def test_the_page_says_how_far_to_trust_a_score(site: Datasette) -> None:
    shown = text(page(site, "/-/campaign/labourleaks"))
    assert "not yet measured for this campaign" in shown


def test_neutral_posts_of_which_nothing_spoke_stand_apart(site: Datasette) -> None:
    page = get(site, "/-/campaign/labourleaks").text
    told = re.search(
        r"Of the ([\d,]+) neutral ones, ([\d,]+) hold no word, sign or picture", page
    )
    assert told is not None
    neutral, bare = (int(count.replace(",", "")) for count in told.groups())
    assert 0 < bare < neutral


def test_an_empty_install_says_what_to_do(empty: Datasette) -> None:
    shown = text(page(empty, "/"))
    assert "No campaign yet" in shown
    assert "groundswell init" in shown
    assert "No source yet" in text(page(empty, "/-/sources"))


def test_a_campaign_without_posts_says_so(tmp_path: Path) -> None:
    path = fixture.make_empty(tmp_path / "x.db")
    db = open_database(path).conn
    db.execute("insert into campaigns (slug, title) values ('a b/ü', 'New')")
    db.close()
    datasette = build(path)
    tree = page(datasette, "/")
    assert "No post has been collected yet" in text(tree)
    link = tree.css_first(".card .button").attributes["href"]
    assert "Nothing has been read" in text(page(datasette, link or ""))
    close(datasette)


# A campaign's page


def test_each_figure_links_to_a_query_that_answers(site: Datasette) -> None:
    for path in PAGES:
        links = {a.attributes["href"] or "" for a in page(site, path).css(".origin a")}
        assert links, path
        for link in links:
            assert get(site, link).status_code == 200, link


def test_the_links_carry_fixed_times(site: Datasette) -> None:
    tree = page(site, "/-/campaign/labourleaks?range=24h&platform=bluesky")
    links = [a.attributes["href"] or "" for a in tree.css(".origin a")]
    volume = next(link for link in links if "/volume?" in link)
    asked = parse_qs(urlsplit(volume).query)
    assert asked["from_at"] == ["2025-05-10T13:00:00Z"]
    assert asked["to_at"] == ["2025-05-11T12:30:00Z"]
    assert asked["platform"] == ["bluesky"]


def test_blind_time_is_named_in_words_and_table(site: Datasette) -> None:
    tree = page(site, "/-/campaign/labourleaks?range=24h")
    shown = text(tree)
    assert (
        "03:00 to 05:00 on 11 May (2 hours, 9 % of the time shown) : bluesky could not be "
        "read; nothing else is read for it than jetstream: the connection was lost"
        in shown
    )
    rows = {
        row.css_first("th").text(): [cell.text() for cell in row.css("td")]
        for row in tree.css("details.numbers")[0].css("tbody tr")
    }
    assert rows["11 May 2025, 03:00"][:2] == ["4 (of 67 % seen)", "not seen"]
    assert "not seen" not in rows["11 May 2025, 06:00"]


def test_the_mean_says_how_many_it_leaves_out(site: Datasette) -> None:
    shown = text(page(site, "/-/campaign/labourleaks?range=24h"))
    assert "mean polarity +0.03 (−1 to +1) over 100 scored posts; 29 left out" in shown


def test_the_filters_live_in_the_address(site: Datasette) -> None:
    tree = page(
        site, "/-/campaign/labourleaks?from=2025-05-03&to=2025-05-04&platform=feed"
    )
    assert "Showing 3 May 2025, 00:00 to 5 May 2025, 00:00 UTC, feed only" in text(tree)
    assert tree.css_first("input[name=from]").attributes["value"] == "2025-05-03"
    assert tree.css_first("option[selected]").text() == "feed"
    for preset in tree.css(".presets a"):
        address = preset.attributes["href"] or ""
        assert "platform=feed" in address
        assert "from=" not in address


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=yesterday", "from: “yesterday” is not a date"),
        ("to=2025-02-31", "to: “2025-02-31” is not a date"),
        ("platform=foo", "platform: “foo” is not watched (watched: bluesky, feed"),
        ("from=2025-05-09&to=2025-05-01", "from: “2025-05-09” is not before to:"),
        ("from=2031-01-01", "from: “2031-01-01” lies in the future"),
        ("from=0001-01-01", "from: “0001-01-01” is too long ago"),
        ("to=9999-12-31&from=9999-12-31", "lies in the future"),
        ("range=1y", "range: “1y” is not one of 24h, 7d, 14d, 30d and all"),
        ("from=1999-01-01", "That is a long time: showing its last 665 days"),
        ("from=%3Cscript%3E", "from: “<script>” is not a date"),
        (
            "platfrom=x",
            "platfrom: this page has no such filter. Did you mean platform?",
        ),
        ("language=de", "language: this page has no such filter. Did you mean lang?"),
        (
            "%3Cb%3Ezz=1",
            "<b>zz: this page has no such filter. It has from, lang, platform",
        ),
    ],
)
def test_a_bad_parameter_is_named_and_the_rest_is_shown(
    site: Datasette, query: str, sentence: str
) -> None:
    tree = page(site, f"/-/campaign/labourleaks?{query}")
    assert sentence in " ".join(n.text() for n in tree.css(".notice"))
    assert tree.css("script[data-chart]")


def test_what_belongs_elsewhere_is_not_taken_for_a_slip(site: Datasette) -> None:
    for path in (
        "campaign/labourleaks?below=3",
        "pushing/labourleaks?q=x&_y=1",
        "sources",
    ):
        assert not page(site, f"/-/{path}").css("main > .notice.error"), path
    (told,) = page(site, "/-/sources?platfrom=x").css("main > .notice.error")
    assert "this page has no filters" in told.text()


def test_a_query_says_in_words_what_it_asks(site: Datasette) -> None:
    tree = page(site, "/campaigns/volume?campaign=labourleaks")
    assert "The figures behind a number on the pages" in text(tree)
    labels = [" ".join(one.text().split()) for one in tree.css(".gs-query label")]
    assert "From (from_at)" in labels
    assert "By the hour or day (bucket)" in labels
    means = tree.css_first(".gs-columns").text()
    assert "sources_blind" in means
    unnamed = [n for q in queries().values() for n in q.params if n not in words.PARAMS]
    assert unnamed == []


def test_an_unknown_campaign_is_404_with_the_known_ones(site: Datasette) -> None:
    tree = page(site, "/-/campaign/%3Cb%3E", status=404)
    assert tree.css_first("h1").text() == "There is no campaign called “<b>”"
    assert [a.text() for a in tree.css("main a")] == [
        "#LabourLeaks",
        "Harbour <em>for</em> all",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_hostile_text_stays_text(site: Datasette, path: str) -> None:
    tree = page(site, path)
    assert not tree.css("main img, main em, main i > *, [onload], [onerror]")
    scripts = tree.css("main script")
    assert all(s.attributes.get("type") == "application/json" for s in scripts)
    for link in tree.css("a[href]"):
        address = link.attributes["href"] or ""
        assert urlsplit(address).scheme in {"", "http", "https"}, address
        if urlsplit(address).netloc:
            assert link.attributes["rel"] == filters.REL
    assert "{{ 7 * 7 }}" in text(tree) or "labourleaks" not in path
    assert len(tree.html or "") < 400_000


def test_sources_say_their_state_in_words(site: Datasette) -> None:
    shown = text(page(site, "/-/sources"))
    assert "locked stopped, needs a login" in shown
    assert (
        "Last error: tiny.example answered 503 (out of service) (3 failed walks"
        in shown
    )
    assert "For new posts every 10 minutes" in shown
    assert "Last 7 days: 120 of 167.5 hours seen" in shown or "of 167.5 hours" in shown


# Every page


@pytest.mark.parametrize("path", [*PAGES, "/-/campaign/nope"])
def test_our_pages_allow_no_inline_script(site: Datasette, path: str) -> None:
    answer = get(site, path)
    assert answer.headers["content-security-policy"] == headers.OURS
    tree = LexborHTMLParser(answer.text)
    assert not tree.css("[style], style, [onclick]")
    assert all(
        s.attributes.get("src") or s.attributes.get("type") == "application/json"
        for s in tree.css("script")
    )


@pytest.mark.parametrize("path", [*DATASETTES, "/campaigns.json", "/-/sources"])
def test_every_answer_has_the_security_headers(site: Datasette, path: str) -> None:
    found = get(site, path).headers
    for name in headers.DEFAULTS:
        assert name in found
    assert "frame-ancestors 'none'" in found["content-security-policy"]


@pytest.mark.parametrize("path", [*PAGES, "/-/campaign/nope"])
def test_pages_read_well_aloud(site: Datasette, path: str) -> None:
    tree = page(site, path, status=404 if "nope" in path else 200)
    assert len(tree.css("h1")) == 1
    assert tree.css_first("html").attributes["lang"] == "en"
    for control in tree.css("input:not([type=hidden]), select"):
        assert control.parent is not None
        assert control.parent.tag == "label"
    for picture in tree.css("[role=img]"):
        assert picture.attributes["aria-label"]
    for section in tree.css("section[aria-labelledby]"):
        assert tree.css_first(f"#{section.attributes['aria-labelledby']}")


def test_sources_say_which_reports_were_made_and_sent(site: Datasette) -> None:
    section = page(site, "/-/sources").css_first("section[aria-labelledby=h-reports]")
    lines = [row.text(separator=" ") for row in section.css("tbody tr")]
    assert "morning" in lines[0]
    assert "<b>the disk is full</b>" in lines[0]
    assert "press-room" in lines[1]
    assert "sent" in lines[1]


@pytest.mark.parametrize("path", [*PAGES, *DATASETTES, "/-/campaign/nope"])
def test_simulated_data_is_named_on_every_page(simulated: Datasette, path: str) -> None:
    assert "Simulated data:" in get(simulated, path).text


@pytest.mark.parametrize("path", [*PAGES, *DATASETTES])
def test_real_data_carries_no_such_banner(site: Datasette, path: str) -> None:
    assert "Simulated data" not in get(site, path).text


@pytest.mark.parametrize("path", [*PAGES, *DATASETTES])
def test_nothing_comes_from_another_host(site: Datasette, path: str) -> None:
    tree = page(site, path)
    for node in tree.css(
        "script[src], link[rel=stylesheet], link[rel=icon], img, iframe"
    ):
        address = node.attributes.get("src") or node.attributes.get("href") or ""
        assert not urlsplit(address).netloc, address
        assert get(site, address).status_code == 200, address


# Datasette's own pages, and the API


def _documented() -> list[str]:
    found = re.findall(r"curl '(\S+)'", DOCS.read_text(encoding="utf-8"))
    return [address.removeprefix("http://127.0.0.1:8001") for address in found]


@pytest.mark.parametrize("path", _documented())
def test_each_documented_call_answers_with_rows(site: Datasette, path: str) -> None:
    answer = get(site, path)
    assert answer.status_code == 200, answer.text[:300]
    rows = answer.json()
    assert isinstance(rows, list)
    assert rows, path
    assert answer.headers["access-control-allow-origin"] == "*"


def test_every_query_is_documented() -> None:
    from db.published import queries

    documented = {urlsplit(path).path for path in _documented()}
    documented |= {f"/campaigns/{name}.json" for name in STAFF_QUERIES}
    assert {f"/campaigns/{name}.json" for name in queries()} <= documented
    assert all(f"/{name}.json" in DOCS.read_text() for name in STAFF_QUERIES)


def test_a_wrong_parameter_is_a_400_that_names_it(
    site: Datasette, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = get(site, "/campaigns/volume.json?campaign=nope&_shape=array")
    assert answer.status_code == 400
    assert "campaign: there is none called nope" in answer.json()["error"]
    shown = page(site, "/campaigns/volume?campaign=nope", status=400)
    assert (
        shown.css_first(".message-error").text()
        == "campaign: there is none called nope"
    )
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("table", ["timeline", "posts"])
def test_posts_come_newest_first(site: Datasette, table: str) -> None:
    rows = get(site, f"/campaigns/{table}.json?_shape=array").json()
    times = [row["published_at"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert len(times) == 50


def test_search_box_and_facets_are_there(site: Datasette) -> None:
    tree = page(site, "/campaigns/posts?_search=dreadful")
    assert tree.css_first("input[name=_search]").attributes["value"] == "dreadful"
    assert tree.css(".facet-info-platform, #facet-platform, .facet-platform")


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/meta", "/campaigns/suppressions.json", "/campaigns/walks",
        "/campaigns/_sqlite_migrations", "/campaigns/notes", "/campaigns/labels.json",
        "/campaigns.json?sql=select+1", "/campaigns.db",
    ],
)  # fmt: skip
def test_what_is_not_for_readers_is_shut(site: Datasette, path: str) -> None:
    assert get(site, path).status_code == 403


def test_the_database_cannot_be_written(site: Datasette) -> None:
    import sqlite3

    database = site.get_database("campaigns")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        asyncio.run(database.execute("delete from posts"))


def test_reading_sees_what_another_process_wrote(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "live.db")
    datasette = build(path)
    assert "Fresh" not in get(datasette, "/").text
    db = open_database(path).conn
    db.execute("insert into campaigns (slug, title) values ('fresh', 'Fresh')")
    db.close()
    assert "Fresh" in get(datasette, "/").text
    close(datasette)


@pytest.mark.parametrize("name", ["nowhere", "nothing", "select"])
def test_a_table_that_is_not_there_is_404(site: Datasette, name: str) -> None:
    for path in (f"/campaigns/{name}", f"/campaigns/{name}.json"):
        assert get(site, path).status_code == 404, path
