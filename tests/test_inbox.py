"""The inbox: what comes in, what staff do with it, and two people at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from sqlite_utils import Database

from db import inbox as store
from db.connection import open_database
from db.inbox import Entry, Note, Overtaken, Rule
from groundswell import inbox
from tests import web_fixture as fixture
from tests.signing_in import Visitor, build, text_of
from tests.test_alert_rules import NOW, look, seen, watched
from tests.test_alert_rules import crowd as crowd_of
from tests.test_alert_rules import keep as keep_posts
from tests.test_web import close

__all__ = ["watched"]  # a fixture

PAGE = "/-/inbox/labourleaks"


def came(
    rule_kind: str,
    value: str = "",
    least: int | None = None,
    **post: Any,  # noqa: ANN401
) -> bool:
    rule = Rule(4, 1, rule_kind, value, least)
    return list(inbox.entries([seen(7, **post)], [rule], NOW)) == [Entry(1, 7, 4)]


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Why was this not published?", True),
        ("Is it true ? Who knows", True),
        ("他们为什么不说？", True),
        ("Look: https://x.example/?a=1&b=2", False),
        ("A statement. Another one!", False),
        ("???", False),
        ("He said “why?” twice", True),
        ("Question: who signed this", True),
        ("Eine Frage: wer wusste davon", True),
        ("QUESTION : qui a signé", True),
        ("Out of the question: no", False),
        ("他们为什么不说？我们都知道", True),
        ("لماذا لم يُنشر؟", True),
        ("Γιατί δεν μίλησε; #LabourLeaks", True),
        ("They spoke; nobody listened", False),
        ("¿Quién lo firmó", True),
        ("Ո՞վ է սա", True),
        ("really 🤔?", True),
        ("Is it (really)? #LabourLeaks", True),
    ],
)
def test_a_question_is_not_a_mark_in_an_address(text: str, asks: bool) -> None:
    assert came("question", least=100, text=text, followers=100) is asks
    assert not came("question", least=101, text=text, followers=100)


def test_audience_rise_and_names() -> None:
    assert came("audience", least=500, followers=500)
    assert not came("audience", least=500, followers=None)
    assert came("rise", least=20, shares=40, at=NOW - timedelta(hours=2))
    assert not came("rise", least=20, shares=39, at=NOW - timedelta(hours=2))
    assert not came("rise", least=20, shares=19, at=NOW - timedelta(minutes=2))
    assert came("listed", "Ana@social.example", handle="@ana@social.example")
    assert came("named", "ana@social.example", mentions=("@Ana@social.example",))
    assert not came("named", "ana@social.example", mentions=("ben@social.example",))
    assert not came("audience", least=1, kind="repost")


def test_posts_come_in_by_the_usual_rules(watched: Database) -> None:
    posts = crowd_of(3, text="Who signed this? #LabourLeaks")
    large = replace(posts[0].author, followers=2_000)
    keep_posts(watched, [replace(posts[0], author=large), *posts[1:]])
    look(watched, NOW)
    look(watched, NOW)
    rows = watched.conn.execute(
        "select p.uri, r.kind from inbox i join posts p on p.id = i.post_id "
        "join inbox_rules r on r.id = i.rule_id"
    ).fetchall()
    assert rows == [(posts[0].uri, "question")]


def test_rules_that_staff_took_away_do_not_come_back(
    db: Database, watched: Database
) -> None:
    for rule in store.rules(watched, 1, NOW):
        store.remove_rule(watched, 1, rule.id, "ana", NOW)
    assert store.rules(watched, 1, NOW) == []


# Two people


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return fixture.make(tmp_path / "x.db")


def test_two_who_write_at_once_lose_nothing(path: Path) -> None:
    """Many notes from several connections at once: each stands, each status as written."""
    opened = [open_database(path) for _ in range(4)]
    (post,) = opened[0].conn.execute("select min(post_id) from inbox").fetchone()

    def write(number: int) -> None:
        for n in range(25):
            note = Note(post, store.STATES[n % 3], None, f"{number} {n}", None)
            store.write(opened[number], note, f"p{number}", fixture.NOW)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = {
        row[0]
        for row in opened[0].conn.execute(
            "select note from notes where post_id = ? and written_by <> 'zoe'", (post,)
        )
    }
    assert written == {f"{number} {n}" for number in range(4) for n in range(25)}
    for database in opened:
        database.close()


def test_who_was_overtaken_is_told(path: Path) -> None:
    db = open_database(path)
    (post,) = db.conn.execute(
        "select post_id from inbox where post_id not in (select post_id from notes)"
    ).fetchone()
    first = Note(post, "waiting", "ana", "mine", None)
    assert store.write(db, first, "ana", fixture.NOW) is None
    second = Note(post, "done", None, "answered", None)
    assert store.write(db, second, "ben", fixture.NOW) == Overtaken("ana", "waiting")
    gone = Note(10**9, "done", None, "", None)
    with pytest.raises(LookupError, match="taken back"):
        store.write(db, gone, "ana", fixture.NOW)
    db.close()


# The page


@pytest.fixture
def site(path: Path) -> Iterator[Datasette]:
    datasette = build(path)
    yield datasette
    close(datasette)


@pytest.fixture
def ana(site: Datasette) -> Visitor:
    visitor = Visitor(site)
    visitor.sign_in()
    return visitor


def posts_of(page: str) -> list[str]:
    return re.findall(r'id="post-(\d+)"', page)


def test_the_inbox_is_for_who_is_signed_in(site: Datasette) -> None:
    nobody = Visitor(site)
    page = nobody.get(PAGE)
    assert posts_of(page.text) == []
    assert "for people who are signed in" in text_of(page)
    assert nobody.get("/campaigns/inbox.json?campaign=labourleaks").status_code == 403
    assert nobody.post(PAGE, "/-/login", action="note").status_code == 403
    vic = Visitor(site)
    vic.sign_in("vic")
    assert len(posts_of(vic.get(PAGE).text)) == 3
    assert "note-form" not in vic.get(PAGE).text
    assert vic.post(PAGE, "/-/login", action="note").status_code == 403


def test_a_post_says_why_it_is_here_and_what_was_done(ana: Visitor) -> None:
    page = text_of(ana.get(PAGE))
    assert "a question, by an account with 1,000 followers or more" in page
    assert "written by ana@social.example" in page
    assert "zoe 11 May 2025, 12:30: open, with ana. Ask <b>legal</b> first" in page
    assert "<b>legal</b>" not in ana.get(PAGE).text


def test_done_is_done_and_stays_with_its_history(ana: Visitor) -> None:
    (first, *rest) = posts_of(ana.get(PAGE).text)
    answer = ana.post(
        PAGE, action="note", post=first, status="done", note="answered", seen="",
        assignee="ada", status_shown="open",
    )  # fmt: skip
    assert answer.headers["location"] == f"{PAGE}?status=open&wrote={first}"
    page = text_of(ana.get(answer.headers["location"]))
    assert "is done now; it was open" in page
    assert posts_of(ana.get(PAGE).text) == rest
    done = ana.get(f"{PAGE}?status=done")
    assert posts_of(done.text) == [first]
    assert "ana 11 May 2025, 12:30: done, with ada. answered" in text_of(done)
    assert len(posts_of(ana.get(f"{PAGE}?status=all").text)) == 3


def test_what_was_done_is_undone(ana: Visitor) -> None:
    (first, *rest) = before = posts_of(ana.get(PAGE).text)
    ana.post(PAGE, action="note", post=first, status="waiting", assignee="ada", seen="")
    answer = ana.post(PAGE, action="note", post=first, status="done", note="told them")
    page = ana.get(answer.headers["location"])
    assert "is done now; it was waiting" in text_of(page)
    (note,) = re.findall(r'value="undo">.*?name="seen" value="(\d+)"', page.text)
    undo = {"action": "undo", "post": first, "seen": note, "order": "newest"}
    answer = ana.post(PAGE, **undo)
    assert "order=newest" in answer.headers["location"]
    assert "Undone: the post is waiting again" in text_of(
        ana.get(answer.headers["location"])
    )
    waiting = text_of(ana.get(f"{PAGE}?status=waiting"))
    assert "waiting, with ada. undone" in waiting
    assert "told them" in waiting  # no note is ever taken away
    answer = ana.post(PAGE, **undo)
    assert "Nothing was undone" in text_of(ana.get(answer.headers["location"]))
    assert posts_of(ana.get(PAGE).text) == rest == before[1:]


def test_nobody_undoes_what_another_did(site: Datasette, ana: Visitor) -> None:
    ada = Visitor(site)
    ada.sign_in("ada")
    (first, *_) = posts_of(ana.get(PAGE).text)
    answer = ana.post(PAGE, action="note", post=first, status="done")
    assert "it was open" in text_of(ana.get(answer.headers["location"]))
    assert "it was open" not in text_of(ada.get(answer.headers["location"]))
    ada.post(PAGE, action="note", post=first, status="waiting", note="I call them")
    assert "it was open" not in text_of(ana.get(answer.headers["location"]))


def test_the_most_urgent_stands_first(path: Path, ana: Visitor) -> None:
    """Questions first, then what was shared more, then whose account is larger."""
    db = open_database(path)
    (asks, large, shared) = (
        row[0] for row in db.conn.execute("select distinct post_id from inbox")
    )
    db.conn.execute("delete from inbox")
    db.conn.execute("update posts set reposts = 0, quotes = null")
    db.conn.execute("update authors set followers = null")
    for post, rule, at in ((large, 2, 1), (shared, 2, 2), (asks, 1, 3)):
        moment = store.to_text(fixture.NOW - timedelta(hours=at))
        db.conn.execute("insert into inbox values (1, ?, ?, ?)", (post, rule, moment))
    db.conn.execute("update posts set quotes = 3 where id = ?", (shared,))
    db.conn.execute(
        "update authors set followers = 900 where id = "
        "(select author_id from posts where id = ?)",
        (large,),
    )
    db.close()
    page = ana.get(PAGE)
    assert posts_of(page.text) == [str(one) for one in (asks, shared, large)]
    assert "Most urgent first: questions before the others" in text_of(page)
    newest = ana.get(f"{PAGE}?order=newest")
    assert posts_of(newest.text) == [str(one) for one in (large, shared, asks)]
    assert "What came in last is first" in text_of(newest)
    nonsense = ana.get(f"{PAGE}?order=random")
    assert posts_of(nonsense.text) == posts_of(page.text)


def test_mine_is_what_i_have(ana: Visitor) -> None:
    assert len(posts_of(ana.get(f"{PAGE}?mine=1").text)) == 1


def test_who_wrote_in_the_meantime_is_named(site: Datasette, ana: Visitor) -> None:
    ada = Visitor(site)
    ada.sign_in("ada")
    (first, *_) = posts_of(ana.get(PAGE).text)
    note = {"action": "note", "post": first, "seen": "", "status": "waiting"}
    ada.post(PAGE, **note, note="I call them")
    answer = ana.post(PAGE, **{**note, "status": "done"}, note="told them")
    page = text_of(ana.get(answer.headers["location"]))
    assert "ada wrote in the meantime and set it to waiting. Both notes stand" in page
    page = text_of(ana.get(f"{PAGE}?status=done"))
    assert "I call them" in page
    assert "told them" in page


def test_rules_are_added_and_taken_away(ana: Visitor) -> None:
    ana.post(PAGE, action="rule", kind="named", value="@minister@gov.example")
    ana.post(PAGE, action="rule", kind="audience", least="5000")
    page = ana.get(PAGE)
    assert "naming minister@gov.example" in text_of(page)
    assert "an account with 5,000 followers or more" in text_of(page)
    (rule, *_) = re.findall(r'name="rule" value="(\d+)"', page.text)
    ana.post(PAGE, action="remove", rule=rule)
    assert f'name="rule" value="{rule}"' not in ana.get(PAGE).text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"action": "note", "post": "x", "status": "done"}, "Nothing was noted: choose"),
        ({"action": "note", "post": "1", "status": "lost"}, "Nothing was noted: choose"),
        ({"action": "note", "post": "1", "status": "done", "assignee": "eve"},
         "nobody is called eve"),
        ({"action": "note", "post": "999999", "status": "done"}, "taken back"),
        ({"action": "rule", "kind": "mood"}, "choose what it looks for"),
        ({"action": "rule", "kind": "listed", "value": " @ "}, "write the account"),
        ({"action": "rule", "kind": "rise", "least": "-3"}, "write from how many on"),
        ({"action": "remove", "rule": "x"}, "the form named none"),
        ({"action": "explode"}, "named no action"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(
    ana: Visitor, form: dict[str, str], sentence: str
) -> None:
    answer = ana.post(PAGE, **form)
    assert sentence in text_of(ana.get(answer.headers["location"]))
