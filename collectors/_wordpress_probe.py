"""Where a WordPress site's interface is, and whether it is open.

The site names it in a Link header; without one it is at /wp-json/. WordPress.com serves
its sites' interfaces from one host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from collectors._asking import facts_of
from collectors._json import decode, mapping
from collectors.base import BadPayload, Probe

_REL = "https://api.w.org/"
_HOSTED = "public-api.wordpress.com"


def endpoint(settings: Mapping[str, Any], what: str) -> httpx.URL:
    """The address of a list: "posts" or "tags"."""
    base = str(settings.get("base_url", "")).rstrip("/")
    if _HOSTED in base:
        return httpx.URL(f"{base}/{what}")
    root = facts_of(settings).get("root") or f"{base}/wp-json/"
    return httpx.URL(f"{root}wp/v2/{what}")


class WordPressProbe:
    """See `collectors.base.Probes`."""

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """The site's front page, whose headers name the interface."""
        base = str(settings.get("base_url", "")).rstrip("/")
        if _HOSTED in base:
            return httpx.Request("GET", endpoint(settings, "posts"))
        return httpx.Request("HEAD", f"{base}/")

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],
        so_far: Probe | None,
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""
        if so_far is None and _HOSTED not in str(response.request.url):
            root = _root(response, settings)
            facts = {"root": root}
            one = endpoint({**settings, "facts": facts}, "posts").copy_merge_params(
                {"per_page": "1", "_fields": "id"}
            )
            asking = httpx.Request("GET", one)
            return Probe("open", "it names its interface", facts, next=asking)
        learnt = so_far.facts if so_far else {}
        host = response.request.url.host
        if _lists(response):
            return Probe("open", "its articles can be read", learnt)
        if response.status_code in {401, 403}:
            return Probe("login", f"{host} shows its interface to members only", learnt)
        return Probe("closed", f"{host} has no interface; its feed may be open", facts)


def _lists(response: httpx.Response) -> bool:
    try:
        return response.is_success and isinstance(decode(response), list)
    except BadPayload:
        return False


def _root(response: httpx.Response, settings: Mapping[str, Any]) -> str:
    """The address that the Link header names, on the site's own host; else the usual."""
    base = str(settings.get("base_url", "")).rstrip("/")
    named = mapping(response.links.get(_REL)).get("url")
    usual = f"{base}/wp-json/"
    try:
        url = httpx.URL(str(named))
        own = httpx.URL(base)
    except httpx.InvalidURL:
        return usual
    same = url.host == own.host and url.port == own.port and url.scheme == own.scheme
    return str(url) if named and same else usual
