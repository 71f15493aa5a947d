"""Configurations for the tests, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, settings

from groundswell.config import loading as config
from groundswell.config.loading import Config, ConfigError
from tests.fake_platforms import find

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
