"""The sentiment engines, and posts for them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.base import Author, Post
from groundswell.language import EldcDetector
from groundswell.sentiment import (
    Document,
    Engine,
    Result,
    available,
    load,
    score_documents,
)

SHARED = Path(
    os.environ.get("GROUNDSWELL_SHARED", Path(__file__).parents[1].parent / "shared")
)


@pytest.fixture(scope="module", params=available())
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine: what is tested with it holds for all."""
    return load(request.param)


@pytest.fixture(scope="module")
def detector() -> EldcDetector:
    return EldcDetector()


def post(text: str, *, title: str | None = None, lang: str | None = None) -> Post:
    author = Author(platform="mastodon", uri="https://one.example/users/ada")
    return Post(
        platform="mastodon",
        uri="https://one.example/1",
        author=author,
        text=text,
        title=title,
        lang=lang,
        published_at=datetime(2026, 5, 1, tzinfo=UTC),
        content_warning="terrible, awful news",
    )


def polarity(text: str, *mask: str) -> float | None:
    return score_documents([Document(text, "en")], load(), mask)[0].polarity


def labelled(name: str) -> Path:
    path = SHARED / "sentiment" / name
    if not path.exists():
        pytest.skip(f"the labelled posts are not beside the checkout: {name}")
    return path


def score_texts(texts: list[str]) -> list[Result]:
    return score_documents([Document(text, "en") for text in texts], load())
