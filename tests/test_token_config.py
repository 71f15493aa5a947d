"""Tokens in the configuration and on the command line."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from groundswell.cli import main
from groundswell.clock import utcnow
from groundswell.config import loading as config
from groundswell.config.loading import ConfigError, parse, tokens_for
from groundswell.web import server
from groundswell.web.tokens import hashed
from tests.fake_driver import GOOD, run, write
from tests.token_site import READ, SCRIPTS

# The configuration

WATCHED = '[[campaign]]\nslug = "x"\nhashtags = ["X"]\n'
GOOD_TOKEN = '[[token]]\nname = "nightly"\nends = 2026-12-31\n'


def test_a_token_is_read() -> None:
    text = (
        GOOD_TOKEN
        + '[[token]]\nname = "t-2"\nscope = "staff"\nends = 2026-12-31T06:00:00Z\n'
    )
    first, second = parse(text + WATCHED, {}).tokens
    assert (first.name, first.scope) == ("nightly", "read")
    assert first.ends.isoformat() == "2027-01-01T00:00:00+00:00"  # with that whole day
    assert (second.scope, second.ends.hour) == ("staff", 6)
    assert second.variable == "GROUNDSWELL_TOKEN_T_2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[token]]\nname = "a"', "token[0].ends: missing; a token without an end"),
        ('[[token]]\nname = "a"\nends = "never"', "is no date"),
        ('[[token]]\nname = "a"\nends = 30', "write a date"),
        ("[[token]]\nends = 2026-12-31", "missing; write name ="),
        (GOOD_TOKEN + 'scope = "write"', 'write "read", or "staff"'),
        (GOOD_TOKEN + GOOD_TOKEN, "nightly is there twice"),
        (GOOD_TOKEN + 'role = "viewer"', "is called scope"),
        (GOOD_TOKEN + "expires = 2026-12-31", "is called ends"),
        (GOOD_TOKEN + 'hash = "sha256:00"', "belongs in the environment"),
        (GOOD_TOKEN + f'secret = "{READ}"', "secrets never stand in this file"),
        (f'[[token]]\nname = "{READ}"\nends = 2026-12-31', "is a token itself"),
        (f'token = "{READ}"', "secrets never stand in this file"),
        (f'token = ["{READ}"]', "secrets never stand in this file"),
        ('[token]\nname = "a"', "write each one as [[token]]"),
        (GOOD_TOKEN.replace("token", "tokens"), "did you mean token?"),
        (f'[[token]]\nname = "{READ}', "name = \"gsw_…"),
    ],
)  # fmt: skip
def test_mistakes_are_named(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(f"{text}\n{WATCHED}", {})
    assert sentence in str(error.value)
    assert READ[4:30] not in str(error.value)


HASH = hashed(READ.encode())


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (READ, "is no hash of a token; groundswell token makes one"),
        (HASH.removeprefix("sha256:"), "is no hash"),
        (HASH[:-1], "is no hash"),
        (HASH + "\n", "a line break"),
    ],
)
def test_what_is_no_hash_is_named_but_not_shown(value: str, sentence: str) -> None:
    held = parse(GOOD_TOKEN + WATCHED, {}).tokens
    with pytest.raises(ConfigError) as error:
        tokens_for(held, {"GROUNDSWELL_TOKEN_NIGHTLY": value})
    assert f"GROUNDSWELL_TOKEN_NIGHTLY: {sentence}" in str(error.value) or (
        sentence in str(error.value)
    )
    assert READ[4:] not in str(error.value)
    assert HASH[7:40] not in str(error.value)


def test_one_token_has_one_name() -> None:
    twice = GOOD_TOKEN + GOOD_TOKEN.replace("nightly", "daily")
    held = parse(twice + WATCHED, {}).tokens
    env = {"GROUNDSWELL_TOKEN_NIGHTLY": HASH, "GROUNDSWELL_TOKEN_DAILY": HASH}
    with pytest.raises(ConfigError, match="is the same as GROUNDSWELL_TOKEN_NIGHTLY"):
        tokens_for(held, env)


def test_a_hash_comes_from_a_file_too_and_may_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "hash"
    file.write_text(HASH + "\n")
    held = parse(GOOD_TOKEN + WATCHED, {}).tokens
    found = tokens_for(held, {"GROUNDSWELL_TOKEN_NIGHTLY_FILE": str(file)})
    assert found["nightly"].reveal() == HASH
    assert tokens_for(held, {}) == {}


# The commands


def test_the_command_makes_a_token_and_its_hash() -> None:
    made = [CliRunner().invoke(main, ["token"]) for _ in range(2)]
    token, kept = made[0].stdout.splitlines()
    assert re.fullmatch("gsw_[0-9a-f]{64}", token)
    assert kept == hashed(token.encode())
    assert token not in made[0].stderr
    assert made[0].stdout != made[1].stdout
    found = json.loads(CliRunner().invoke(main, ["token", "--json"]).stdout)
    assert found["hash"] == hashed(found["token"].encode())
    held = parse(GOOD_TOKEN + WATCHED, {}).tokens
    assert tokens_for(held, {"GROUNDSWELL_TOKEN_NIGHTLY": found["hash"]})


@pytest.mark.parametrize(
    ("left", "note"),
    [
        (timedelta(days=-3), "has ended; make another, or remove its section"),
        (timedelta(hours=5), "ends in less than a day; make another in time"),
        (timedelta(days=1, hours=5), "ends in 1 day; make another in time"),
        (timedelta(days=13, hours=5), "ends in 13 days; make another in time"),
        (timedelta(days=15), None),
        (timedelta(days=399), None),
        (timedelta(days=500, hours=1), "is good for 500 days; 400 at most would be wise"),
    ],
)  # fmt: skip
def test_check_says_when_tokens_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: timedelta, note: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    ends = f"{utcnow() + left + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    write(f'{GOOD}[[token]]\nname = "nightly"\nends = {ends}\n')
    shown = run("check", GROUNDSWELL_TOKEN_NIGHTLY=HASH)
    assert shown.exit_code == 0
    assert "Tokens (hashes in environment variables; for scripts)" in shown.stdout
    assert (f"nightly {note}" in shown.stdout) == (note is not None)
    assert HASH[7:] not in shown.output
    (found,) = json.loads(run("check", "--json").stdout)["tokens"]
    assert found == {
        "name": "nightly",
        "scope": "read",
        "ends": ends.replace("Z", "+00:00"),
        "variable": "GROUNDSWELL_TOKEN_NIGHTLY",
        "set": False,
        "note": note,
    }


def test_check_names_a_token_in_place_of_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(GOOD + GOOD_TOKEN)
    result = run("check", GROUNDSWELL_TOKEN_NIGHTLY=READ)
    assert result.exit_code == 2
    assert "GROUNDSWELL_TOKEN_NIGHTLY: is no hash of a token" in result.stdout
    assert READ[4:] not in result.output


def test_serve_hands_tokens_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the file and the environment to the server, with everything else."""
    monkeypatch.chdir(tmp_path)
    write(GOOD + GOOD_TOKEN + '[[token]]\nname = "unset"\nends = 2026-12-31\n')
    handed: dict[str, Any] = {}
    monkeypatch.setattr(server, "serve", lambda *_, **told: handed.update(told))
    assert run("serve", GROUNDSWELL_TOKEN_NIGHTLY=HASH).exit_code == 0
    (script,) = handed["scripts"]
    kept = config.load(None, {}).tokens[0]
    assert script == replace(SCRIPTS[0], ends=kept.ends)
    assert HASH not in repr(script)
