"""One request and its answer, against real servers on loopback: collectors/_http.py."""

from __future__ import annotations

import asyncio
import gzip
import io
import logging
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from collectors._http import build_client, exchange, in_words
from collectors.base import BadPayload, Denied, Unavailable

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    """A server on loopback; yields its address. Connections end with the block."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await reader.read(65_536)
            await serve(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def saying(*parts: bytes) -> Serve:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return serve


def ok(body: bytes, *headers: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {size}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def fetch(
    serve: Serve, *, max_bytes: int = 10_000_000, response_s: float = 60.0
) -> httpx.Response:
    async def scene() -> httpx.Response:
        async with (
            serving(serve) as url,
            build_client(contact=None, allow_private=True) as client,
        ):
            return await exchange(
                client,
                httpx.Request("GET", f"{url}/x#kept"),
                max_bytes=max_bytes,
                response_s=response_s,
            )

    return asyncio.run(scene())


# -- private addresses ---------------------------------------------------------------


def test_a_private_address_is_refused_before_anything_is_sent() -> None:
    asked: list[bytes] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(b"")
        writer.write(ok(b"the router's pages"))

    async def scene() -> None:
        async with serving(serve) as url, build_client(contact=None) as client:
            with pytest.raises(Denied, match="allow_private = true"):
                await exchange(client, httpx.Request("GET", url))

    asyncio.run(scene())

    assert asked == []


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A name that answers differently the second time is not asked a second time."""
    names: list[str] = []

    async def once(host: str, port: int) -> list[str]:
        names.append(host)
        return ["127.0.0.1"]

    async def scene() -> httpx.Response:
        async with serving(saying(ok(b"hello"))) as url:
            port = url.rpartition(":")[2]
            async with build_client(
                contact=None, allow_private=True, resolve=once
            ) as client:
                request = httpx.Request("GET", f"http://feed.invalid:{port}/")
                return await exchange(client, request)

    response = asyncio.run(scene())

    assert response.content == b"hello"
    assert response.request.headers["host"].startswith("feed.invalid:")
    assert names == ["feed.invalid"]


def test_the_next_address_is_tried_when_one_is_dead() -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.2" if host == "x" else "127.255.255.254", "127.0.0.1"]

    async def scene() -> httpx.Response:
        async with serving(saying(ok(b"hello"))) as url:
            port = url.rpartition(":")[2]
            async with build_client(
                contact=None, allow_private=True, resolve=two
            ) as client:
                return await exchange(
                    client, httpx.Request("GET", f"http://feed.invalid:{port}/")
                )

    assert asyncio.run(scene()).content == b"hello"


# -- what the client says and keeps --------------------------------------------------


def test_the_client_says_who_it_is_and_keeps_no_cookies() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"Set-Cookie": "id=1; Path=/"})

    async def scene() -> None:
        transport = httpx.MockTransport(handler)
        contact = "https://desk.example/\r\nX-Evil: 1é"
        async with build_client(contact=contact, transport=transport) as client:
            for _ in range(2):
                request = httpx.Request(
                    "GET", "https://a.example/", headers={"Accept-Encoding": "br"}
                )
                await exchange(client, request)

    asyncio.run(scene())

    assert seen[1].headers["user-agent"].startswith("Groundswell/")
    assert seen[1].headers["user-agent"].endswith("(+https://desk.example/X-Evil: 1)")
    assert seen[1].headers["accept-encoding"] == "gzip"
    assert "cookie" not in seen[1].headers


def test_a_key_in_the_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def scene() -> None:
        async with (
            serving(saying(ok(b"{}"))) as url,
            build_client(contact=None, allow_private=True) as client,
        ):
            await exchange(client, httpx.Request("GET", f"{url}/?key=hush"))

    asyncio.run(scene())

    assert "hush" not in caplog.text


# -- bodies --------------------------------------------------------------------------


def test_an_ordinary_answer_is_whole_and_keeps_its_question() -> None:
    response = fetch(
        saying(ok(b'{"a": 1}', "Content-Type: application/json", "ETag: x"))
    )

    assert response.json() == {"a": 1}
    assert response.headers["etag"] == "x"
    assert response.request.url.fragment == "kept"


