"""The configuration: what it takes, and what it says about everything else."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import collectors
from collectors.base import Secret, Term
from groundswell import config
from groundswell._config_keys import KEYS, RENAMED, looks_secret, show_line
from groundswell._config_lines import line_of
from groundswell._config_values import ends, hashtag, starts
from groundswell.config import (
    Campaign,
    Config,
    ConfigError,
    Monitor,
    Source,
    Wrong,
    format_duration,
    parse_duration,
    secrets_for,
)
from tests.fake_platforms import PLATFORMS, find

EXAMPLE = Path(config.__file__).with_name("example.toml")
DOCS = Path(__file__).parents[1] / "docs" / "configuration.md"

CAMPAIGN = """
[[campaign]]
slug = "one"
title = "One"
hashtags = ["One"]
"""
SOURCE = """
[[source]]
slug = "home"
platform = "mastodon"
base_url = "https://social.example"
"""
fuzz = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def parsed(text: str, env: Mapping[str, str] | None = None) -> Config:
    return config.parse(text, env or {}, find=find)


def problems(text: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Path to message of each mistake; two at one path are joined."""
    with pytest.raises(ConfigError) as caught:
        parsed(text, env)
    found: dict[str, str] = {}
    for one in caught.value.problems:
        found[one.path] = (
            f"{found[one.path]}\n{one.message}" if one.path in found else (one.message)
        )
    return found


def campaign_problems(lines: str) -> dict[str, str]:
    return problems(CAMPAIGN + lines + SOURCE)


