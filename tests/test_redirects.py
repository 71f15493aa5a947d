"""Where a redirect may lead, and what goes along: collectors/_http.py."""

from __future__ import annotations

import httpx
import pytest

from collectors._http import redirected
from collectors.base import BadPayload


def hop(
    location: str,
    *,
    status: int = 302,
    method: str = "GET",
    start: str = "https://a.example/x",
) -> httpx.Request | None:
    request = httpx.Request(
        method,
        start,
        headers={"Authorization": "Bearer hush", "X-Key": "hush", "Accept": "a/b"},
    )
    response = httpx.Response(status, headers={"Location": location}, request=request)
    return redirected(request, response)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_get_is_sent_on(status: int) -> None:
    onward = hop("/y?z=1", status=status)

    assert onward is not None
    assert str(onward.url) == "https://a.example/y?z=1"
    assert onward.method == "GET"
    assert onward.headers["authorization"] == "Bearer hush"


@pytest.mark.parametrize(
    "location",
    [
        "https://b.example/",
        "//b.example/",
        "https://a.example:8443/",
        "https://user:pass@b.example/",
        "https://sub.a.example/",
    ],
)
def test_credentials_stay_with_their_origin(location: str) -> None:
    onward = hop(location)

    assert onward is not None
    assert "hush" not in str(onward.headers.raw)
    assert onward.headers["accept"] == "a/b"
    assert onward.url.userinfo == b""
    assert onward.headers["host"] == onward.url.netloc.decode()


def test_an_upgrade_to_https_keeps_credentials() -> None:
    onward = hop("https://a.example/x", start="http://a.example/x")

    assert onward is not None
    assert "authorization" in onward.headers
    onward = hop("https://a.example/x", start="http://a.example:8080/x")
    assert onward is not None
    assert "authorization" not in onward.headers


@pytest.mark.parametrize(
    "location",
    [
        "http://a.example/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://[::1",
        "https://a.example:99999999/",
    ],
)
def test_a_redirect_elsewhere_than_the_secure_web_is_refused(location: str) -> None:
    with pytest.raises(BadPayload):
        hop(location)


def test_only_a_get_with_a_location_is_sent_on() -> None:
    assert hop("/y", method="POST") is None
    assert hop("/y", status=304) is None
    assert hop("/y", status=300) is None
    assert hop("/y", status=200) is None
    assert hop("") is None
