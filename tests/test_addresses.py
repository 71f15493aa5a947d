"""Which addresses are private, however they are written: collectors/_addresses.py."""

from __future__ import annotations

import asyncio

import pytest

from collectors._addresses import is_public, resolve
from collectors._http import guard
from collectors.base import Denied, Unavailable


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse, not to bind to
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "not an address",
    ],
)
def test_no_private_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "2606:2800:220:1::1",
        "::ffff:93.184.216.34",
        "64:ff9b::5db8:d822",
    ],
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_several_is_enough_to_refuse() -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    async def nothing(host: str, port: int) -> list[str]:
        return []

    with pytest.raises(Denied):
        asyncio.run(guard("x.example", 443, allow_private=False, resolve=mixed))
    with pytest.raises(Unavailable, match="no host is called"):
        asyncio.run(guard("x.example", 443, allow_private=False, resolve=nothing))
    asyncio.run(guard("x.example", 443, allow_private=True, resolve=mixed))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "localhost"])
def test_odd_spellings_of_loopback_are_refused(host: str) -> None:
    with pytest.raises(Denied):
        asyncio.run(guard(host, 80, allow_private=False))


@pytest.mark.parametrize("host", ["a" * 64 + ".example", ".."])
def test_a_name_that_cannot_be_one_is_no_host(host: str) -> None:
    with pytest.raises(Unavailable, match="no host is called"):
        asyncio.run(resolve(host, 80))
