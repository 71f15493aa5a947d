"""Labels: a sample that is random, what people say of it, and what the page makes of it."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from datasette.app import Datasette
from sqlite_utils import Database

from db import labels
from db.connection import open_database
from db.labels import Label
from db.published import ask
from groundswell.sentiment import shares
from tests import web_fixture as fixture
from tests.signing_in import Visitor, build, text_of
from tests.test_web import close

SPAN = timedelta(days=10, hours=13)
HOUR = fixture.NOW.replace(minute=0)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_database(unlabelled(tmp_path / "x.db"))
    yield database
    database.close()


def unlabelled(path: Path) -> Path:
    """The fixture without its own few labels."""
    database = open_database(fixture.make(path))
    for table in ("labels", "samples", "draws"):
        database.conn.execute(f"delete from {table}")
    database.close()
    return path


def draw(db: Database, size: int, seed: int = 1, span: timedelta = SPAN) -> int:
    end = HOUR + timedelta(hours=1)
    return labels.draw(
        db, 1, size, since=end - span, until=end, now=fixture.NOW,
        dice=random.Random(seed),
    )  # fmt: skip


def rows(db: Database, **params: object) -> list[dict[str, object]]:
    given = {"campaign": "labourleaks", "from_at": "2025-05-01", "to_at": "2025-05-11"}
    return ask(db, "labelled", **{**given, **params})


def label_all(db: Database, person: str = "ana") -> int:
    """Each as the engine says, but every third neutral one negative."""
    waiting = labels.to_label(db, 1, person, 10_000)
    said = dict(db.conn.execute("select id, sentiment from posts").fetchall())
    wrong = {one.id for one in waiting if said[one.id] == "neutral" and one.id % 3 == 0}
    told = [
        Label(one.id, "negative" if one.id in wrong else said[one.id])
        for one in waiting
    ]
    assert labels.store(db, told, person, fixture.NOW) == []
    return len(told)


def test_only_scored_live_posts_of_the_campaign_are_drawn(db: Database) -> None:
    assert draw(db, 10_000) == db.conn.execute(
        "select count(*) from posts p join matches m on m.post_id = p.id "
        "where m.campaign_id = 1 and m.first and p.state = 'live' "
        "and p.sentiment is not null"
    ).fetchone()[0]  # fmt: skip
    drawn = labels.to_label(db, 1, "ana", 10_000)
    states = db.conn.execute(
        "select distinct p.state, p.sentiment is null, m.campaign_id from samples s "
        "join posts p on p.id = s.post_id join matches m on m.post_id = p.id"
    ).fetchall()
    assert states == [("live", 0, 1)]
    assert [one.published_at for one in drawn] == sorted(
        (one.published_at for one in drawn), reverse=True
    )


def test_each_post_is_as_likely_as_any_other(db: Database) -> None:
    """Drawn 400 times 20 of N: each post's count is binomial, and their spread says so."""
    counts: Counter[int] = Counter()
    for seed in range(400):
        draw(db, 20, seed)
        counts.update(r[0] for r in db.conn.execute("select post_id from samples"))
        db.conn.execute("delete from samples")
        db.conn.execute("delete from draws")
    population = db.conn.execute(
        "select sum(posts) from hourly where campaign_id = 1 and sentiment <> 'unscored'"
    ).fetchone()[0]
    expected = 400 * 20 / population
    seen = [counts[post] for post in counts] + [0] * (population - len(counts))
    chi = sum((count - expected) ** 2 / expected for count in seen)
    assert len(counts) <= population
    # Its mean is the degrees of freedom, its deviation the root of twice those.
    assert abs(chi - population) < 4 * (2 * population) ** 0.5


def test_what_people_say_stands_for_all_posts(db: Database) -> None:
    draw(db, 120)
    label_all(db)
    found = rows(db)
    counted = dict(db.conn.execute(
        "select sentiment, sum(posts) from hourly where campaign_id = 1 "
        "and sentiment <> 'unscored' group by 1"
    ).fetchall())  # fmt: skip
    weight = sum(float(str(row["weight"])) for row in found)
    assert weight == pytest.approx(sum(counted.values()), rel=0.01)
    told = shares.corrected(counted, shares.effective(found))
    assert told is not None
    assert told["negative"].corrected > told["negative"].counted + 0.05
    assert told["negative"].low < told["negative"].corrected < told["negative"].high


def test_two_people_on_one_post_are_half_a_post_each(db: Database) -> None:
    draw(db, 80)
    label_all(db)
    once = rows(db)
    label_all(db, "ben")
    assert rows(db) == once


def test_a_post_drawn_from_a_storm_stands_for_more(db: Database) -> None:
    """A second draw from a short time makes its posts likelier: each stands for fewer."""
    draw(db, 40)
    label_all(db)
    before = {
        r["said"]: float(str(r["weight"])) / float(str(r["posts"])) for r in rows(db)
    }
    draw(db, 200, seed=2, span=timedelta(hours=48))
    label_all(db)
    after = {
        r["said"]: float(str(r["weight"])) / float(str(r["posts"])) for r in rows(db)
    }
    assert all(after[said] < before[said] for said in after)
    kish = sum(shares.effective(rows(db)).values())
    assert kish < sum(float(str(row["posts"])) for row in rows(db))