def source_problems(lines: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
    return problems(CAMPAIGN + SOURCE + lines, env)


# What it takes


def test_everything_that_can_be_said_is_read() -> None:
    read = config.parse(
        """
        [monitor]
        database = "posts.db"
        contact = "press@example.org"
        host = "0.0.0.0"
        port = 9000
        opt_out = "keep"

        [[campaign]]
        slug = "rail-strike"
        title = "Rail strike"
        description = "All of it"
        hashtags = ["#RailStrike", "＃ＳａｖｅＲａｉｌ"]
        phrases = ["rail  strike"]
        accounts = ["@union@social.example"]
        domains = ["Example.org"]
        exclude = ["#Trains", "model  railway"]
        starts = 2026-09-01
        ends = "2026-09-30"
        sources = ["stream"]

        [[source]]
        slug = "stream"
        platform = "bluesky"
        base_url = "wss://stream.example"
        every = "1h30m"
        backfill = "36h"
        allow_private = true
        languages = ["en"]
        """,
        {},
        path=Path("/etc/groundswell/groundswell.toml"),
        find=find,
    )
    assert read.monitor == Monitor(
        database=Path("/etc/groundswell/posts.db"),
        contact="press@example.org",
        host="0.0.0.0",  # noqa: S104 - a value to read, nothing listens
        port=9000,
        opt_out="keep",
    )
    assert read.campaigns == (
        Campaign(
            slug="rail-strike",
            title="Rail strike",
            description="All of it",
            hashtags=("RailStrike", "ＳａｖｅＲａｉｌ"),
            phrases=("rail strike",),
            accounts=("union@social.example",),
            domains=("example.org",),
            exclude=("#Trains", "model railway"),
            starts=datetime(2026, 9, 1, tzinfo=UTC),
            ends=datetime(2026, 10, 1, tzinfo=UTC),
            sources=("stream",),
        ),
    )
    assert read.sources == (
        Source(
            slug="stream",
            platform="bluesky",
            base_url="wss://stream.example",
            every=timedelta(minutes=90),
            backfill=timedelta(hours=36),
            allow_private=True,
            options={"languages": ["en"]},
        ),
    )


def test_terms_are_what_collectors_take() -> None:
    campaign = parsed(
        CAMPAIGN + 'phrases = ["two words"]\naccounts = ["@a@b.example"]\n'
        'domains = ["b.example"]\nexclude = ["#no", "not this"]\n' + SOURCE
    ).campaigns[0]
    assert campaign.terms() == (
        Term("hashtag", "One"),
        Term("phrase", "two words"),
        Term("account", "a@b.example"),
        Term("domain", "b.example"),
    )
    assert campaign.excluded() == (Term("hashtag", "no"), Term("phrase", "not this"))


def test_settings_carry_what_a_collector_reads() -> None:
    source = Source(
        slug="s",
        platform="p",
        base_url="https://b.example",
        options={"slug": 1, "x": 2},
    )
    secret = Secret("hush")
    assert source.settings({"token": secret}) == {
        "slug": "s",
        "base_url": "https://b.example",
        "allow_private": False,
        "secrets": {"token": secret},
        "x": 2,
    }


def test_title_is_the_slug_where_there_is_none() -> None:
    read = parsed('[[campaign]]\nslug = "one"\nhashtags = ["a"]' + SOURCE)
    assert read.campaigns[0].title == "one"


def test_a_file_without_sources_watches_the_built_in_ones() -> None:
    read = parsed(CAMPAIGN + 'sources = ["bluesky"]')
    assert read.sources == config.default_config().sources


# Where it comes from


def test_option_then_variable_then_folder_then_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("option", "variable", "groundswell"):
        (tmp_path / f"{name}.toml").write_text(CAMPAIGN.replace("one", name) + SOURCE)
    env = {"GROUNDSWELL_CONFIG": "variable.toml"}

    def slug(path: Path | None, env: Mapping[str, str]) -> str:
        return config.load(path, env, find=find).campaigns[0].slug

    assert slug(Path("option.toml"), env) == "option"
    assert slug(None, env) == "variable"
    assert slug(None, {"GROUNDSWELL_CONFIG": ""}) == "groundswell"
    (tmp_path / "groundswell.toml").unlink()
    assert slug(None, {}) == "labourleaks"


def test_the_default_needs_no_secret_and_watches_four_hashtags() -> None:
    default = config.default_config()
    assert default.path is None
    assert [term.key for term in default.campaigns[0].terms()] == [
        "labourleaks", "labourleadership", "wikileaks", "dncleaks",
    ]  # fmt: skip
    assert {source.platform for source in default.sources} == {"mastodon", "bluesky"}
    assert default.monitor.database == Path("data/campaigns.db")


def test_the_example_says_what_the_default_does() -> None:
    example = parsed(EXAMPLE.read_text(encoding="utf-8"))
    default = config.default_config()
    assert example.sources == default.sources
    assert example.monitor == default.monitor
    assert example.campaigns[0].terms() == default.campaigns[0].terms()
    assert example.campaigns[0].slug == default.campaigns[0].slug


def test_the_example_loads_with_every_comment_taken_up() -> None:
    """What stands behind "# " and reads as TOML is meant to be used: it must be right."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    taken_up = [
        line[2:] if line.startswith("# ") and _is_toml(line[2:]) else line
        for line in lines
    ]
    read = parsed("\n".join(taken_up))
    assert read.campaigns[0].exclude
    assert read.sources[-1].platform == "feed"
    assert read.sources[0].every == timedelta(minutes=15)


def _is_toml(line: str) -> bool:
    try:
        return bool(tomllib.loads(line))
    except tomllib.TOMLDecodeError:
        return False


@pytest.mark.parametrize("platform", ["mastodon", "bluesky", "feed"])
def test_the_real_platforms_agree_with_the_example(platform: str) -> None:
    if platform not in collectors.available():
        pytest.skip(f"the {platform} collector is not in this checkout")
    example = parsed(EXAMPLE.read_text(encoding="utf-8"))
    for source in example.sources:
        if source.platform == platform:
            assert collectors.load(platform).check(source.settings()) == []


# Mistakes


def test_every_mistake_is_reported_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(
            '[monitor]\nport = "x"\ncontatc = "a"\n'
            '[[campaign]]\nslug = "A b"\nhastags = ["#"]\nstarts = "soon"\n'
            '[[source]]\nslug = "s"\nplatform = "mastadon"\nevery = 15\nlanguage = 1\n'
        )
    assert [problem.path for problem in caught.value.problems] == [
        "monitor.port",
        "monitor.contatc",
        "campaign[0]",
        "campaign[0].slug",
        "campaign[0].hastags",
        "campaign[0].starts",
        "source[0].base_url",
        "source[0].platform",
        "source[0].every",
    ]
    assert [problem.line for problem in caught.value.problems] == [
        2, 3, 4, 5, 6, 7, 8, 10, 11,
    ]  # fmt: skip


def test_an_unknown_key_comes_with_the_one_that_was_meant() -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(CAMPAIGN + 'hastags = ["a"]' + SOURCE)
    assert (
        str(caught.value) == "campaign[0].hastags: unknown key; did you mean hashtags?"
    )


def test_an_unknown_key_like_no_other_comes_with_the_list() -> None:
    message = campaign_problems("zzz = 1")["campaign[0].zzz"]
    assert "[[campaign]] takes accounts, description," in message


@pytest.mark.parametrize(("section", "key"), sorted(RENAMED))
def test_a_renamed_key_has_its_sentence(section: str, key: str) -> None:
    text = {
        "": f"{key} = 1\n{CAMPAIGN}{SOURCE}",
        "monitor": f"[monitor]\n{key} = 1\n{CAMPAIGN}{SOURCE}",
        "campaign": f"{CAMPAIGN}{key} = 1\n{SOURCE}",
        "source": f"{CAMPAIGN}{SOURCE}{key} = 1\n",
    }[section]
    path = {"campaign": "campaign[0].", "source": "source[0].", "": ""}.get(
        section, f"{section}."
    )
    assert RENAMED[section, key] in problems(text)[path + key]
    assert key not in KEYS[section]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("alert", "this version raises no alerts yet; remove the [[alert]] sections"),
        ("notify", "this version sends no notices yet; remove the [[notify]] sections"),
    ],
)
def test_what_is_not_built_yet_is_refused(word: str, sentence: str) -> None:
    text = CAMPAIGN + SOURCE + f'[[{word}]]\nwhen = "always"'
    assert problems(text) == {word: sentence}


@pytest.mark.parametrize("value", ["0", "15", "1.5", '"15"', '"0m"', '"-5m"', '"5 years"',
                                   '"1e3s"', "true", '""', "[1]", '"٣m"'])  # fmt: skip
@pytest.mark.parametrize("key", ["every", "backfill"])
def test_durations_without_sense_say_what_to_write(key: str, value: str) -> None:
    message = source_problems(f"{key} = {value}")[f"source[0].{key}"]
    assert '"15m", "36h" or "7d"' in message


@pytest.mark.parametrize(("key", "value"), [("every", "40d"), ("backfill", "11000d")])
def test_durations_have_a_ceiling(key: str, value: str) -> None:
    assert (
        "must lie between" in source_problems(f'{key} = "{value}"')[f"source[0].{key}"]
    )


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2026-03-29", "2026-03-29T00:00:00+00:00", "2026-03-30T00:00:00+00:00"),
        ("2026-03-29T08:30:00", "2026-03-29T08:30:00+00:00", None),
        ("2026-03-29T08:30:00+01:00", "2026-03-29T07:30:00+00:00", None),
        ("2026-03-29T08:30Z", "2026-03-29T08:30:00+00:00", None),
    ],
)
def test_moments_as_toml_and_as_text(value: str, first: str, last: str | None) -> None:
    bare = tomllib.loads(f"at = {value}")["at"] if value.count(":") != 1 else value
    for written in (value, bare):
        assert starts(written) == datetime.fromisoformat(first)
        assert ends(written) == datetime.fromisoformat(last or first)


@pytest.mark.parametrize("value", ['"soon"', "7", "07:30:00", '"2026-02-30"', "0001-01-01",
                                   "9999-12-31", '"9999-12-31T23:59:59-14:00"'])  # fmt: skip
def test_no_date_says_what_to_write(value: str) -> None:
    for key in ("starts", "ends"):
        message = campaign_problems(f"{key} = {value}")[f"campaign[0].{key}"]
        assert "2026-09-01" in message or "years 1990" in message


def test_a_campaign_must_end_after_it_starts() -> None:
    lines = "starts = 2026-09-02\nends = 2026-09-01\n"
    assert campaign_problems(lines) == {"campaign[0].ends": "is not after starts"}
    assert parsed(CAMPAIGN + "starts = 2026-09-01\nends = 2026-09-01\n" + SOURCE)


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("#", "write a word after the #"),
        (" ＃ ", "write a word after the #"),
        ("Labour Leaks", '"LabourLeaks"'),
        ("labour-leaks", "'-'"),
        ("2026", "no letter"),
        ("", "is empty"),
        ("leak\u202es", "U+202E"),
        ("leak\x1bs", "U+001B"),
        ("x" * 301, "300"),
    ],
)
def test_hashtags_that_no_platform_takes(tag: str, hint: str) -> None:
    with pytest.raises(Wrong) as caught:
        hashtag(tag)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    "tag", ["LabourLeaks", "#Łódź", "हिन्दी", "日本語", "a·b", "NHS_70"]
)
def test_hashtags_of_the_world_are_taken(tag: str) -> None:
    assert hashtag(tag) == tag.lstrip("#")


def test_hashtags_that_differ_in_case_alone_are_named() -> None:
    text = CAMPAIGN.replace('["One"]', '["#One", "two", "ＯＮＥ"]') + SOURCE
    assert problems(text) == {
        "campaign[0].hashtags[2]": "'One' and 'ＯＮＥ' are the same; keep one"
    }
    # One-letter strings are one object in CPython; they must be told apart all the same.
    assert problems(CAMPAIGN.replace('"One"', '"a", "a"') + SOURCE)


@pytest.mark.parametrize(
    ("line", "path", "hint"),
    [
        ('phrases = ["#tag"]', "campaign[0].phrases[0]", "belongs in hashtags"),
        ('phrases = ["!"]', "campaign[0].phrases[0]", "too short"),
        ('phrases = "two words"', "campaign[0].phrases", "write a list: phrases = […]"),
        ("phrases = [1]", "campaign[0].phrases[0]", "write text in quotes"),
        ('accounts = ["@"]', "campaign[0].accounts[0]", "write one account"),
        ('domains = ["https://a.b/c"]', "campaign[0].domains[0]", "a domain alone"),
        ('exclude = ["#one"]', "campaign[0].exclude", "also watched"),
        ("sources = []", "campaign[0].sources", "leave it out"),
        ('sources = ["hmoe"]', "campaign[0].sources", "[[source]] has home"),
    ],
)
def test_terms_that_make_no_sense(line: str, path: str, hint: str) -> None:
    assert hint in campaign_problems(line)[path]


def test_a_campaign_must_watch_something() -> None:
    text = '[[campaign]]\nslug = "x"\nhashtags = []\n' + SOURCE
    assert "watches nothing" in problems(text)["campaign[0]"]


def test_a_file_must_have_a_campaign() -> None:
    assert "missing; write a [[campaign]]" in problems("")["campaign"]
    assert "missing" in problems("campaign = []" + SOURCE)["campaign"]
    assert "is empty" in problems("source = []" + CAMPAIGN)["source"]


@pytest.mark.parametrize(
    ("text", "path", "hint"),
    [
        (CAMPAIGN.replace("[[campaign]]", "[campaign]"), "campaign", "double brackets"),
        ("[[monitor]]\n" + CAMPAIGN, "monitor", "single brackets"),
        ("source = 3\n" + CAMPAIGN, "source", "double brackets"),
    ],
)
def test_brackets_are_explained(text: str, path: str, hint: str) -> None:
    assert hint in problems(text)[path]


@pytest.mark.parametrize(
    ("line", "key", "hint"),
    [
        ('database = ""', "database", "is empty"),
        ('database = "."', "database", "is a folder"),
        ('database = "data/"', "database", "is a folder"),
        ('database = ":memory:"', "database", "path of a file"),
        ('database = "~nobody-of-this-name/x.db"', "database", "not known"),
        (f'database = "{"x" * 290}"', "database", "cannot be a file"),
        ('contact = "Łukasz"', "contact", "ASCII"),
        ('contact = "a\\nb"', "contact", "one line"),
        ("port = 0", "port", "between 1 and 65535"),
        ("port = true", "port", "without quotes"),
        ('host = "http://localhost"', "host", "alone"),
        ('opt_out = "no"', "opt_out", '"withhold" or "keep"'),
    ],
)
def test_the_monitor_table_is_checked(line: str, key: str, hint: str) -> None:
    assert hint in problems(f"[monitor]\n{line}\n{CAMPAIGN}{SOURCE}")[f"monitor.{key}"]


@pytest.mark.parametrize(
    ("name", "better"),
    [("Rail Strike", "rail-strike"), ("Żółć!", "zoc"), ("a_b", "a-b")],
)
def test_slugs_come_with_a_better_one(name: str, better: str) -> None:
    text = CAMPAIGN.replace('"one"', f'"{name}"') + SOURCE
    assert f'write "{better}"' in problems(text)["campaign[0].slug"]


def test_missing_slugs_come_with_one_made_from_what_is_there() -> None:
    found = problems(
        CAMPAIGN.replace('slug = "one"', "") + SOURCE.replace('slug = "home"', "")
    )
    assert found["campaign[0].slug"] == 'missing; write slug = "one"'
    assert found["source[0].slug"] == 'missing; write slug = "social-example"'


def test_slugs_and_addresses_are_used_once() -> None:
    other = SOURCE.replace("social.example", "SOCIAL.example/")
    found = problems(CAMPAIGN + CAMPAIGN + SOURCE + other)
    assert "is also campaign[0]" in found["campaign[1].slug"]
    assert "is also source[0]" in found["source[1].slug"]
    assert "same address as source[0]" in found["source[1].base_url"]


# What the platforms say


def test_an_unknown_platform_comes_with_the_known_ones() -> None:
    found = problems(
        CAMPAIGN + SOURCE.replace('"mastodon"', '"mastadon"') + "evry = 1\n"
    )
    assert "there are bluesky, feed, locked, mastodon" in found["source[0].platform"]
    assert "did you mean every?" in found["source[0].evry"]


def test_a_platforms_own_keys_are_its_alone() -> None:
    assert "unknown key" in source_problems("languages = []")["source[0].languages"]


def test_what_a_collector_finds_has_the_sources_path() -> None:
    found = problems(CAMPAIGN + SOURCE.replace("https://", "http://"))
    assert found == {"source[0]": "base_url must begin with https://"}


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("social.example", "https://mastodon.social"),
        ("https://", "https://mastodon.social"),
        ("https://[::1", "no address"),
        ("https://a.example:99999", "no address"),
        ("https://me:hush-hush@a.example", "before the @"),
        ("https://a.example/feed?x=1&access_token=hush-hush", "after the ?"),
    ],
)
def test_addresses_are_whole_and_carry_no_secret(address: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(CAMPAIGN + SOURCE.replace("https://social.example", address))
    assert hint in str(caught.value)
    assert "hush-hush" not in str(caught.value)


# Secrets


@pytest.mark.parametrize(
    "key", ["token", "password", "api_key", "apiKey", "access-token", "client_secret"]
)
def test_secrets_are_refused_wherever_they_stand(key: str) -> None:
    places = {
        f"source[0].{key}": CAMPAIGN + SOURCE + f'{key} = "hush-hush"',
        f"source[0].more.{key}": CAMPAIGN + SOURCE + f'more.{key} = "hush-hush"',
        f"monitor.{key}": f'[monitor]\n{key} = "hush-hush"\n{CAMPAIGN}{SOURCE}',
        key: f'{key} = "hush-hush"\n{CAMPAIGN}{SOURCE}',
    }
    for path, text in places.items():
        with pytest.raises(ConfigError) as caught:
            parsed(text)
        found = {problem.path: problem.message for problem in caught.value.problems}
        assert "secrets never stand in this file" in found[path]
        assert "hush-hush" not in str(caught.value)
        if path == f"source[0].{key}":
            assert "MASTODON_TOKEN_HOME" in found[path]


def test_ordinary_keys_are_no_secrets() -> None:
    known = [key for section in KEYS.values() for key in section]
    assert not [key for key in [*known, "authors", "keyword"] if looks_secret(key)]


HOME = Source(slug="home", platform="mastodon", base_url="https://social.example")


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hush\r\n")
    for env in (
        {"MASTODON_TOKEN_HOME": "hush"},
        {"MASTODON_TOKEN_HOME_FILE": str(file), "MASTODON_TOKEN_HOME": ""},
    ):
        found = secrets_for(PLATFORMS["mastodon"], HOME, env)
        assert {name: secret.reveal() for name, secret in found.items()} == {
            "token": "hush"
        }
    assert secrets_for(PLATFORMS["mastodon"], HOME, {"MASTODON_TOKEN": "x"}) == {}


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "empty file"),
        (b"\n", "empty file"),
        (b"hush-hush\nhush-hush", "line break"),
        (b"\xffhush-hush", "control character"),
        (b"hush-hush" * 10_000, "too large"),
        (None, "cannot be read"),
    ],
)
def test_secret_files_that_cannot_be_used(
    tmp_path: Path, content: bytes | None, hint: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    env = {"MASTODON_TOKEN_HOME_FILE": str(file)}
    with pytest.raises(ConfigError) as caught:
        secrets_for(PLATFORMS["mastodon"], HOME, env)
    assert hint in str(caught.value)
    assert "MASTODON_TOKEN_HOME_FILE" in str(caught.value)
    assert "hush-hush" not in str(caught.value)
    # The same is found when the configuration is read.
    assert hint in problems(CAMPAIGN + SOURCE, env)["MASTODON_TOKEN_HOME_FILE"]


def test_a_secret_is_set_once() -> None:
    env = {"BLUESKY_APP_PASSWORD": "hush-hush", "BLUESKY_APP_PASSWORD_FILE": "/x"}
    with pytest.raises(ConfigError, match="unset one of them") as caught:
        secrets_for(PLATFORMS["bluesky"], HOME, env)
    assert "hush-hush" not in str(caught.value)


def test_a_required_secret_is_missed() -> None:
    text = CAMPAIGN + SOURCE.replace('"mastodon"', '"locked"')
    assert problems(text) == {
        "LOCKED_API_KEY": "is not set; home needs it: ask for one"
    }
    assert parsed(text, {"LOCKED_API_KEY": "x"})


# Files that cannot be read


def load_problem(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(path, {}, find=find)
    assert caught.value.file == path
    return str(caught.value)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    assert "groundswell init" in load_problem(tmp_path / "none.toml")


def test_a_dangling_link_is_not_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("groundswell.toml").symlink_to("nowhere")
    with pytest.raises(ConfigError):
        config.load(None, {}, find=find)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"\xff\xfea\x00", "UTF-16"),
        (b"a = 1\nb = '\xe9'\n", "line 2 is not UTF-8"),
        (b"#" * 1_000_001, "1 MB"),
        (b"[monitor]\nport = \n", "line 2, column 8: Invalid value\n    port ="),
        (b"[monitor", "line 1, column 9"),
        (b"a = " + b"[" * 100_000, "nested"),
        (b"a = " + b"9" * 5000, "line 1"),
        (b".".join([b"a"] * 20_000) + b" = 1", "nested"),
    ],
)
def test_files_that_are_no_toml(tmp_path: Path, content: bytes, hint: str) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(content)
    assert hint in load_problem(file)


def test_a_folder_and_an_impossible_path(tmp_path: Path) -> None:
    assert "folder" in load_problem(tmp_path)
    assert "cannot be read" in load_problem(Path("a\0b"))
    file = tmp_path / "x"
    file.touch()
    assert "cannot be read" in load_problem(file / "y")


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.touch(mode=0)
    assert "cannot be read: Permission denied" in load_problem(file)


def test_the_mark_of_windows_editors_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(
        b"\xef\xbb\xbf" + (CAMPAIGN + SOURCE).replace("\n", "\r\n").encode()
    )
    assert config.load(file, {}, find=find).campaigns[0].slug == "one"


@pytest.mark.parametrize(
    "line",
    [
        "token = 'hush-hush",
        'base_url = "https://a:hush-hush@b',
        "x.api_key = hush-hush",
    ],
)
def test_the_line_shown_for_a_syntax_error_hides_secrets(line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(f"{line}\n")
    assert "hush-hush" not in str(caught.value)


def test_a_shown_line_does_nothing_to_the_terminal() -> None:
    shown = show_line("a\x1b[31m\u202e = \t" + "x" * 500)
    assert shown.isprintable()
    assert len(shown) <= 120


def test_odd_keys_are_escaped() -> None:
    found = problems('"\\u001b[31m" = 1\n' + CAMPAIGN + SOURCE)
    assert all(path.isprintable() for path in found)


def test_lines_are_found_for_paths() -> None:
    text = (
        'top = 1\n[monitor] # x\nport = 1\n[[campaign]]\nslug = "a"\n\n[[ campaign ]]\n'
    )
    assert line_of(text, "top") == 1
    assert line_of(text, "monitor.port") == 3
    assert line_of(text, "campaign[0].slug") == 5
    assert line_of(text, "campaign[1].slug") == 7
    assert line_of(text, "campaign[1]") == 7
    assert line_of(text, "campaign[2].slug") is None
    assert line_of(text, "MASTODON_TOKEN") is None


# For any input

WHOLE = (CAMPAIGN + 'starts = 2026-09-01\nexclude = ["#x"]\nsources = ["home"]\n' + SOURCE
         + 'every = "15m"\nbackfill = "7d"\n[monitor]\nport = 80\n')  # fmt: skip
toml_words = st.sampled_from(
    ["[", "]", "[[source]]", "[[campaign]]", "=", '"', "'", "\n", "#", "{", "}", ",", ".",
     "1", "-1", "1e999", "nan", "true", "2026-01-01", "07:00:00", "slug", "every",
     "hashtags", "token", "\x00", "\u202e", "é", '"""', "\\", "[[alert]]", "~", "https://"]
)  # fmt: skip


