"""The process that writes downloads: what was taken back meanwhile is not in a pack, the
store is let go early, one post comes with its thread."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from datasette.utils import escape_fts

from db import store
from db.connection import Database, open_database
from db.published import ask
from db.times import to_text
from groundswell.exports import verifying, writing
from groundswell.exports.exporting import opened
from groundswell.exports.forms import FORMS, command
from groundswell.exports.selecting import Wish, WrongWish, select, sentences
from groundswell.exports.writing import Order
from tests import export_store
from tests.conftest import NOW
from tests.making import make_author, make_post, make_record, sighted, watch


class Listener(io.StringIO):
    """Hears what the process tells; at the first piece of news it takes a post back."""

    def __init__(self, path: Path, *, times: int) -> None:
        super().__init__()
        self.path, self.times = path, times

    def write(self, text: str) -> int:
        if '"done": 0,' in f"{text.rstrip()[:-1]}," and self.times:
            self.times -= 1
            with closing(sqlite3.connect(self.path)) as conn, conn:
                conn.execute(
                    "update posts set state = 'deleted', text = '' where id = "
                    "(select max(id) from posts where state = 'live')"
                )
        return super().write(text)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


def order(folder: Path, form: str, **more: Any) -> Order:  # noqa: ANN401
    fields: dict[str, Any] = {
        "database": str(folder / "x.db"),
        "target": str(folder / "target"),
        "wish": {"campaign": "labourleaks"},
        "form": form,
        "now": to_text(NOW),
        "most_posts": 100,
        "most_bytes": 1 << 30,
        **more,
    }
    return Order(**fields)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(open_database(tmp_path / "x.db").conn) as conn:
        export_store.many(Database(conn), 10)
    return tmp_path


@pytest.mark.parametrize("form", ["evidence", "xlsx", "gexf"])
def test_a_post_that_is_taken_back_meanwhile_is_not_in_it(
    folder: Path, form: str
) -> None:
    listener = Listener(folder / "x.db", times=1)
    writing.write(order(folder, form), listener)
    begun = [one["posts"] for one in listener.told if one.get("done") == 0]
    assert begun == [10, 9], "it was written anew"
    if form == "evidence":
        pack = folder / "target"
        assert verifying.verify(pack).problems == []
        assert listener.told[-1] == {"fingerprint": verifying.fingerprint(pack)}
        with ZipFile(pack) as archive:
            for name in ("index.html", "capture-log.csv", "posts.sqlite"):
                assert b"social.example/o/10" not in archive.read(name), name
            assert b"social.example/o/9" in archive.read("index.html")


def test_where_it_never_rests_it_says_so(folder: Path) -> None:
    listener = Listener(folder / "x.db", times=5)
    writing.write(order(folder, "evidence"), listener)
    assert listener.told[-1] == {"failed": writing.TAKEN_BACK}


def test_too_many_are_told_before_anything_is_written(folder: Path) -> None:
    listener = Listener(folder / "x.db", times=0)
    writing.write(order(folder, "evidence", most_posts=9), listener)
    assert listener.told == [{"too_many": 9}]
    assert not (folder / "target").exists()
    writing.write(order(folder, "csv", most_posts=10), listener)
    assert listener.told[-1] == {"fingerprint": None}


def test_the_store_is_let_go_once_the_slice_is_copied(folder: Path) -> None:
    db = open_database(folder / "x.db", read_only=True)
    held = []
    selection = select(db, Wish(campaign="labourleaks"), NOW)
    with opened(db, selection, FORMS["evidence"], NOW) as found:
        for _ in found.chunks(tick=lambda: held.append(db.conn.in_transaction)):
            pass
    db.close()
    assert held == [True] * 10 + [False] * 20


# --- one post


def talk(db: Database) -> None:
    """1 is answered by 2 and 6, 2 by 3, 3 by 4 (deleted) and 5; 7 answers what is not here.
    Each comes a minute after the one before."""
    watch(db)
    above = {2: 1, 3: 2, 4: 3, 5: 3, 6: 1, 7: 99}
    posts = [
        make_post(
            number,
            published_at=make_post(20 - number).published_at,
            reply_to=make_post(above[number]).uri if number in above else None,
            author=make_author(f"a{number}"),
        )
        for number in range(1, 8)
    ]
    store.record_walk(db, make_record(*(sighted(post) for post in posts)))
    gone = make_record(deletions=(posts[3].uri,), source_id=1)
    store.record_walk(db, gone)


@pytest.mark.parametrize(
    ("post", "thread"),
    [(1, [1, 2, 3, 5, 6]), (3, [1, 2, 3, 5]), (6, [1, 6]), (7, [7])],
)
def test_a_post_comes_with_what_it_answers_and_its_answers(
    db: Database, post: int, thread: list[int]
) -> None:
    talk(db)
    rows = dict(db.conn.execute("select uri, id from posts").fetchall())
    uris = {make_post(number).uri: number for number in range(1, 8)}
    own = make_post(post).uri
    selection = select(db, Wish(campaign="labourleaks", post=(str(rows[own]),)), NOW)
    with opened(db, selection, FORMS["ndjson"], NOW) as found:
        lines = b"".join(found.chunks()).decode().splitlines()
        assert found.about.posts == len(thread)
    assert [uris[json.loads(line)["uri"]] for line in lines] == thread
    told = list(sentences(selection))
    assert told[-2].startswith("chosen posts: 1, with the posts that they answer")
    assert told[-1] == f"chosen: {own}"
    assert selection.from_at == to_text(make_post(20 - thread[0]).published_at)


def test_its_pack_shows_who_answers_whom(tmp_path: Path) -> None:
    db = open_database(tmp_path / "x.db")
    talk(db)
    db.close()
    wish = {"campaign": "labourleaks", "post": ["3"]}
    writing.write(order(tmp_path, "evidence", wish=wish), io.StringIO())
    with ZipFile(tmp_path / "target") as archive:
        html = archive.read("index.html").decode()
    assert html.count("<article") == 4
    assert html.count("In answer to <bdi>https://social.example/posts/") == 3
    assert "social.example/posts/4<" not in html


@pytest.mark.parametrize("post", ["4", "8", "-1", "1;", "9" * 30, "١"])
def test_no_post_that_is_gone_or_was_never_there(db: Database, post: str) -> None:
    talk(db)
    with pytest.raises(WrongWish, match="is no post of this campaign"):
        select(db, Wish(campaign="labourleaks", post=(post,)), NOW)


def test_a_post_that_answers_itself_is_one(db: Database) -> None:
    watch(db)
    post = make_post(1, reply_to=make_post(2).uri)
    back = make_post(2, reply_to=make_post(1).uri)
    store.record_walk(db, make_record(sighted(post), sighted(back)))
    selection = select(db, Wish(campaign="labourleaks", post=("1",)), NOW)
    assert sorted(selection.post_ids) == [1, 2]


def test_the_command_line_is_safe_to_paste() -> None:
    wish = Wish(campaign="x", from_at="2026-05-01", text="a'; rm -rf / #", post=("7",))
    assert command(wish, FORMS["evidence"]) == (
        "groundswell export --campaign x --from 2026-05-01 --text 'a'\"'\"'; rm -rf / #' "
        "--post 7 --format evidence -o x-2026-05-01-post-7-evidence.zip"
    )


# --- how many there are


@pytest.mark.parametrize(
    ("given", "at_most"),
    [
        ({}, 0),
        ({"lang": "de"}, 0),
        ({"sentiment": "positive", "platform": "mastodon"}, 0),
        ({"term": "press"}, 0),
        ({"term": "press", "lang": "en"}, 0),
        ({"kind": "reply"}, 1),
        ({"q": "emoji"}, 0),
        ({"q": "now says what", "kind": "post", "term": "labourleaks"}, 0),
        ({"q": "emoji", "kind": "reply"}, 0),
        ({"q": "taken back"}, 0),
    ],
)
def test_so_many_fit_a_filter(
    db: Database, given: dict[str, str], at_most: int
) -> None:
    export_store.fill(db)
    db.conn.create_function("escape_fts", 1, escape_fts)
    span = {"from_at": "2026-11-20T00:00:00Z", "to_at": "2026-11-20T13:00:00Z"}
    (row,) = ask(db, "posts_asked", campaign="labourleaks", **span, **given)
    same = {"text" if name == "q" else name: value for name, value in given.items()}
    selection = select(db, Wish(campaign="labourleaks", **span, **same), NOW)
    with opened(db, selection, FORMS["gexf"], NOW) as found:
        posts = found.about.posts
    assert row["at_most"] == at_most
    assert row["posts"] == posts if not at_most else row["posts"] >= posts
    assert (posts > 0) == (
        same.get("kind") != "reply" and "taken back" not in given.values()
    )
