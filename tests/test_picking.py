"""Posts that were picked, and posts with a link: from the list to the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from datasette.app import Datasette
from datasette.utils import escape_fts
from selectolax.lexbor import LexborHTMLParser

from db import store
from db.connection import Database, open_database
from db.published import ask
from groundswell.cli import main
from groundswell.exports import verifying
from groundswell.exports.selecting import MOST_POSTS, Wish, WrongWish, select
from tests import export_store
from tests import web_fixture as fixture
from tests.conftest import NOW
from tests.making import make_author, make_post, make_record, sighted, watch
from tests.test_web import build, close, get, page
from tests.test_writing import talk

LIST, PAGE, FILE = (
    f"/-/{name}/labourleaks" for name in ("posts", "download", "export")
)
LINK = "https://gazette.example/leak/1"
WEEK = "from=2025-05-04&to=2025-05-11"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixture.make(tmp_path_factory.mktemp("picking") / "x.db")


@pytest.fixture(scope="module")
def site(path: Path) -> Iterator[Datasette]:
    datasette = build(path)
    yield datasette
    close(datasette)


def rows(path: Path, sql: str) -> list[tuple[int | str, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def told(tree: LexborHTMLParser, where: str = "main") -> str:
    return " ".join(part.text(separator=" ") for part in tree.css(where))


# --- picked posts, on the pages


def test_a_plain_form_leads_to_the_page_of_downloads(site: Datasette) -> None:
    tree = page(site, f"{LIST}?{WEEK}")
    form = tree.css_first("form#picked")
    assert form is not None
    assert (form.attributes["action"], form.attributes["method"]) == (PAGE, "get")
    boxes = tree.css("[data-item] input[type=checkbox]")
    assert len(boxes) == len(tree.css("[data-item]")) == 30
    assert {one.attributes["form"] for one in boxes} == {"picked"}
    assert {one.attributes["name"] for one in boxes} == {"post"}
    assert len({one.attributes["value"] for one in boxes}) == 30


def test_the_page_tells_each_picked_post_and_the_pack_holds_them(
    site: Datasette, path: Path
) -> None:
    tree = page(site, f"{LIST}?{WEEK}&platform=mastodon")
    ids = [
        one.attributes["value"] or "" for one in tree.css("[data-item] [data-pick]")
    ][:3]
    chosen = page(site, f"{PAGE}?{'&'.join(f'post={one}' for one in ids)}&chosen=1")
    items = [" ".join(one.text().split()) for one in chosen.css("ol.picks > li")]
    assert len(items) == 3
    of_posts = ",".join(ids)
    handles = rows(
        path,
        "select a.handle, substr(p.text, 1, 20) from posts p join authors a "
        f"on a.id = p.author_id where p.id in ({of_posts}) order by published_at desc",
    )
    for (handle, text), item in zip(handles, items, strict=True):
        assert str(handle) in item
        assert str(text) in item or "Content warning" in item
    (link,) = chosen.css("a[data-download='Evidence pack']")
    address = link.attributes["href"] or ""
    assert sorted(parse_qs(urlsplit(address).query)["post"]) == sorted(ids)
    answer = get(site, address)
    with ZipFile(BytesIO(answer.content)) as archive:
        html = LexborHTMLParser(archive.read("index.html"))
        assert len(html.css("article")) >= 3, "one answers another post"
        filtered = json.loads(archive.read("manifest.json"))["filter"]
        assert len(filtered["posts"]) == 3
        assert f"chosen posts: {len(ids)}" in html.text().replace("\n", " ")
    assert "3-posts-evidence.zip" in answer.headers["content-disposition"]


def test_none_picked_is_said_and_is_not_all(site: Datasette) -> None:
    answer = get(site, f"{PAGE}?chosen=1")
    assert answer.status_code == 400
    assert "No post is chosen." in answer.text
    assert "data-download" not in answer.text


def test_what_was_taken_back_is_named_and_left_out(site: Datasette, path: Path) -> None:
    ((gone,),) = rows(
        path,
        "select m.post_id from matches m join posts p on p.id = m.post_id "
        "where campaign_id = 1 and state = 'deleted' limit 1",
    )
    ((other,),) = rows(
        path,
        "select post_id from matches where campaign_id = 2 and post_id % 97 limit 1",
    )
    ((live,),) = rows(
        path,
        "select post_id from matches where campaign_id = 1 and post_id % 97 limit 1",
    )
    tree = page(site, f"{PAGE}?post={gone}&post={live}&post={other}")
    assert len(tree.css("ol.picks > li")) == 1
    assert f"“{gone}” and “{other}”: not in the pack." in told(tree, ".notice")
    (link,) = tree.css("a[data-download='Evidence pack']")
    assert parse_qs(urlsplit(link.attributes["href"] or "").query)["post"] == [
        str(live)
    ]
    for post in (gone, other):
        answer = get(site, f"{FILE}?format=csv&post={live}&post={post}")
        assert answer.status_code == 400
        assert answer.text.startswith(f"post: '{post}' is no post of this campaign")
        assert get(site, f"{PAGE}?post={post}").status_code == 404


@pytest.mark.parametrize(
    "post",
    [
        "x",
        "-1",
        "1e3",
        "1 or 1=1",
        "<script>alert(1)</script>",
        "9" * 40,
        "١",
        "\0",
        "[1]",
    ],
)
def test_a_hostile_post_is_named_and_is_none(site: Datasette, post: str) -> None:
    given = quote(post)
    assert get(site, f"{PAGE}?post={given}").status_code == 404
    answer = get(site, f"{PAGE}?post={given}&post=2")
    if get(site, f"{PAGE}?post=2").status_code == 200:
        tree = LexborHTMLParser(answer.text)
        assert len(tree.css("ol.picks > li")) == 1
        assert "not in the pack" in told(tree, ".notice")
        assert "<script>alert" not in answer.text
    answer = get(site, f"{FILE}?post={given}&post=2")
    assert answer.status_code == 400
    assert answer.text.startswith("post: ")


def test_more_than_the_most_are_cut_on_the_page_and_refused_as_a_file(
    site: Datasette, path: Path
) -> None:
    found = rows(path, "select m.post_id from matches m join posts p on p.id = m.post_id "
                 "where campaign_id = 1 and state = 'live' limit 201")  # fmt: skip
    query = "&".join(f"post={one}" for (one,) in found)
    assert len(found) == MOST_POSTS + 1
    tree = page(site, f"{PAGE}?{query}")
    assert "201 are chosen, and 200 are the most at once" in told(tree, ".notice")
    assert len(tree.css("ol.picks > li")) == MOST_POSTS
    answer = get(site, f"{FILE}?{query}")
    assert answer.status_code == 400
    assert answer.text.startswith("post: 201 are chosen, and 200 are the most at once")
    twice = "&".join([f"post={found[0][0]}"] * 300)
    assert get(site, f"{FILE}?format=csv&{twice}").status_code == 200


# --- picked posts, chosen


def test_threads_of_several_are_taken_as_of_one(tmp_path: Path) -> None:
    db = open_database(tmp_path / "x.db")
    talk(db)
    ids = {uri: row for row, uri in db.conn.execute("select id, uri from posts")}

    def taken(*numbers: int) -> set[int]:
        post = tuple(str(ids[make_post(number).uri]) for number in numbers)
        found = select(db, Wish(campaign="labourleaks", post=post), NOW).post_ids
        assert len(found) == len(set(found))
        return set(found)

    assert taken(3, 6, 7) == taken(3) | taken(6) | taken(7)
    assert taken(6, 3) == taken(3) | taken(6)
    whole = {ids[make_post(number).uri] for number in (1, 2, 3, 5, 6, 7)}
    assert taken(2, 6, 7) == taken(7, 2, 6) == whole
    with pytest.raises(WrongWish, match="is no post of this campaign"):
        taken(3, 4)
    db.close()


def test_the_command_line_takes_several(tmp_path: Path) -> None:
    database = open_database(export_store.configure(tmp_path))
    export_store.fill(database)
    database.close()
    config = ["--config", str(tmp_path / "groundswell.toml")]
    file = tmp_path / "two.zip"
    asked = ["export", "labourleaks", "--post", "1", "--post", "3", "-o", str(file)]
    done = CliRunner().invoke(main, [*config, *asked])
    assert done.exit_code == 0, done.output
    assert "2 posts written" in done.output
    assert verifying.verify(file).manifest["posts"] == 2
    empty = CliRunner().invoke(main, [*config, "export", "labourleaks", "--post", " "])
    assert (empty.exit_code, "it is empty" in empty.output) == (2, True)
    asked = ["export", "labourleaks", "--link", "https://gazette.example/3"]
    done = CliRunner().invoke(main, [*config, *asked])
    assert "1 post written" in done.output


# --- posts with a link


def linked(path: Path, more: str = "") -> list[tuple[int | str, ...]]:
    """The live posts of the week with the link, newest first."""
    return rows(
        path,
        "select p.id from posts p join matches m on m.post_id = p.id and campaign_id = 1 "
        "join post_links x on x.post_id = p.id join links l on l.id = x.link_id "
        f"where l.url = '{LINK}' and p.state = 'live' and p.published_at >= '2025-05-04' "
        f"and p.published_at < '2025-05-12' {more} order by p.published_at desc, p.id desc",
    )


def test_top_links_lead_to_their_posts_which_are_as_many(
    site: Datasette, path: Path
) -> None:
    tree = page(site, f"/-/campaign/labourleaks?{WEEK}")
    (row,) = [
        one
        for one in tree.css("[aria-labelledby=h-links] tbody tr")
        if LINK in (one.html or "")
    ]
    (link,) = row.css("td a")
    given = parse_qs(urlsplit(link.attributes["href"] or "").query)
    assert given == {"from": ["2025-05-04"], "to": ["2025-05-11"], "link": [LINK]}
    posts = page(site, link.attributes["href"] or "")
    count = len(linked(path))
    assert count > 5
    assert " ".join(link.text().split()) == f"{count} posts with this link"
    assert f"{count} posts of this time link to" in " ".join(told(posts).split())
    shown = [int(one.attributes["value"] or 0) for one in posts.css("[data-pick]")]
    assert shown == [one for (one,) in linked(path)][:30]


def test_the_link_goes_with_other_filters_and_can_be_taken_off(
    site: Datasette, path: Path
) -> None:
    expected = [one for (one,) in linked(path, "and p.platform = 'mastodon'")]
    tree = page(site, f"{LIST}?{WEEK}&platform=mastodon&link={quote(LINK, safe='')}")
    shown = [int(one.attributes["value"] or 0) for one in tree.css("[data-pick]")]
    assert shown == expected
    (chip,) = tree.css(".chips a")
    assert LINK in chip.text()
    without = parse_qs(urlsplit(chip.attributes["href"] or "").query)
    assert without == {
        "from": ["2025-05-04"],
        "to": ["2025-05-11"],
        "platform": ["mastodon"],
    }
    (kept,) = tree.css("form.controls input[name=link]")
    assert kept.attributes["value"] == LINK
    (download,) = [
        a.attributes["href"] or "" for a in tree.css("main .links a.button")
        if PAGE in (a.attributes["href"] or "")
    ]  # fmt: skip
    chosen = page(site, download)
    assert ("Link", LINK) in {
        (one.css_first("dt").text(), one.css_first("dd").text())  # type: ignore[union-attr]
        for one in chosen.css("dl.facts > div")
    }
    assert f"About {len(expected)} posts" in " ".join(told(chosen).split())
    (file,) = chosen.css("a[data-download='NDJSON']")
    lines = get(site, file.attributes["href"] or "").text.splitlines()
    assert len(lines) == len(expected)


def test_who_wrote_most_about_it_leaves_out_who_opted_out(
    site: Datasette, path: Path
) -> None:
    by_author = rows(
        path,
        "select a.handle, count(*) from posts p join authors a on a.id = p.author_id "
        f"where p.id in ({','.join(str(one) for (one,) in linked(path))}) "
        "and a.opt_out is not 1 group by 1 order by 2 desc, 1",
    )
    tree = page(site, f"{LIST}?{WEEK}&link={quote(LINK, safe='')}")
    panel = "[aria-labelledby=h-who]"
    shown = [
        (one.css("th bdi")[1].text(), int(one.css_first("td").text()))  # type: ignore[union-attr]
        for one in tree.css(f"{panel} tbody tr")
    ]
    assert shown == by_author[:12]
    hidden = rows(path, "select handle from authors where opt_out = 1")
    assert hidden
    for (handle,) in hidden:
        assert str(handle) not in told(tree, panel)
    words = " ".join(told(tree, panel).split())
    assert "the same name is no proof" in words
    others = len(linked(path)) - sum(posts for _, posts in shown)
    assert others == 0 or f"{others} post" in words


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        '"><script>alert(1)</script>',
        "' or 1=1 --",
        "https://gazette.example/leak/",
        "\0",
        "%",
        "x" * 10_000,
        "\u202ehttps://gazette.example",
    ],
)
def test_a_hostile_link_finds_nothing_and_stays_words(
    site: Datasette, link: str
) -> None:
    given = quote(link, safe="")
    answer = get(site, f"{LIST}?link={given}")
    assert answer.status_code == 200
    tree = LexborHTMLParser(answer.text)
    assert tree.css("[data-item]") == []
    assert "<script>alert" not in answer.text
    assert [
        a for a in tree.css("a") if (a.attributes["href"] or "").startswith("java")
    ] == []
    assert get(site, f"{PAGE}?link={given}").status_code == 200
    file = get(site, f"{FILE}?format=ndjson&link={given}")
    assert (file.status_code, file.text) == (200, "") or file.status_code == 400


# --- the queries


def store_of_links(path: Path, count: int) -> Database:
    """So many posts, one a minute, each third with the link."""
    db = open_database(path)
    watch(db)
    posts = [
        make_post(
            number,
            author=make_author(f"a{number % 4}", opt_out=number % 4 == 3 or None),
            links=(LINK,) if number % 3 == 0 else (),
        )
        for number in range(1, count + 1)
    ]
    store.record_walk(db, make_record(*(sighted(post) for post in posts)))
    db.conn.create_function("escape_fts", 1, escape_fts)
    return db


def test_pages_of_a_link_join_and_deleted_posts_are_never_there(tmp_path: Path) -> None:
    db = store_of_links(tmp_path / "x.db", 60)
    gone = make_post(6).uri
    store.record_walk(db, make_record(deletions=(gone,), source_id=1))
    span = {"campaign": "labourleaks", "from_at": "2026-11-01", "to_at": "2026-12-01"}
    whole = ask(db, "read_posts", **span, link=LINK, top=1000)
    uris = {row["uri"] for row in whole}
    wanted = db.conn.execute(
        "select p.uri from posts p join post_links x on x.post_id = p.id "
        "where p.state in ('live', 'edited')"
    ).fetchall()
    assert uris == {uri for (uri,) in wanted}
    assert gone not in uris
    seen, below = [], ""
    while found := ask(db, "read_posts", **span, link=LINK, top=4, below=below):
        seen += found
        below = str(found[-1]["id"])
    assert [row["id"] for row in seen] == [row["id"] for row in whole]
    (asked,) = ask(db, "posts_asked", **span, link=LINK)
    assert (asked["posts"], asked["at_most"]) == (len(whole), 0)
    voices = ask(db, "read_voices", **span, link=LINK)
    assert sum(row["posts"] for row in voices) == len(whole)
    assert {row["counted"] for row in voices} == {len(whole)}
    picked = f"[{','.join(str(row['id']) for row in whole)}]"
    same = ask(db, "chosen_posts", campaign="labourleaks", ids=picked)
    assert [row["id"] for row in same] == [row["id"] for row in whole]
    db.close()


def test_a_link_that_very_many_have_is_read_by_time(tmp_path: Path) -> None:
    """More than 20,000 posts have it, so the newest of the time are read instead."""
    db = open_database(tmp_path / "x.db")
    export_store.many(db, 20_010)
    conn = db.conn
    conn.execute(
        "insert into links (url, domain) values (?, 'gazette.example')", (LINK,)
    )
    conn.execute("insert into links (url, domain) values ('https://x.example/', 'x')")
    conn.execute("insert into post_links select id, 1 + (id = 20000) from posts")
    conn.create_function("escape_fts", 1, escape_fts)
    span = {"campaign": "labourleaks", "from_at": "2026-11-01", "to_at": "2026-12-01"}
    found = ask(db, "read_posts", **span, link=LINK, top=30)
    assert [row["id"] for row in found] == [
        one for one in range(20_010, 19_970, -1) if one != 20_000
    ][:30]
    (voice,) = ask(db, "read_voices", **span, link=LINK)
    assert voice["posts"] == voice["counted"] == 15_000
    assert voice["looked_to"] is not None
    (asked,) = ask(db, "posts_asked", **span, link=LINK)
    assert (asked["posts"], asked["at_most"]) == (20_010, 1)
    db.close()
