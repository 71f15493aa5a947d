"""groundswell check and try."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.base import (
    BadPayload,
    CollectorError,
    Denied,
    Gone,
    Post,
    Probe,
    RateLimited,
    Rejected,
    Unavailable,
)
from db.connection import open_database, transaction
from groundswell.cli import output as cli_output
from tests.fake_driver import GOOD, FakeDriver, Walked, post, run, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GROUNDSWELL_CONFIG", raising=False)
    return tmp_path


# check


def test_check_reports_every_mistake_on_stdout() -> None:
    write(GOOD.replace("hashtags", "hastags").replace("wss:", "gopher:"))
    result = run("check")
    assert result.exit_code == 2
    assert result.stdout.splitlines() == [
        "groundswell.toml: 3 mistakes",
        (
            "  line 4: campaign[0]: watches nothing; "
            "write one of hashtags, phrases, accounts, domains"
        ),
        "  line 7: campaign[0].hastags: unknown key; did you mean hashtags?",
        "  line 13: source[1]: base_url must begin with wss://",
    ]


def test_check_as_json_with_mistakes() -> None:
    write(GOOD.replace("hashtags", "hastags"))
    result = run("check", "--json")
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert found["ok"] is False
    assert found["problems"][1] == {
        "path": "campaign[0].hastags",
        "line": 7,
        "message": "unknown key; did you mean hashtags?",
    }


def test_check_shows_what_the_configuration_amounts_to() -> None:
    write()
    result = run("check", MASTODON_TOKEN_HOME="hush-hush")
    assert result.exit_code == 0
    assert "2 hashtags" in result.stdout
    assert "wss://stream.example" in result.stdout
    assert "MASTODON_TOKEN_HOME: set" in result.stdout
    assert "BLUESKY_APP_PASSWORD: not set (Settings, App passwords)" in result.stdout
    assert "hush-hush" not in result.output


def test_check_as_json() -> None:
    write()
    found = json.loads(run("check", "--json").stdout)
    assert found["ok"] is True
    assert found["campaigns"][0]["terms"] == [
        {"kind": "hashtag", "value": "Rail"},
        {"kind": "hashtag", "value": "Train"},
    ]
    assert found["campaigns"][0]["sources"] == ["home", "stream"]
    assert [one["variable"] for one in found["secrets"]] == [
        "MASTODON_TOKEN_HOME",
        "BLUESKY_IDENTIFIER",
        "BLUESKY_APP_PASSWORD",
    ]


def test_check_without_a_file_describes_the_built_in_one() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "built-in" in result.stdout
    assert "4 hashtags" in result.stdout


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_check_fits_the_terminal(columns: str) -> None:
    write()
    result = run("check", COLUMNS=columns)
    table = result.stdout.partition("Campaigns")[2].partition("Secrets")[0]
    assert max(map(len, table.splitlines())) <= int(columns)


OPEN = Probe("open", "Mastodon 4.5; hashtags are public")


@pytest.mark.parametrize(
    ("answer", "reachable", "state"),
    [
        (OPEN, True, "open"),
        (Probe("login", "wants a log-in"), True, "login"),
        (Unavailable("no such host"), False, "unreachable"),
        (RateLimited("asked for a pause"), True, "busy"),
        (Denied("set MASTODON_TOKEN_HOME"), True, "login"),
        (Gone("nothing there"), True, "gone"),
        (BadPayload("HTML where JSON was due"), True, "unreadable"),
    ],
)
def test_check_online_asks_each_source(
    answer: Probe | CollectorError, reachable: bool, state: str
) -> None:
    write()
    driver = FakeDriver({"home": answer}, [Walked()])
    result = run("check", "--online", "--json", driver=driver)
    found = json.loads(result.stdout)["online"]
    assert [one["source"] for one in found] == ["home", "stream"]
    assert (found[0]["reachable"], found[0]["state"]) == (reachable, state)
    assert driver.contact == "press@example.org"
    assert result.exit_code == (0 if state == "open" else 3)


def test_check_online_says_failed_when_nothing_answers() -> None:
    write()
    down = Unavailable("no such host")
    result = run(
        "check", "--online", driver=FakeDriver({"home": down}, [Walked(error=down)])
    )
    assert result.exit_code == 1
    assert "no such host" in result.stdout
    assert "Asking 2 sources" in result.stderr


# check --store


def test_check_store_without_a_database(folder: Path) -> None:
    write()
    result = run("check", "--store")
    assert result.exit_code == 0
    assert "There is no database at" in result.stdout
    assert not (folder / "data").exists()


def test_check_store_of_a_sound_database(folder: Path) -> None:
    write()
    open_database(folder / "data" / "campaigns.db").close()
    result = run("check", "--store")
    assert result.exit_code == 0, result.output
    assert "The database is sound: 0 posts, roll-ups equal a recount." in result.stdout
    found = json.loads(run("check", "--store", "--json").stdout)
    assert found["store"] == {"posts": 0, "problems": []}
    assert "store" not in json.loads(run("check", "--json").stdout)


def test_check_store_names_what_is_wrong(folder: Path) -> None:
    write()
    database = open_database(folder / "data" / "campaigns.db")
    with transaction(database) as conn:
        conn.execute("insert into campaigns (slug, title) values ('rail', 'Rail')")
        conn.execute(
            "insert into hourly values "
            "(1, '2026-11-20T12:00:00Z', 'mastodon', 'en', 'neutral', 3, 0, 0.0, 0, 0)"
        )
    database.close()
    result = run("check", "--store")
    assert result.exit_code == 1
    assert "hourly (1, '2026-11-20T12:00:00Z'" in result.stdout
    assert "kept (3, 0, 0.0, 0, 0), recount (0, 0, 0, 0, 0)" in result.stdout
    assert "sound" not in result.stdout


def test_check_store_of_a_file_that_is_none(folder: Path) -> None:
    write()
    path = folder / "data" / "campaigns.db"
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 100)
    result = run("check", "--store")
    assert result.exit_code == 1
    assert "this is not an SQLite database" in result.stdout


# try


def test_try_asks_for_each_term_where_the_platform_wants_that() -> None:
    write()
    driver = FakeDriver(walked=[Walked((post(1),)), Walked((post(1), post(2)))])
    result = run("try", "home", "--since", "6h", driver=driver)
    assert result.exit_code == 0, result.output
    assert [[term.value for term in query.terms] for query in driver.asked] == [
        ["Rail"],
        ["Train"],
    ]
    query = driver.asked[0]
    assert query.walk == "back"
    assert query.until is not None
    assert query.since == query.until - timedelta(hours=6)
    assert "2 requests, complete" in result.stdout
    assert "2 matching posts, 0 others" in result.stdout
    assert "mastodon: 2 posts, 0.333 an hour" in result.stdout
    assert "Reading home for Rail" in result.stderr


def test_try_drains_a_stream() -> None:
    write()
    driver = FakeDriver(walked=[Walked((post(1),))])
    result = run("try", "stream", driver=driver)
    assert result.exit_code == 0, result.output
    assert driver.drained == 1
    assert driver.asked[0].walk == "forward"
    assert len(driver.asked[0].terms) == 2


def test_try_takes_a_platform_and_an_address() -> None:
    driver = FakeDriver(walked=[Walked((post(1),))])
    result = run(
        "try", "mastodon", "https://other.example/", "--hashtag", "#Rail", driver=driver,
        MASTODON_TOKEN_OTHER_EXAMPLE="hush",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    settings = driver.asked[0].settings
    assert settings["slug"] == "other-example"
    assert settings["base_url"] == "https://other.example/"
    assert driver.asked[0].secret("token") == "hush"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["try", "hoem"], "There are home, stream"),
        (["try", "mastadon", "https://a.example"], "there are bluesky, feed"),
        (["try", "mastodon", "a.example"], "https://mastodon.social"),
        (["try", "mastodon", "http://a.example"], "must begin with https://"),
        (["try", "home", "--hashtag", "#"], "write a word"),
        (["try", "home", "--since", "6"], '"36h"'),
    ],
)
def test_try_says_what_is_wrong(arguments: list[str], hint: str) -> None:
    write()
    result = run(*arguments)
    assert result.exit_code == 2
    assert hint in " ".join(result.stderr.split())


def test_try_of_a_source_that_no_campaign_reads() -> None:
    write(GOOD.replace("exclude", 'sources = ["home"]\nexclude'))
    result = run("try", "stream")
    assert result.exit_code == 2
    assert "name a --hashtag" in result.stderr


HOSTILE = "\x1b[31m#rail\u202e evil\x07\n\n" + "漢字 " * 300


@pytest.mark.parametrize("columns", [40, 100])
def test_try_prints_hostile_posts_on_one_narrow_line(columns: int) -> None:
    write()
    driver = FakeDriver(walked=[Walked((post(1, HOSTILE),))])
    result = run("try", "home", driver=driver, COLUMNS=str(columns))
    line = next(line for line in result.stdout.splitlines() if "evil" in line)
    assert cli_output.columns_of(line) <= columns
    assert line.endswith("…")
    assert all(char.isprintable() for char in line)


def test_try_shows_what_was_left_out_and_why() -> None:
    write()
    walked = Walked(
        rejected=tuple(Rejected(f"id {n}", "has no\x1b[2J author") for n in range(7)),
        skipped={"no term matched": 3},
    )
    result = run("try", "stream", driver=FakeDriver(walked=[walked]))
    assert "id 0: has no[2J author" in result.stdout
    assert "and 2 more" in result.stdout
    assert "3 no term matched" in result.stdout


def test_try_says_the_same_error_once() -> None:
    write()
    down = Unavailable("no such host")
    walked = Walked(outcome="broken", error=down)
    result = run("try", "home", driver=FakeDriver({"home": down}, [walked]))
    assert result.stdout.count("no such host") == 1


@pytest.mark.parametrize(("posts", "code"), [((), 1), ((post(1),), 3)])
def test_try_says_how_a_walk_broke(posts: tuple[Post, ...], code: int) -> None:
    write()
    walked = Walked(posts, outcome="broken", error=Unavailable("the host is down"))
    result = run("try", "stream", driver=FakeDriver(walked=[walked]))
    assert result.exit_code == code
    assert "the host is down" in result.stdout


def test_try_as_json() -> None:
    write()
    walked = Walked((post(1), post(2, "no tag", hashtags=())), skipped={"odd": 1})
    result = run("try", "stream", "--json", driver=FakeDriver(walked=[walked]))
    found = json.loads(result.stdout)
    assert (found["matched"], found["unmatched"]) == (1, 1)
    assert found["outcome"] == "complete"
    assert found["skipped"] == {"odd": 1}
    assert found["examples"][0]["text"] == "by #rail"


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (Probe("open", "says hello", {"software": "x"}), {"software": "x"}),
        (Unavailable("says hello not"), None),
    ],
)
def test_try_hands_on_what_the_source_says_of_itself(
    answer: Probe | CollectorError, facts: object
) -> None:
    driver = FakeDriver({"a-example": answer}, [Walked()])
    result = run("try", "mastodon", "https://a.example", driver=driver)
    assert driver.asked[0].settings.get("facts") == facts
    assert "says hello" in result.stdout
