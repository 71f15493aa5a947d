"""What a Lemmy server says of itself: its version, and which API to ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from collectors._json import decode, mapping
from collectors.base import BadPayload, Probe
from collectors.text import words


class LemmyProbe:
    """See `collectors.base.Probes`."""

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """The first question to the server's own description."""
        return _site(settings, "v3")

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],
        so_far: Probe | None,
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""
        host = response.request.url.host
        version = _version(response)
        if version is None and so_far is None:
            waiting = "it does not describe itself by the older API"
            return Probe("limited", waiting, next=_site(settings, "v4"))
        if version is None:
            return Probe("closed", f"{host} does not answer as a Lemmy server does")
        is_new = (
            so_far is not None or int((re.match(r"\d{1,3}", version) or "0")[0]) >= 1
        )
        api = "v4" if is_new else "v3"
        if _is_private(response):
            return Probe("login", f"{host} shows its posts to members only")
        return Probe(
            "open", f"Lemmy {version}, by search", {"version": version, "api": api}
        )


def _site(settings: Mapping[str, Any], api: str) -> httpx.Request:
    base = str(settings.get("base_url", "")).rstrip("/")
    return httpx.Request("GET", f"{base}/api/{api}/site")


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        return mapping(decode(response)) if response.is_success else {}
    except BadPayload:
        return {}


def _version(response: httpx.Response) -> str | None:
    return words(_body(response).get("version"))


def _is_private(response: httpx.Response) -> bool:
    local = mapping(mapping(_body(response).get("site_view")).get("local_site"))
    return local.get("private_instance") is True
