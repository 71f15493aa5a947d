"""How a token may be written in a request, and what any other header is told."""

from __future__ import annotations

import re

import pytest
from datasette.app import Datasette
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.web.tokens import Refused, find
from tests import web_fixture as fixture
from tests.token_site import READ, SCRIPTS, STAFFS, ask, closed, opened, path

__all__ = ["closed", "opened", "path"]  # fixtures


# How it may be written


@pytest.mark.parametrize(
    "header",
    [f"Bearer {READ}", f"bearer {READ}", f"BEARER   {READ}", f"Bearer\t{READ}",
     f"  Bearer {READ} "],
)  # fmt: skip
def test_case_and_space_of_the_scheme_do_not_matter(
    closed: Datasette, header: str
) -> None:
    assert ask(closed, "/", " " + header).status_code == 200


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (f"Token {READ}", "Write the header once"),
        (f"Bearer: {READ}", "Write the header once"),
        (f"Bearer {READ} {READ}", "Write the header once"),
        (f"Bearer {READ[:-1]}", "Was it cut?"),
        (f"Bearer {READ}0", "Was it cut?"),
        (f"Bearer {READ.upper()}", "Was it cut?"),
        (f"Bearer {READ[4:]}", "Was it cut?"),
        (f"Bearer {SCRIPTS[0].hashed}", "Was it cut?"),
        ("Bearer ", "Write the header once"),
        ("Bearer gsw_" + "0" * 60_000, "Was it cut?"),
        (b"Bearer gsw_\xff\xfe" + "é".encode() * 30, "Was it cut?"),
        (f'Bearer "{READ}"', "Was it cut?"),
    ],
)  # fmt: skip
def test_a_header_that_is_wrong_is_told_so(
    closed: Datasette, header: str | bytes, sentence: str
) -> None:
    answer = ask(closed, "/", header)
    assert answer.status_code == 401
    assert sentence in answer.json()["error"]
    assert READ[4:] not in answer.text + str(answer.headers)


def test_another_scheme_is_nobody_s(closed: Datasette, opened: Datasette) -> None:
    for header in ("Basic YW5hOng=", "Digest username=ana", " "):
        assert ask(closed, "/", header).status_code == 403
        assert ask(opened, "/", header).status_code == 200


def test_two_tokens_are_refused_and_not_chosen_from() -> None:
    pair = [(b"authorization", b"Bearer " + one.encode()) for one in (READ, STAFFS)]
    with pytest.raises(Refused, match="once"):
        find(pair, SCRIPTS, fixture.NOW)
    assert find(pair[:1], SCRIPTS, fixture.NOW) == SCRIPTS[0]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"authorization", b"Authorization", b"cookie"]),
            st.lists(
                st.sampled_from(
                    [b"Bearer", b"bearer", b" ", b"\t", READ.encode(), b"gsw_", b"\xff",
                     b"Basic", b",", b"\x0b", b"0" * 64]
                ),
                max_size=5,
            ).map(b"".join),
        ),
        max_size=3,
    )
)  # fmt: skip
def test_any_header_gives_a_token_nobody_or_a_refusal(
    headers: list[tuple[bytes, bytes]],
) -> None:
    whole = re.compile(rb"\s*bearer[ \t]+" + READ.encode() + rb"\s*", re.IGNORECASE)
    given = [value for name, value in headers if name != b"cookie"]
    right = [value for value in given if whole.fullmatch(value)]
    try:
        found = find(headers, SCRIPTS, fixture.NOW)
    except Refused as why:
        said = str(why)
    else:
        said = ""
        assert found == (SCRIPTS[0] if right else None)
    assert said.isascii()
    assert '"' not in said
