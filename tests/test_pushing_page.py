"""The panel "Who pushes it": its words, and its states, as the page shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser, LexborNode

from db.connection import open_database
from groundswell.web import data, pushing, server
from tests import web_fixture as fixture
from tests.signing_in import words_of

CAMPAIGN = "/-/pushing/labourleaks"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = fixture.make(tmp_path_factory.mktemp("pushing") / "x.db")
    datasette = server.build(path, clock=lambda: fixture.NOW)
    yield datasette
    close(datasette)


def close(datasette: Datasette) -> None:
    for database in datasette.databases.values():
        database.close()
    datasette.executor.shutdown()


def panel(site: Datasette, path: str = CAMPAIGN) -> LexborNode:
    answer = asyncio.run(site.client.get(path))
    assert answer.status_code == 200
    found = LexborHTMLParser(answer.text).css_first("[aria-labelledby=h-pushing]")
    assert found is not None
    return found


def text(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())


def result(*rows: dict[str, Any], error: str | None = None) -> data.Result:
    return data.Result("any", "Any", rows, "/q", "/q.json", error)


MESSAGE = {
    "posts": 84, "examined": 84, "voices": 61, "platforms": 2, "busiest_five": 42,
    "first_at": "2025-05-11T09:00:00Z", "last_at": "2025-05-11T11:30:00Z",
    "copy_share": 0.31, "top_three_share": 0.12, "pairs": 780, "synchrony": 0.41,
    "synchrony_by_chance": 0.033,
}  # fmt: skip
HOUR = {
    "bucket": "2025-05-11T09:00:00Z", "posts": 100, "voices": 60, "voices_error": 0,
    "top_three_share": 0.1, "repeated_share": 0.3, "repeated_error": 0.0, "covered": 1.0,
}  # fmt: skip


def said(**changes: object) -> str:
    return Markup(" ").join(pushing.message({**MESSAGE, **changes})["said"]).striptags()


def test_a_message_in_words() -> None:
    assert said() == (
        "Said 84 times by 61 voices on 2 platforms, 09:00 to 11:30 on 11 May; at most 42 "
        "posts within five minutes. 31 % typed or pasted anew, the rest reposts. The three "
        "voices that said it most wrote 12 %. Of 780 pairs that different voices typed in "
        "the same hour, 41 % lie within a minute of each other; chance would give 3 %."
    )
    assert "Said 9,000 times, the newest 1,000 by 61" in said(posts=9000, examined=1000)
    assert "All typed or pasted anew, no repost." in said(copy_share=1)
    assert "All of them reposts." in said(copy_share=0)
    assert "One was typed, the rest are reposts." in said(copy_share=0.012)
    assert "Too few were typed" in said(synchrony=None, synchrony_by_chance=None)
    assert "The three voices" not in said(voices=3)
    assert "by nobody who is named" in said(voices=0, top_three_share=None)


def test_concentration_in_sentences() -> None:
    quiet = {**HOUR, "posts": 3, "top_three_share": 1.0, "repeated_share": 0.0}
    later = {**HOUR, "bucket": "2025-05-11T10:00:00Z", "top_three_share": 0.4}
    first, second = pushing.sentences([HOUR, quiet, later], "hour")
    # Over posts: a hundred times 10 % and 40 %, and three posts.
    assert "Of all posts, 26 % were by the three busiest voices of their hour" in first
    assert "30 % say what an earlier post of that hour says" in first
    assert "40 % by three (11 May 2025, 10:00)" in words_of(second)
    assert pushing.sentences([], "day") == []
    unread = dict.fromkeys(("voices", "top_three_share", "repeated_share"))
    told = pushing.sentences([HOUR, {**HOUR, **unread}], "hour")
    assert told[-1].startswith("1 hour had too many posts to read them all")
    rough = pushing.sentences([{**HOUR, "repeated_error": 0.02}], "day")
    assert "and about 30 % say" in rough[0]


def test_lines_of_the_table() -> None:
    unseen = {**dict.fromkeys(HOUR), "bucket": HOUR["bucket"], "covered": 0.0}
    assert pushing.line(unseen)["texts"] is None
    rough = {**HOUR, "voices_error": 12, "voices": 1234, "repeated_error": 0.014}
    texts = pushing.line(rough)["texts"]
    assert texts == {
        "posts": "100", "voices": "about 1,230", "three": "10 %", "repeated": "30 % ± 1.4",
    }  # fmt: skip


def test_the_panel_judges_nobody_and_links_to_its_figures(site: Datasette) -> None:
    found = panel(site)
    shown = text(found)
    assert "These are properties of a text or a day." in shown
    assert "nothing here says which, or who" in shown
    links = [a.attributes["href"] or "" for a in found.css(".origin a")]
    assert len(links) == 8
    for link in links:
        assert asyncio.run(site.client.get(link)).status_code == 200
    messages = asyncio.run(site.client.get(links[1])).json()
    assert len(found.css("article")) == len(messages) == pushing.TOP
    assert (
        f"Said {messages[0]['posts']} times by {messages[0]['voices']} voices" in shown
    )
    assert "bluesky: 165.5 of 167.5 hours" in shown
    handles = [f"person{number}@" for number in range(12)]
    assert not [handle for handle in handles if handle in shown]


def test_up_to_two_days_are_told_by_the_hour(site: Datasette) -> None:
    found = panel(site, f"{CAMPAIGN}?range=24h")
    assert "properties of a text or an hour" in text(found)
    assert len(found.css("tbody tr")) == 24
    assert "May 2025, 00:00 79" in text(panel(site))


def test_what_was_not_seen_is_not_zero(site: Datasette) -> None:
    blind = panel(site, f"{CAMPAIGN}?range=24h&platform=bluesky")
    (line,) = [tr for tr in blind.css("tbody tr") if "03:00" in tr.text()]
    assert text(line) == "11 May 2025, 03:00 not seen 0 %"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    db = open_database(path).conn
    db.execute(
        "update posts set message = 7, text = '<script>1</script> https://a.example/' "
        "where text like '%dreadful%' or id % 2"
    )
    fixture.recount(db)
    db.close()
    site = server.build(path, clock=lambda: fixture.NOW)
    found = panel(site)
    assert found.css("script") == []
    assert "<script>1</script>" in text(found)
    link = found.css_first(".text a")
    assert link is not None
    assert link.attributes["rel"] == "nofollow noopener noreferrer ugc"
    close(site)


def test_without_posts_the_panel_says_so(tmp_path: Path) -> None:
    path = fixture.make_empty(tmp_path / "x.db")
    db = open_database(path).conn
    db.execute("insert into campaigns (slug, title) values ('labourleaks', 'New')")
    db.close()
    site = server.build(path, clock=lambda: fixture.NOW)
    shown = text(panel(site))
    assert "No two posts of this time say the same." in shown
    assert "No post in this time." in shown
    close(site)


def test_what_took_too_long_is_not_called_empty(
    site: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = data.fetch

    async def fetch(datasette: Datasette, asked: data.Ask) -> data.Result:
        found = await fetched(datasette, asked)
        if asked.name not in {"top_messages", "concentration"}:
            return found
        return result(error=data.SLOW)

    monkeypatch.setattr(data, "fetch", fetch)
    shown = text(panel(site))
    assert shown.count(data.SLOW) == 2
    assert "No two posts" not in shown
    assert "No post in this time" not in shown