def test_gzip_is_unpacked_in_pieces_and_in_members() -> None:
    text = b"campaign " * 200_000
    packed = gzip.compress(text) + gzip.compress(b"the end") + b"\0\0\0"

    response = fetch(saying(ok(packed, "Content-Encoding: gzip")))

    assert response.content == text + b"the end"
    assert "content-encoding" not in response.headers
    assert int(response.headers["content-length"]) == len(response.content)


def test_short_gzip_members_are_all_read() -> None:
    packed = gzip.compress(b"one, ") + gzip.compress(b"two")

    assert fetch(saying(ok(packed, "Content-Encoding: gzip"))).content == b"one, two"


def test_an_empty_gzip_answer_is_empty() -> None:
    assert fetch(saying(ok(b"", "Content-Encoding: gzip"))).content == b""


def bomb(megabytes: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(megabytes):
            file.write(bytes(1_000_000))
    return packed.getvalue()


def test_a_gzip_bomb_does_not_fill_the_memory() -> None:
    packed = bomb(60)
    tracemalloc.start()
    try:
        with pytest.raises(BadPayload, match="more than 1 MB"):
            fetch(saying(ok(packed, "Content-Encoding: gzip")), max_bytes=1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 20_000_000


def test_a_body_without_end_is_cut_off() -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(100_000))
            await writer.drain()

    with pytest.raises(BadPayload, match="more than 1 MB"):
        fetch(endless, max_bytes=1_000_000)


def test_an_error_page_is_cut_and_not_refused() -> None:
    page = b"x" * 1_000_000
    head = b"HTTP/1.1 503 No\r\nContent-Length: 1000000\r\n\r\n"

    response = fetch(saying(head + page))

    assert response.status_code == 503
    assert 0 < len(response.content) <= 64_000


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(ok(b'{"a": ', length=500), id="shorter than Content-Length"),
        pytest.param(
            ok(gzip.compress(b"campaign" * 99)[:-12], "Content-Encoding: gzip"),
            id="gzip without its end",
        ),
        pytest.param(ok(b"not gzip at all", "Content-Encoding: gzip"), id="no gzip"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", id="not HTTP"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            id="cut in a chunk",
        ),
    ],
)
def test_a_damaged_answer_is_unavailable(answer: bytes) -> None:
    with pytest.raises(Unavailable):
        fetch(saying(answer))


def test_packing_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(BadPayload, match="packs its answer"):
        fetch(saying(ok(b"???", "Content-Encoding: br")))


def test_a_server_that_drips_is_given_up() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    with pytest.raises(Unavailable, match="took more than"):
        fetch(drip, response_s=0.1)


def test_a_refused_connection_says_so() -> None:
    async def scene() -> None:
        async with serving(saying()) as url:
            pass
        async with build_client(contact=None, allow_private=True) as client:
            await exchange(client, httpx.Request("GET", url))

    with pytest.raises(Unavailable, match="refuses the connection"):
        asyncio.run(scene())


def test_plain_http_where_tls_was_due_says_so() -> None:
    async def scene() -> None:
        async with (
            serving(saying(ok(b"plain"))) as url,
            build_client(contact=None, allow_private=True) as client,
        ):
            secure = url.replace("http://", "https://")
            await exchange(client, httpx.Request("GET", secure))

    with pytest.raises(Unavailable, match="no secure connection"):
        asyncio.run(scene())


def test_each_failure_has_plain_words() -> None:
    certificate = ssl.SSLCertVerificationError("hush")
    certificate.verify_message = "certificate has expired"
    cases: list[tuple[Exception, str]] = [
        (httpx.ReadTimeout("hush"), "did not answer in time"),
        (httpx.ConnectError("hush"), "cannot be reached"),
        (httpx.RemoteProtocolError("hush"), "broke"),
        (certificate, "certificate has expired"),
    ]
    for error, words in cases:
        told = in_words(error, "social.example")

        assert isinstance(told, Unavailable)
        assert words in str(told)
        assert "social.example" in str(told)
        assert "hush" not in str(told)


def test_a_cancelled_request_ends_at_once() -> None:
    async def scene() -> None:
        begun = asyncio.Event()

        async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
            begun.set()
            await asyncio.Event().wait()

        async with (
            serving(silent) as url,
            build_client(contact=None, allow_private=True) as client,
        ):
            task = asyncio.create_task(exchange(client, httpx.Request("GET", url)))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scene())