@fuzz
@given(st.data())
def test_any_change_gives_a_config_or_every_mistake(data: st.DataObject) -> None:
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        text = (
            text[:start]
            + "".join(data.draw(st.lists(toml_words, max_size=3)))
            + (text[end:])
        )
    _config_or_problems(text)


values = st.recursive(
    st.one_of(
        st.booleans(), st.integers(), st.floats(), st.text("aA#@. -:/1\x00é\u202e"),
        st.datetimes(), st.dates(), st.times(), st.sampled_from(["15m", "mastodon"]),
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["slug", "x", "token"]), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(char):08X}" for char in value) + '"'
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@fuzz
@given(
    st.sampled_from([(s, key) for s, keys in KEYS.items() for key in (*keys, "token")]),
    values,
)
def test_any_value_at_any_key_gives_a_config_or_every_mistake(
    place: tuple[str, str], value: object
) -> None:
    section, key = place
    sections = {
        "monitor": {"port": "80"},
        "campaign": {"slug": '"one"', "hashtags": '["One"]'},
        "source": {"slug": '"h"', "platform": '"bluesky"', "base_url": '"wss://a.b"'},
    }
    top = f"{key} = {_toml(value)}\n" if not section else ""
    if section:
        sections[section][key] = _toml(value)
    else:
        sections.pop(key, None)
    for name, keys in sections.items():
        top += f"[{name}]\n" if name == "monitor" else f"[[{name}]]\n"
        top += "".join(f"{one} = {written}\n" for one, written in keys.items())
    _config_or_problems(top)


