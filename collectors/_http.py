"""One request and its answer: the only place that builds an HTTP client.

What can go wrong on the way (names, time, size, packing, redirects) ends here as an
error of the tree in `base.py`, in words that name the host and nothing secret.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import zlib
from collections.abc import Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version

import httpcore
import httpx

from collectors._addresses import GuardedBackend, Resolve, guard, resolve
from collectors.base import BadPayload, CollectorError, Unavailable

__all__ = [
    "build_client",
    "exchange",
    "guard",
    "in_words",
    "redirected",
    "tls_context",
    "whole",
]

TIMEOUT = httpx.Timeout(20.0, connect=10.0)
ERROR_BYTES = 64_000  # of an error's body this much is worth reading

# What may follow a redirect to another origin. A list of what is kept, since a platform
# may carry its key in a header of any name.
_HARMLESS = {"accept", "accept-language", "if-modified-since", "if-none-match"}
_REDIRECTS = {301, 302, 303, 307, 308}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PACKING = {"", "identity", "gzip", "x-gzip"}
_NOT_AS_SENT = {b"content-encoding", b"content-length", b"transfer-encoding"}


def user_agent(contact: str | None) -> str:
    """Who we are, honestly: the name, the version, and where to complain."""
    name = f"Groundswell/{version('groundswell')}"
    plain = "".join(c for c in contact or "" if c.isascii() and c.isprintable())
    return f"{name} (+{plain})" if plain else name


def tls_context() -> ssl.SSLContext:
    """certifi's authorities, or those that SSL_CERT_FILE or SSL_CERT_DIR names."""
    return httpx.create_ssl_context()


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport on a pool whose connections pass `_addresses.checked`.

    httpx has no argument for httpcore's public `network_backend`, so the pool that it
    made is replaced before its first use. If a later httpx keeps its pool under another
    name, test_http.py's first test goes red: the guard would no longer be asked.
    """

    def __init__(self, *, allow_private: bool, resolve: Resolve) -> None:
        context = tls_context()
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=50,
            max_keepalive_connections=20,
            keepalive_expiry=15.0,
            network_backend=GuardedBackend(
                allow_private=allow_private, resolve=resolve
            ),
        )


def build_client(
    *,
    contact: str | None,
    allow_private: bool = False,
    transport: httpx.AsyncBaseTransport | None = None,
    resolve: Resolve = resolve,
) -> httpx.AsyncClient:
    """A client that says who it is, keeps no cookies and refuses private addresses.

    Proxies in the environment are not used: a proxy looks names up by itself, so the
    check of addresses would mean nothing. Redirects are the driver's.
    """
    # httpx writes each address with its query string at INFO, and keys travel there.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        transport=transport
        or _GuardedTransport(allow_private=allow_private, resolve=resolve),
        headers={"User-Agent": user_agent(contact), "Accept-Encoding": "gzip"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=False,
    )


async def exchange(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    max_bytes: int = 10_000_000,
    response_s: float = 60.0,
) -> httpx.Response:
    """The answer to one request, read whole and unpacked, whatever its status.

    max_bytes: of the unpacked body; more is BadPayload, or cut off where the status is
    an error. response_s: seconds from the first byte sent to the last received, so that
    a server which drips cannot hold a walk. Raises Unavailable for the network.
    """
    host = request.url.host
    try:
        async with asyncio.timeout(response_s):
            return await _exchange(client, request, max_bytes=max_bytes)
    except TimeoutError as error:
        raise Unavailable(
            f"{host} took more than {response_s:g} s to answer"
        ) from error
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise in_words(error, host) from error


async def _exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, max_bytes: int
) -> httpx.Response:
    ready = client.build_request(
        request.method, request.url, headers=request.headers, content=request.content
    )
    ready.headers["Accept-Encoding"] = client.headers["Accept-Encoding"]
    response = await client.send(ready, stream=True)
    try:
        content = await _body(response, max_bytes)
    finally:
        await response.aclose()
    return whole(ready, response.status_code, response.headers, content)


def whole(
    request: httpx.Request, status: int, headers: httpx.Headers, content: bytes
) -> httpx.Response:
    """An ordinary response from parts already read and unpacked."""
    kept = [pair for pair in headers.raw if pair[0].lower() not in _NOT_AS_SENT]
    return httpx.Response(status, headers=kept, content=content, request=request)


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    if response.is_stream_consumed:  # MockTransport hands bodies over whole, unpacked
        return _within(response, [response.content], max_bytes)
    cap = max_bytes if response.is_success else min(max_bytes, ERROR_BYTES)
    unpack = _unpacker(response)
    parts: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        for part in unpack.feed(chunk):
            parts.append(part)
            size += len(part)
            if size > cap:
                return _within(response, parts, cap)
    unpack.finish()
    return b"".join(parts)


def _within(response: httpx.Response, parts: list[bytes], cap: int) -> bytes:
    content = b"".join(parts)
    if len(content) > cap and response.is_success:
        host = response.request.url.host
        raise BadPayload(f"{host} sent more than {cap / 1e6:g} MB in one answer")
    return content[:cap]


class _Plain:
    """A body that is not packed."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def finish(self) -> None:
        """Nothing to check: h11 has compared the length with Content-Length."""


