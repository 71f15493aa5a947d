"""What the configuration says about mistakes."""

from __future__ import annotations

import tomllib
from datetime import datetime

import pytest

from groundswell.config.keys import KEYS, RENAMED
from groundswell.config.loading import (
    ConfigError,
    Wrong,
)
from groundswell.config.values import ends, hashtag, starts
from tests.config_texts import (
    CAMPAIGN,
    SOURCE,
    campaign_problems,
    parsed,
    problems,
    source_problems,
)

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


def test_a_misspelt_word_for_a_key_leads_to_the_key() -> None:
    said = source_problems('retantion = "5d"\n')["source[0].retantion"]
    assert said == "unknown key; did you mean retention? That is called keep"
    said = campaign_problems('retention = "5d"')["campaign[0].retention"]
    assert said == "unknown key; belongs in a [[source]] section, and is called keep"
    said = campaign_problems('every = "5m"')["campaign[0].every"]
    assert said == "unknown key; every belongs in [[report]] or [[source]]"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("5x", "has a unit that is not known, x; write a number and its unit (s, m,"),
        ("60", "has no unit; write a number"),
        ("5min", 'is no time span; write "5m"'),
        ("2 Hours", 'is no time span; write "2h"'),
        ("soon", "is no time span; write a number and its unit"),
        ("5m5x", "is no time span; write a number and its unit"),
    ],
)
def test_a_mistyped_time_span_is_told_what_was_meant(written: str, said: str) -> None:
    found = problems(CAMPAIGN + SOURCE + f'every = "{written}"\n')
    assert found["source[0].every"].startswith(said)


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
        "notify": f"{CAMPAIGN}{SOURCE}[[notify]]\n{key} = 1\n",
        "person": f"{CAMPAIGN}{SOURCE}[[person]]\n{key} = 1\n",
        "token": f"{CAMPAIGN}{SOURCE}[[token]]\n{key} = 1\n",
        "alert": f"{CAMPAIGN}{SOURCE}[[alert]]\n{key} = 1\n",
        "report": f"{CAMPAIGN}{SOURCE}[[report]]\n{key} = 1\n",
    }[section]
    lists = (
        "campaign", "source", "notify", "person", "token", "alert", "report",
    )  # fmt: skip
    path = f"{section}[0]." if section in lists else f"{section}." if section else ""
    assert RENAMED[section, key] in problems(text)[path + key]
    assert key not in KEYS[section]


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


@pytest.mark.parametrize(
    "value",
    ['"soon"', "7", "07:30:00", '"2026-02-30"', "0001-01-01", "9999-12-31",
     '"9999-12-31T23:59:59-14:00"'],
)  # fmt: skip
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
        ('refine = "linear"', "refine", '"encoder" or "off"'),
        ("refine_share = 25", "refine_share", "between 0.01 and 1"),
        ('refine_share = "25 %"', "refine_share", "such as 0.25"),
        ("refine_share = true", "refine_share", "without quotes"),
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


@pytest.mark.parametrize(
    ("line", "key", "message"),
    [
        ('timezone = "Europe/Londn"', "timezone", 'did you mean "Europe/London"?'),
        ('timezone = "BST"', "timezone", "no time zone is called so"),
        ("timezone = 1", "timezone", "is a number"),
        ('zone = "Europe/London"', "zone", "unknown key; is called timezone"),
        ('tz = "Europe/London"', "tz", "unknown key; is called timezone"),
    ],
)
def test_a_zone_that_cannot_be_one(line: str, key: str, message: str) -> None:
    assert message in campaign_problems(line)[f"campaign[0].{key}"]
    monitor = problems(f"[monitor]\n{line}\n{CAMPAIGN}{SOURCE}")
    assert message in monitor[f"monitor.{key}"]