def _config_or_problems(text: str) -> None:
    try:
        read = parsed(text)
    except ConfigError as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)
        assert all(problem.path.isprintable() for problem in error.problems)
    else:
        assert read.campaigns
        assert all(campaign.terms() for campaign in read.campaigns)
        assert all(source.backfill > timedelta() for source in read.sources)


@fuzz
@given(st.integers(1, 10**9))
def test_durations_round_trip(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_duration(format_duration(span)) == span


@fuzz
@given(st.text("0123456789 smhdw-.+"))
def test_any_text_is_a_duration_or_wrong(text: str) -> None:
    try:
        assert parse_duration(text) > timedelta()
    except Wrong as error:
        assert "7d" in str(error)  # noqa: PT017 - either outcome is right


# The documentation


def documented() -> str:
    return DOCS.read_text(encoding="utf-8")


def test_the_known_keys_are_the_records_fields() -> None:
    records = {"monitor": Monitor, "campaign": Campaign, "source": Source}
    for section, record in records.items():
        names = {field.name for field in fields(record)} - {"options"}
        assert names == set(KEYS[section])


@pytest.mark.parametrize(
    ("section", "key"), [(s, key) for s, keys in KEYS.items() if s for key in keys]
)
def test_every_key_is_documented_in_its_section(section: str, key: str) -> None:
    heading = "[monitor]" if section == "monitor" else f"[[{section}]]"
    chapter = documented().partition(f"## `{heading}`")[2].partition("\n## ")[0]
    assert f"| `{key}` |" in chapter


def test_the_documentations_examples_load() -> None:
    blocks = [part.partition("```")[0] for part in documented().split("```toml\n")[1:]]
    assert blocks
    for block in blocks:
        assert parsed(block)
