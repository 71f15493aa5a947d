"""The configuration: what it takes, where it comes from, what is documented."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import collectors
from collectors.base import Secret, Term
from groundswell.config import loading as config
from groundswell.config.keys import KEYS
from groundswell.config.loading import (
    Campaign,
    Monitor,
    Source,
)
from tests.config_texts import (
    CAMPAIGN,
    SOURCE,
    parsed,
)
from tests.fake_platforms import find

EXAMPLE = Path(config.__file__).with_name("example.toml")
DOCS = Path(__file__).parents[1] / "docs" / "configuration.md"

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
        sentiment = "social"
        refine = "off"
        refine_share = 1

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
        sentiment="social",
        refine="off",
        refine_share=1.0,
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
        "platform": "p",
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
    free = {
        name
        for name in collectors.available()
        if collectors.load(name).card.access == "open"
        and name not in {"feed", "wordpress", "telegram"}  # a site must be named
    }
    assert {source.platform for source in default.sources} == free
    assert default.monitor.database == Path("data/campaigns.db")


def test_the_example_says_what_the_default_does() -> None:
    example = config.parse(
        EXAMPLE.read_text(encoding="utf-8"), {}, find=collectors.load
    )
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
    example = config.parse(
        EXAMPLE.read_text(encoding="utf-8"), {}, find=collectors.load
    )
    for source in example.sources:
        if source.platform == platform:
            assert collectors.load(platform).check(source.settings()) == []


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


def test_a_campaigns_zone_is_its_own_or_the_monitors() -> None:
    london, new_york = 'timezone = "Europe/London"', 'timezone = "America/New_York"'
    other = CAMPAIGN.replace('"one"', '"two"')
    found = parsed(f"[monitor]\n{london}\n{CAMPAIGN}{new_york}\n{other}{SOURCE}")
    zones = [campaign.timezone.key for campaign in found.campaigns]
    assert zones == ["America/New_York", "Europe/London"]
    assert parsed(CAMPAIGN + SOURCE).campaigns[0].timezone.key == "UTC"
    report = "[[report]]\n"
    found = parsed(f"[monitor]\n{london}\n{CAMPAIGN}{SOURCE}{report}")
    assert found.reports[0].zone.key == "UTC"
