"""A person who signs in, through Datasette's own client: cookies, form, token and all."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
from datasette.app import Datasette
from datasette_auth_passwords.utils import hash_password
from selectolax.lexbor import LexborHTMLParser

from groundswell.web import server
from groundswell.web.people import Account
from tests import web_fixture as fixture

PASSWORD = "correct horse"
# Few rounds: the real number takes a good part of a second.
HASH = hash_password(PASSWORD, iterations=10_000)
ANA = Account("ana", "editor", HASH)
VIC = Account("vic", "viewer", hash_password(PASSWORD, iterations=10_000))
ADA = Account("ada", "admin", hash_password(PASSWORD, iterations=10_000))


def build(path: Path, *accounts: Account, closed: bool = False) -> Datasette:
    return server.build(
        path,
        clock=lambda: fixture.NOW,
        accounts=accounts or (ANA, VIC, ADA),
        closed=closed,
    )


class Visitor:
    """One browser: it keeps its cookies and fills in the form's token."""

    def __init__(self, datasette: Datasette) -> None:
        self.datasette = datasette
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> httpx.Response:
        return self._keep(
            asyncio.run(self.datasette.client.get(path, cookies=self.cookies))
        )

    def post(self, path: str, page: str | None = None, **data: str) -> httpx.Response:
        """Send the form of a page (of the same address, if none is named)."""
        form = LexborHTMLParser(self.get(page or path).text)
        token = form.css_first("input[name=csrftoken]")
        if token is not None:
            data["csrftoken"] = str(token.attributes["value"])
        return self._keep(
            asyncio.run(
                self.datasette.client.post(path, data=data, cookies=self.cookies)
            )
        )

    def sign_in(self, name: str = "ana", password: str = PASSWORD) -> httpx.Response:
        return self.post("/-/login", username=name, password=password)

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        self.cookies |= dict(answer.cookies)
        return answer


def text_of(answer: httpx.Response) -> str:
    return words_of(answer.text)


def words_of(html: str) -> str:
    """What a page says; a time is no word apart from those beside it."""
    tree = LexborHTMLParser(re.sub(r"</?time\b[^>]*>", "", html))
    return " ".join(tree.body.text(separator=" ").split()) if tree.body else ""
