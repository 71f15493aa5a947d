"""Secrets, files that cannot be read, and any input at all."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.config import loading as config
from groundswell.config.keys import KEYS, looks_secret, show_line
from groundswell.config.lines import line_of
from groundswell.config.loading import (
    ConfigError,
    Source,
    Wrong,
    format_duration,
    missing_keys,
    parse_duration,
    secrets_for,
)
from tests.config_texts import (
    CAMPAIGN,
    SOURCE,
    fuzz,
    parsed,
    problems,
)
from tests.fake_platforms import PLATFORMS, find

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
    # [[token]] is the one exception: tables, and no text.
    known = [key for section in KEYS.values() for key in section if key != "token"]
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


def test_a_required_secret_that_is_missing_is_no_mistake() -> None:
    """Its source waits and says what for; the others go on."""
    text = CAMPAIGN + SOURCE.replace('"mastodon"', '"locked"')
    config = parsed(text)
    held = secrets_for(find("locked"), config.sources[0], {})
    assert (
        missing_keys(find("locked"), "home", held) == "set LOCKED_API_KEY; ask for one"
    )
    held = secrets_for(find("locked"), config.sources[0], {"LOCKED_API_KEY": "k"})
    assert missing_keys(find("locked"), "home", held) is None


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
        (b".".join([b"a"] * 3000) + b" = 1", "nested"),
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
        "notify": {"name": '"desk"'},
        "person": {"name": '"ana"'},
        "token": {"name": '"nightly"', "ends": "2026-12-31"},
        "alert": {"kind": '"hashtag"'},
        "report": {"name": '"morning"'},
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
        found = error.problems
    else:
        found = None
        assert read.campaigns
        assert all(campaign.terms() for campaign in read.campaigns)
        assert all(source.history >= timedelta() for source in read.sources)
    assert found is None or all(one.message for one in found)
    assert found is None or all(one.path.isprintable() for one in found)
    assert found != ()


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
