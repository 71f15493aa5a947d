"""Servers with tokens, and a script that asks them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from datasette.app import Datasette

from groundswell.web import server
from groundswell.web.tokens import Token, hashed
from tests import web_fixture as fixture
from tests.clocks import Clock
from tests.signing_in import ANA
from tests.test_web import close

READ = "gsw_" + "0a" * 32
STAFFS = "gsw_" + "1b" * 32
OVER = "gsw_" + "2c" * 32
ENDS = fixture.NOW + timedelta(hours=1)
SCRIPTS = (
    Token("nightly", "read", ENDS, hashed(READ.encode())),
    Token("triage", "staff", ENDS, hashed(STAFFS.encode())),
    Token("old", "staff", fixture.NOW, hashed(OVER.encode())),
)
INBOX = "/campaigns/inbox.json?campaign=labourleaks&_shape=array"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixture.make(tmp_path_factory.mktemp("tokens") / "x.db")


@contextmanager
def served(path: Path, **told: Any) -> Iterator[Datasette]:  # noqa: ANN401
    usual = {
        "clock": Clock(fixture.NOW),
        "accounts": (ANA,),
        "scripts": SCRIPTS,
        "closed": True,
    }
    datasette = server.build(path, **{**usual, **told})
    yield datasette
    close(datasette)


@pytest.fixture
def closed(path: Path) -> Iterator[Datasette]:
    with served(path) as datasette:
        yield datasette


@pytest.fixture
def opened(path: Path) -> Iterator[Datasette]:
    with served(path, closed=False) as datasette:
        yield datasette


def ask(
    site: Datasette,
    place: str,
    token: str | bytes | None = None,
    method: str = "GET",
    **more: Any,  # noqa: ANN401
) -> httpx.Response:
    """As a script does; token: the header's value where it has a space."""
    value = (
        token if token is None or b" " in _bytes(token) else b"Bearer " + _bytes(token)
    )
    headers = {} if value is None else {"authorization": value}
    answer: httpx.Response = asyncio.run(
        getattr(site.client, method.lower())(place, headers=headers, **more)
    )
    return answer


def _bytes(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text