def test_an_edit_makes_a_label_old(db: Database) -> None:
    draw(db, 1)
    (one,) = labels.to_label(db, 1, "ana", 5)
    labels.store(db, [Label(one.id, "unclear")], "ana", fixture.NOW)
    assert labels.to_label(db, 1, "ana", 5) == []
    db.conn.execute(
        "update posts set state = 'edited', edited_at = '2025-05-11T13:00:00Z' "
        "where id = ?",
        (one.id,),
    )
    assert [again.id for again in labels.to_label(db, 1, "ana", 5)] == [one.id]
    assert rows(db) == []


def test_a_post_that_is_gone_cannot_be_labelled(db: Database) -> None:
    (gone,) = db.conn.execute(
        "select min(id) from posts where state = 'deleted'"
    ).fetchone()
    assert labels.store(db, [Label(gone, "neutral")], "ana", fixture.NOW) == [gone]


def test_a_day_has_one_draw(db: Database) -> None:
    dice = random.Random(3)
    first = labels.draw_daily(db, 10, timedelta(days=7), fixture.NOW, dice)
    assert first == 20  # two campaigns
    hour = timedelta(hours=1)
    assert labels.draw_daily(db, 10, timedelta(days=7), fixture.NOW + hour, dice) == 0
    later = fixture.NOW + 25 * hour
    assert labels.draw_daily(db, 10, timedelta(days=7), later, dice) > 0


# The page


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Datasette]:
    datasette = build(unlabelled(tmp_path / "x.db"))
    yield datasette
    close(datasette)


PAGE = "/-/label/labourleaks"


def test_posts_are_there_when_an_editor_opens_the_page(site: Datasette) -> None:
    vic, ana = Visitor(site), Visitor(site)
    vic.sign_in("vic")
    vic.get(PAGE)
    database = open_database(site.groundswell_path)
    assert database.conn.execute("select count(*) from draws").fetchone() == (0,)
    ana.sign_in()
    assert "10 to go" in text_of(ana.get(PAGE))
    ana.get(PAGE)
    drawn = database.conn.execute("select campaign_id, size from draws").fetchall()
    assert drawn == [(1, 10)]  # once a day, of this campaign alone
    database.close()


def test_what_is_unclear_is_counted_apart(site: Datasette) -> None:
    ana = Visitor(site)
    ana.sign_in()
    for label in ("unclear", "neutral", "neutral"):
        (post,) = re.findall(r'name="post" value="(\d+)"', ana.get(PAGE).text)
        ana.post(PAGE, post=post, label=label)
    page = text_of(ana.get(PAGE))
    assert "2 posts of the last 30 days are labelled, and 1 more is “unclear”" in page
    assert "kept, and not counted" in page


def test_an_editor_labels_post_after_post(site: Datasette) -> None:
    ana = Visitor(site)
    ana.sign_in()
    ana.post(PAGE, draw="1")
    seen: set[str] = set()
    while found := re.findall(r'name="post" value="(\d+)"', ana.get(PAGE).text):
        (post,) = found
        assert post not in seen
        seen.add(post)
        answer = ana.post(PAGE, post=post, label="neutral")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{PAGE}?last={post}"
    assert "You have labelled all drawn posts" in text_of(ana.get(PAGE))
    assert 20 <= len(seen) <= 30  # those of the day, and twenty more
    assert f"{len(seen)} posts of the last 30 days are labelled" in text_of(
        ana.get(PAGE)
    )
    again = ana.get(f"{PAGE}?post={post}").text
    assert f'name="post" value="{post}"' in again


def test_who_may_not_write_is_told_why(site: Datasette) -> None:
    nobody, vic = Visitor(site), Visitor(site)
    assert "Sign in" in text_of(nobody.get(PAGE))
    assert nobody.post(PAGE, "/-/login", draw="1").status_code == 403
    vic.sign_in("vic")
    assert "signed in as vic, who may read" in text_of(vic.get(PAGE))
    assert vic.post(PAGE, "/-/login", draw="1").status_code == 403


def test_nonsense_is_refused_in_words(site: Datasette) -> None:
    ana = Visitor(site)
    ana.sign_in()
    ana.post(PAGE, draw="1")
    for data in ({"post": "x", "label": "neutral"}, {"post": "1", "label": "angry"}):
        answer = ana.post(PAGE, **data)
        assert "Nothing was stored" in text_of(ana.get(answer.headers["location"]))
    gone = ana.post(PAGE, post="99999999", label="neutral")
    assert "was taken back" in text_of(ana.get(gone.headers["location"]))
    assert ana.get("/-/label/nothing").status_code == 404


def test_the_campaigns_page_shows_the_error_bar(tmp_path: Path) -> None:
    path = unlabelled(tmp_path / "y.db")
    site = build(path)
    page = "/-/campaign/labourleaks?from=2025-05-01&to=2025-05-11"
    before = text_of(Visitor(site).get(page))
    assert "not yet measured for this campaign and time: 0 of the 60" in before
    database = open_database(path)
    draw(database, 150)
    label_all(database)
    database.close()
    after = text_of(Visitor(site).get(page))
    assert "150 posts, drawn at random and labelled by staff" in after
    assert "in 95 of 100 cases between" in after
    assert "not yet measured" not in after
    close(site)
