"""The words that a configuration may use, and what to say about other words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import pairwise

KEYS: dict[str, tuple[str, ...]] = {
    "": ("monitor", "campaign", "source", "alert", "notify", "person", "token", "report"),
    "alert": ("kind", "campaigns", "on", "least", "phrases", "accounts"),
    "person": ("name", "role"),
    "token": ("name", "scope", "ends"),
    "notify": ("name", "campaigns", "quiet"),
    "report": ("name", "campaigns", "every", "at", "day", "timezone", "channels"),
    "monitor": (
        "database", "contact", "host", "port", "url", "opt_out", "sentiment", "reading",
        "refine", "refine_share", "timezone",
    ),
    "campaign": (
        "slug", "title", "description", "hashtags", "phrases", "accounts", "domains",
        "exclude", "starts", "ends", "sources", "timezone",
    ),
    "source": (
        "slug", "platform", "base_url", "every", "backfill", "allow_private", "keep",
        "recheck", "publish",
    ),
}  # fmt: skip

# Keys renamed or removed, and words that people reach for: section, key, sentence.
RENAMED: dict[tuple[str, str], str] = {
    ("", "campaigns"): "write each campaign as its own [[campaign]] section",
    ("", "sources"): "write each source as its own [[source]] section",
    ("", "platform"): 'write [[source]] sections, each with platform = "…"',
    ("", "database"): "belongs in the [monitor] section",
    ("", "contact"): "belongs in the [monitor] section",
    ("", "timezone"): "belongs in the [monitor] section, or in a [[campaign]]",
    ("monitor", "db"): "is called database",
    ("monitor", "user_agent"): "write contact; the User-Agent is made from it",
    ("campaign", "name"): "is called title",
    ("campaign", "tags"): "is called hashtags",
    ("campaign", "keywords"): "is called phrases",
    ("campaign", "start"): "is called starts",
    ("campaign", "end"): "is called ends",
    ("campaign", "platforms"): "name sources instead, by their slugs: sources = […]",
    ("source", "name"): "is called slug",
    ("", "user"): "is called person",
    ("", "alerts"): "write each alert as its own [[alert]] section",
    ("alert", "rule"): "is called kind",
    ("alert", "threshold"): "is called least",
    ("alert", "enabled"): "is called on",
    ("person", "slug"): "is called name",
    ("person", "roles"): "is called role, and is one",
    ("token", "slug"): "is called name",
    ("token", "role"): "is called scope",
    ("token", "scopes"): "is called scope, and is one",
    ("token", "expires"): "is called ends",
    ("token", "hash"): "belongs in the environment; docs/configuration.md says how",
    ("notify", "slug"): "is called name",
    ("notify", "url"): "belongs in the environment; docs/configuration.md says how",
    ("notify", "quiet_hours"): "is called quiet",
    ("monitor", "base_url"): "is called url",
    ("monitor", "zone"): "is called timezone",
    ("monitor", "tz"): "is called timezone",
    ("campaign", "zone"): "is called timezone",
    ("campaign", "tz"): "is called timezone",
    ("report", "slug"): "is called name",
    ("report", "campaign"): "is called campaigns, and is a list",
    ("report", "channel"): "is called channels, and is a list",
    ("report", "notify"): "is called channels",
    ("report", "time"): "is called at",
    ("report", "weekday"): "is called day",
    ("report", "zone"): "is called timezone",
    ("report", "tz"): "is called timezone",
    ("source", "url"): "is called base_url",
    ("source", "type"): "is called platform",
    ("source", "interval"): "is called every",
    ("source", "history"): "is called backfill",
    ("source", "retention"): "is called keep",
    ("source", "retain"): "is called keep",
    ("monitor", "retention"): "belongs in a [[source]] section, and is called keep",
    ("campaign", "retention"): "belongs in a [[source]] section, and is called keep",
}

_SECRET_WORDS = {
    "token", "tokens", "password", "passwd", "passphrase", "secret", "secrets", "apikey",
    "bearer", "credential", "credentials", "authorization", "cookie", "jwt", "auth",
}  # fmt: skip
_KEYED = {("api", "key"), ("access", "key"), ("private", "key"), ("auth", "key")}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TOKEN = re.compile(r"gsw_\w+")
_USERINFO = re.compile(r"//[^/\s\"']*@")


def looks_secret(key: str) -> bool:
    """Whether a key's name says that its value is a password, token or the like."""
    parts = re.split(r"[\W_]+", _CAMEL.sub("_", key).casefold())
    return not _SECRET_WORDS.isdisjoint(parts) or not _KEYED.isdisjoint(pairwise(parts))


def unknown(section: str, key: str, known: Iterable[str]) -> str:
    """The sentence about a key that has no meaning in this section."""
    if (section, key) in RENAMED:
        return f"unknown key; {RENAMED[section, key]}"
    known = tuple(known)
    other = {word: told for (of, word), told in RENAMED.items() if of == section}
    near = nearest(key, (*known, *other))
    if near in other:
        return f"unknown key; did you mean {near}? {_sentence(other[near])}"
    if near:
        return f"unknown key; did you mean {near}?"
    homes = [where(name) for name, keys in KEYS.items() if name and key in keys]
    if homes:
        return f"unknown key; {key} belongs in {' or '.join(homes)}"
    return f"unknown key; {where(section)} takes {', '.join(sorted(known))}"


def _sentence(told: str) -> str:
    """What is said of a word in RENAMED, as a sentence of its own."""
    about = told.startswith(("is ", "belongs "))
    return f"That {told}" if about else told[0].upper() + told[1:]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one was probably meant to be."""
    found = difflib.get_close_matches(word.casefold(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def where(section: str) -> str:
    """A section as it is written in the file."""
    names = {"": "the file", "monitor": "[monitor]"}
    return names.get(section, f"[[{section}]]")


def show_key(key: str) -> str:
    """A key for a message: bare, or quoted with its odd characters escaped."""
    return key if _BARE_KEY.fullmatch(key) else ascii(key[:60])


def show_line(line: str) -> str:
    """A line of the file for a message, without what may be a secret in it."""
    name, equals, _ = line.partition("=")
    if looks_secret(name):
        return f"{printable(name)[:60].rstrip()}{' = …' if equals else ''}"
    shown = _TOKEN.sub("gsw_…", _USERINFO.sub("//…@", line))
    shown = printable(shown).rstrip()
    return shown if len(shown) <= 120 else shown[:119] + "…"


def printable(text: str) -> str:
    """Text with every character that a terminal would act upon escaped."""
    return "".join(
        char if char.isprintable() else " " if char == "\t" else ascii(char)[1:-1]
        for char in text
    )
