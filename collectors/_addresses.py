"""Where a name leads, and whether we may go there.

A source's address, and every redirect, can name a machine of the private network: the
router, a cloud's metadata service, Groundswell's own pages. So each name is resolved
once, every address that it has is checked, and the connection goes to a checked address,
not to the name: a second answer from a hostile name server (DNS rebinding) is never
asked for. TLS still proves the name, since the name and not the address is handed to it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore

from collectors.base import Denied, Unavailable

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_NAT64 = IPv6Network("64:ff9b::/96")
_MOST_ADDRESSES = 4  # tried one after another; a name may have dozens


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, best first. Raises Unavailable where it has none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError, OverflowError) as error:
        if getattr(error, "errno", None) == socket.EAI_AGAIN:
            raise Unavailable(
                f"the name {host} cannot be looked up just now"
            ) from error
        raise Unavailable(f"no host is called {host}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet.

    False for private, loopback, link-local, shared (100.64/10), multicast, reserved and
    unspecified ones, and for IPv6 forms that carry such an IPv4 address inside.
    """
    try:
        ip = _inner(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    refused = ip.is_multicast or ip.is_reserved or ip.is_unspecified
    if isinstance(ip, IPv6Address):
        refused = refused or ip.is_site_local
    return ip.is_global and not refused


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine, by its address; a name is never taken to be."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _inner(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 one, or the address."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    teredo = ip.teredo[1] if ip.teredo else None
    return ip.ipv4_mapped or ip.sixtofour or teredo or ip


async def checked(
    host: str, port: int, *, allow_private: bool, resolve: Resolve = resolve
) -> Sequence[str]:
    """The addresses that a connection to `host` may use.

    Raises Unavailable where the name has none, Denied where any of them is not public:
    a name with one good and one private address is an attempt, not an accident.
    """
    addresses = await resolve(host, port)
    if not addresses:
        raise Unavailable(f"no host is called {host}")
    if not allow_private and not all(is_public(address) for address in addresses):
        raise Denied(
            f"{host} leads into a private network; if that is meant, set "
            "allow_private = true for this source"
        )
    return addresses[:_MOST_ADDRESSES]


async def guard(
    host: str, port: int, *, allow_private: bool, resolve: Resolve = resolve
) -> None:
    """Raises Denied or Unavailable where `checked` does."""
    await checked(host, port, allow_private=allow_private, resolve=resolve)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's way to a host, with the check between the name and the connection."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first checked address of `host` that answers."""
        addresses = await checked(
            host, port, allow_private=self._allow_private, resolve=self._resolve
        )
        each = timeout / len(addresses) if timeout else timeout
        *others, last = addresses
        for address in others:
            try:
                return await self._inner.connect_tcp(
                    address, port, each, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(
            last, port, each, local_address, socket_options
        )
