"""What platforms' rules ask for: words that expire, words that stay on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from collectors import mastodon
from collectors.base import Duties
from db import checks, expiry, store
from db.connection import Database, open_database
from db.times import to_text
from groundswell import duties
from groundswell.cli import main
from groundswell.config.loading import Config, parse
from tests.conftest import NOW
from tests.making import make_post, make_record, sighted, watch

DAYS_30 = timedelta(days=30)
TEXT = """
[[campaign]]
slug = "one"
hashtags = ["One"]
[[source]]
slug = "a"
platform = "mastodon"
base_url = "https://a.example"
{first}
[[source]]
slug = "b"
platform = "mastodon"
base_url = "https://b.example"
{second}
"""


def configured(first: str = "", second: str = "") -> Config:
    return parse(TEXT.format(first=first, second=second), {})


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Duties:
    """Mastodon, were its rules as strict as some."""
    rules = Duties(keep=DAYS_30, recheck=None, publish="here", why="the terms say so")
    monkeypatch.setattr(mastodon.Mastodon, "duties", rules)
    return rules


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "campaigns.db")
    watch(opened)
    yield opened
    opened.close()


# --- what holds


def test_the_platforms_own_rules_are_the_default(strict: Duties) -> None:
    assert duties.of_platform(configured(), "mastodon") == strict


def test_the_longest_keep_of_a_platforms_sources_counts(strict: Duties) -> None:
    both = configured('keep = "10d"', 'keep = "60d"')
    assert duties.of_platform(both, "mastodon").keep == timedelta(days=60)
    endless = configured('keep = "10d"', 'keep = "forever"')
    assert duties.of_platform(endless, "mastodon").keep is None


def test_words_go_out_only_where_every_source_says_so(strict: Duties) -> None:
    said = 'publish = "anyone"'
    assert duties.confined(configured(said), {"mastodon"}) == {
        "mastodon": "the terms say so"
    }
    assert duties.confined(configured(said, said), {"mastodon"}) == {}
    assert duties.confined(configured(), {"a-platform-of-the-past"}) == {}


# --- words expire


def test_words_that_nobody_confirmed_expire_and_come_back(db: Database) -> None:
    old, met_again = make_post(1), make_post(2)
    store.record_walk(db, make_record(sighted(old), sighted(met_again)))
    later = NOW + timedelta(days=20)
    store.record_walk(db, make_record(sighted(met_again), at=later))

    assert expiry.expire(db, "mastodon", NOW + timedelta(days=10)) == 1
    words = dict(db.conn.execute("select uri, text from posts").fetchall())
    assert words[old.uri] == ""
    assert words[met_again.uri] == met_again.text
    assert checks.problems(db) == []
    assert expiry.expire(db, "mastodon", NOW + timedelta(days=10)) == 0

    store.record_walk(db, make_record(sighted(old), at=later))
    (text,) = db.conn.execute(
        "select text from posts where uri = ?", (old.uri,)
    ).fetchone()
    assert text == old.text


def test_other_platforms_words_stay(db: Database) -> None:
    store.record_walk(db, make_record(sighted(make_post(1))))
    assert expiry.expire(db, "youtube", NOW + timedelta(days=100)) == 0


def test_many_posts_expire_in_several_steps(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "_AT_ONCE", 3)
    posts = [sighted(make_post(number)) for number in range(1, 9)]
    store.record_walk(db, make_record(*posts))
    assert expiry.expire(db, "mastodon", NOW + timedelta(days=1)) == 8
    assert checks.problems(db) == []


# --- looking again


def test_a_post_is_looked_at_for_as_long_as_its_words_are_kept(db: Database) -> None:
    post = make_post(1)
    every = timedelta(days=25)
    due = "select due_at, step from rechecks"
    late = NOW + timedelta(days=8)
    store.record_walk(db, make_record(sighted(post)))
    looked = {"walk": "recheck", "rechecked": (post.uri,), "recheck_every": every}
    store.record_walk(db, make_record(sighted(post), at=late, **looked))
    assert db.conn.execute(due).fetchall() == [(to_text(late + every), 6)]
    later = late + every
    store.record_walk(db, make_record(sighted(post), at=later, **looked))
    assert db.conn.execute(due).fetchall() == [(to_text(later + every), 6)]
    store.record_walk(db, make_record(at=later, **{**looked, "recheck_every": None}))
    assert db.conn.execute(due).fetchall() == []


def test_an_old_post_is_looked_at_too_where_the_rules_ask_for_it(db: Database) -> None:
    old = make_post(1, published_at=NOW - timedelta(days=90))
    every = timedelta(days=25)
    store.record_walk(db, make_record(sighted(old), recheck_every=every))
    (due,) = db.conn.execute("select due_at from rechecks").fetchone()
    assert due == to_text(NOW + every)


# --- words stay here


@pytest.mark.parametrize("command", ["serve", "run"])
def test_pages_that_others_reach_are_refused(
    command: str, strict: Duties, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("groundswell.toml").write_text(TEXT.format(first="", second=""))
    told = CliRunner().invoke(main, [command, "--host", "0.0.0.0"])  # noqa: S104 - never bound
    assert told.exit_code == 1
    assert "the terms say so" in told.output
    assert 'publish = "anyone"' in told.output


def test_words_that_an_import_left_are_confined_too(
    strict: Duties, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    """The platform has no source any more; its posts are still there."""
    store.record_walk(db, make_record(sighted(make_post(1))))
    monkeypatch.chdir(tmp_path)
    elsewhere = TEXT.replace("mastodon", "feed").format(first="", second="")
    place = f'[monitor]\ndatabase = "{tmp_path / "campaigns.db"}"\n'
    Path("groundswell.toml").write_text(place + elsewhere)
    told = CliRunner().invoke(main, ["serve", "--host", "192.0.2.1"])
    assert told.exit_code == 1
    assert "posts of mastodon" in told.output


# --- how it is written


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('keep = "never"', 'or write "forever"'),
        ('keep = "5s"', "must lie between"),
        ('recheck = "forever"', 'or write "never"'),
        ('publish = "everywhere"', 'write "here"'),
    ],
)
def test_a_duty_that_cannot_be_read_is_named(line: str, why: str) -> None:
    from groundswell.config.loading import ConfigError

    with pytest.raises(ConfigError) as caught:
        configured(line)
    assert why in str(caught.value.problems[0])
