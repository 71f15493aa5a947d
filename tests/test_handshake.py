"""Opening a stream: refusals, addresses, hosts: collectors/_stream.py."""

from __future__ import annotations

import logging
from datetime import timedelta
from http import HTTPStatus

import httpx
import pytest

from collectors._driver import Batch, Driver
from collectors._stream import drain
from collectors.base import (
    BadPayload,
    Denied,
    Gone,
    Page,
    Query,
    RateLimited,
    Unavailable,
)
from tests.wire import (
    FRESH,
    NOW,
    Scene,
    Wire,
    refusing,
    told,
    uris,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (HTTPStatus.FORBIDDEN, Denied),
        (HTTPStatus.NOT_FOUND, Gone),
        (HTTPStatus.BAD_GATEWAY, Unavailable),
        (HTTPStatus.BAD_REQUEST, BadPayload),
        (HTTPStatus.OK, BadPayload),
    ],
)
def test_a_refused_handshake_has_its_error(status: HTTPStatus, kind: type) -> None:
    batch = Scene(told(), refuse=refusing(status)).drain()

    assert type(batch.error) is kind
    assert "hush" not in str(batch.error)


def test_a_limited_handshake_holds_the_host() -> None:
    scene = Scene(
        told(), refuse=refusing(HTTPStatus.TOO_MANY_REQUESTS, Retry_After="600")
    )
    batches = [scene.drain(), scene.drain()]

    for batch in batches:
        assert isinstance(batch.error, RateLimited)
        assert batch.error.retry_at == NOW + timedelta(minutes=10)
    assert len(scene.asked) == 1


def test_the_collector_is_asked_what_a_refusal_means() -> None:
    class Explaining(Wire):
        def explain(self, response: httpx.Response, query: Query) -> Page | None:
            if response.status_code == 400:
                raise Denied(f"set WIRE_KEY: {response.text}")
            return None

    denied = Scene(told(), refuse=refusing(HTTPStatus.BAD_REQUEST), wire=Explaining())
    plain = Scene(told(), refuse=refusing(HTTPStatus.GONE), wire=Explaining())

    assert "set WIRE_KEY: hush" in str(denied.drain().error)
    assert isinstance(plain.drain().error, Gone)


def test_a_redirected_handshake_is_not_followed() -> None:
    scene = Scene(told(), refuse=refusing(HTTPStatus.FOUND, Location="/elsewhere"))

    assert isinstance(scene.drain().error, BadPayload)
    assert len(scene.asked) == 1


def test_a_private_address_is_refused() -> None:
    scene = Scene(told(FRESH), allow_private=False)

    assert isinstance(scene.drain().error, Denied)
    assert scene.asked == []


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    async def once(host: str, port: int) -> list[str]:
        assert host == "wire.invalid"
        return ["127.255.255.254", "127.0.0.1"]

    scene = Scene(told(FRESH))

    async def use(driver: Driver, query: Query) -> list[Batch]:
        port = scene.wire.address.rpartition(":")[2]
        scene.wire.address = f"ws://wire.invalid:{port}"
        driver.resolve = once
        return [await drain(driver, scene.wire, query)]

    assert uris(scene.run(use)[0]) == ["c"]
    assert scene.asked[0].headers["Host"].startswith("wire.invalid:")


@pytest.mark.parametrize(
    "address", ["https://wire.example", "ws://", "ws://[::1", "wss:x"]
)
def test_an_address_that_is_no_stream_is_refused(address: str) -> None:
    batch = Scene(told(), wire=Wire(address)).drain()

    assert (batch.outcome, batch.requests) == ("broken", 0)
    assert isinstance(batch.error, BadPayload)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ws://127.0.0.1:9", "refuses the connection"),
        ("ws://no-such-host.invalid:70000", "no host is called"),
    ],
)
def test_a_host_that_is_not_there_says_so(address: str, words: str) -> None:
    batch = Scene(told(), wire=Wire(address)).drain()

    assert isinstance(batch.error, Unavailable)
    assert words in str(batch.error)


def test_a_key_in_the_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Scene(told(FRESH), checkpoint="hush").drain()

    assert "hush" not in caplog.text
