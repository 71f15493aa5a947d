"""Mastodon: what a server says about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import (
    Probe,
)
from tests.mastodon_fakes import (
    BASE,
    MASTODON,
    SEVERAL,
)

# --- the probe


NODEINFO = {"software": {"name": "Mastodon", "version": "4.5.1"}}


def instance(local: str | None, remote: str | None = None) -> dict[str, Any]:
    if local is None:
        return {"version": "4.5.1"}
    feeds = {"local": local, "remote": remote or local}
    return {
        "version": "4.5.1",
        "configuration": {"timelines_access": {"hashtag_feeds": feeds}},
    }


def links_to(*addresses: str) -> dict[str, Any]:
    rel = "http://nodeinfo.diaspora.software/ns/schema/2."
    return {"links": [{"rel": f"{rel}{n}", "href": a} for n, a in enumerate(addresses)]}


def probe(answers: Mapping[str, Any], **given_settings: object) -> Probe:
    """The whole look. answers: path to body, or to a status without one."""
    known = {"base_url": BASE, "slug": "social", **given_settings}
    request, told = MASTODON.probe(known), None
    for _ in range(6):
        assert request.url.host == "social.example"
        found = answers.get(request.url.path, 404)
        response = (
            httpx.Response(found, request=request)
            if isinstance(found, int)
            else httpx.Response(200, json=found, request=request)
        )
        told = MASTODON.learn(response, known, told)
        if told.next is None:
            return told
        request = told.next
    raise AssertionError("the probe does not end")


def usual(**more: object) -> dict[str, Any]:
    return {
        "/.well-known/nodeinfo": links_to(f"{BASE}/nodeinfo/2.0"),
        "/nodeinfo/2.0": NODEINFO,
        **{
            name.replace("V", "/api/v") + "/instance": body
            for name, body in more.items()
        },
    }


@pytest.mark.parametrize(
    ("document", "token", "state", "words"),
    [
        (instance("public"), None, "open", "open"),
        (instance(None), None, "open", "does not say"),
        (instance("disabled"), None, "closed", "switched"),
        (instance("authenticated"), None, "login", "set MASTODON_TOKEN_SOCIAL"),
        (instance("authenticated"), "abc", "open", "open"),
        (instance("public", "authenticated"), None, "limited", "local public"),
        (instance("public", "authenticated"), "abc", "open", "open"),
        (instance("public", "disabled"), "abc", "limited", "remote disabled"),
        (
            instance("authenticated", "disabled"),
            None,
            "login",
            "set MASTODON_TOKEN_SOCIAL",
        ),
        (401, None, "login", "set MASTODON_TOKEN_SOCIAL"),
        (401, "abc", "login", "refused the token"),
    ],
)
def test_probe_tells_who_may_read(
    document: object, token: str | None, state: str, words: str
) -> None:
    told = probe(usual(V2=document), secrets={"token": token})
    assert told.state == state
    assert words in told.sentence
    assert told.facts["software"] == "mastodon"
    assert (told.facts["version"], told.facts["ids"]) == ("4.5.1", "snowflake")


@pytest.mark.parametrize("name", ["gotosocial", "pixelfed"])
def test_some_software_always_wants_a_token(name: str) -> None:
    answers = usual(V1={"version": "4.2.0"})
    answers["/nodeinfo/2.0"] = {"software": {"name": name, "version": "0.17"}}
    assert probe(answers).state == "login"
    assert probe(answers, secrets={"token": "abc"}).state == "open"
    assert probe(answers).facts["ids"] == "opaque"


def test_probe_reads_the_software_off_an_old_instance_document() -> None:
    told = probe({"/api/v1/instance": {"version": "2.7.2 (compatible; Pleroma 2.5.0)"}})
    assert (told.state, told.facts["software"]) == ("open", "pleroma")
    assert told.facts["version"] == "2.5.0"
    assert probe({"/api/v1/instance": {"version": "4.1.0"}}).facts == {
        "version": "4.1.0"
    }


def test_probe_of_something_else() -> None:
    assert probe({}).state == "closed"
    assert probe(usual()).state == "closed"


def test_probe_stays_on_the_server() -> None:
    abroad = links_to(
        "https://evil.example/nodeinfo/2.0", "http://[", f"{BASE}/api/v2/instance"
    )
    answers = {"/.well-known/nodeinfo": abroad, "/api/v2/instance": instance("public")}
    assert probe(answers).state == "open"


@SEVERAL
@given(
    body=st.one_of(
        st.binary(max_size=20),
        st.recursive(
            st.sampled_from([None, 1, "x", "http://[", BASE, "public"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["links", "href", "rel", "software", "name", "version"]
                    ),
                    inner,
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    status=st.sampled_from([200, 401, 404, 500]),
    step=st.sampled_from(
        [None, "/nodeinfo/2.0", "/api/v2/instance", "/api/v1/instance"]
    ),
)
def test_learn_is_total(body: bytes, status: int, step: str | None) -> None:
    known = {"base_url": BASE}
    so_far = step and Probe("open", "so far", {}, httpx.Request("GET", BASE + step))
    told = MASTODON.learn(httpx.Response(status, content=body), known, so_far or None)
    assert told.sentence


def test_walks() -> None:
    assert MASTODON.walks({}) == ("forward", "back", "settle", "recheck")
    assert MASTODON.walks({"facts": {"hashtag_feeds": "disabled"}}) == ()