class _Gzip:
    """A gzip body, unpacked in small pieces so that a bomb never fills the memory.

    httpx's own decoder unpacks each network read at once: 64 kB can become 66 MB.
    """

    PIECE = 256 * 1024

    def __init__(self, host: str) -> None:
        self._host = host
        self._member = zlib.decompressobj(wbits=31)
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        self._begun = True
        rest, piece = chunk, b""
        try:
            while rest or len(piece) == self.PIECE:
                if self._member.eof:
                    if not rest.startswith(b"\x1f"):  # padding, which gzip ignores too
                        return
                    self._member = zlib.decompressobj(wbits=31)  # several, end to end
                piece = self._member.decompress(rest, self.PIECE)
                yield piece
                rest = self._member.unconsumed_tail or self._member.unused_data
        except zlib.error as error:
            raise Unavailable(f"{self._host} sent a damaged gzip body") from error

    def finish(self) -> None:
        if self._begun and not self._member.eof:
            raise Unavailable(f"{self._host} sent a body that was cut short")


def _unpacker(response: httpx.Response) -> _Plain | _Gzip:
    packing = response.headers.get("content-encoding", "").strip().lower()
    host = response.request.url.host
    if packing not in _PACKING:
        raise BadPayload(f"{host} packs its answer in a way that was not asked for")
    return _Gzip(host) if "gzip" in packing else _Plain()


def redirected(
    request: httpx.Request, response: httpx.Response
) -> httpx.Request | None:
    """The request that a redirect asks for, or None where the answer is not one.

    Only a GET or HEAD is sent on. Raises BadPayload where the new address is no http(s)
    one or leaves https. To another origin go no credentials and no headers but harmless.
    """
    location = response.headers.get("location")
    if response.status_code not in _REDIRECTS or not location:
        return None
    if request.method not in {"GET", "HEAD"}:
        return None
    old = request.url
    new = _target(old, location)
    headers = httpx.Headers(request.headers)
    headers.pop("host", None)
    if not _same_origin(old, new):
        headers = httpx.Headers({k: v for k, v in headers.items() if k in _HARMLESS})
    return httpx.Request(request.method, new, headers=headers)


def _target(old: httpx.URL, location: str) -> httpx.URL:
    try:
        new = old.join(location).copy_with(userinfo=b"")
    except (httpx.InvalidURL, ValueError) as error:
        raise BadPayload(f"{old.host} redirects to what is no address") from error
    if new.scheme not in _DEFAULT_PORTS or not new.host or (new.port or 1) > 65535:
        raise BadPayload(f"{old.host} redirects to what is no web address")
    if old.scheme == "https" and new.scheme != "https":
        raise BadPayload(f"{old.host} redirects from https to http")
    return new


def _same_origin(old: httpx.URL, new: httpx.URL) -> bool:
    if old.host != new.host:
        return False
    upgraded = (old.scheme, new.scheme) == ("http", "https")
    if upgraded and _port(old) == 80 and _port(new) == 443:
        return True
    return old.scheme == new.scheme and _port(old) == _port(new)


def _port(url: httpx.URL) -> int | None:
    return url.port or _DEFAULT_PORTS.get(url.scheme)


def in_words(error: BaseException, host: str) -> CollectorError:
    """A failure of the network as Unavailable, in words that a press officer can read."""
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message or "unknown reason"
            return Unavailable(f"{host} shows a certificate that is not valid: {why}")
        if isinstance(cause, ssl.SSLError):
            return Unavailable(f"no secure connection to {host} could be made")
        if isinstance(cause, socket.gaierror):
            return Unavailable(f"no host is called {host}")
        if isinstance(cause, ConnectionRefusedError):
            return Unavailable(f"{host} refuses the connection: no server is there")
    if any(isinstance(cause, httpx.TimeoutException | TimeoutError) for cause in chain):
        return Unavailable(f"{host} did not answer in time")
    if isinstance(error, httpx.ConnectError):
        return Unavailable(f"{host} cannot be reached")
    return Unavailable(f"the connection to {host} broke ({type(error).__name__})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__
