"""groundswell token: a token for a script; and what `check` says of those there are."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli.output import plural, say, show, show_json, table, wrapped

if TYPE_CHECKING:
    from groundswell.config.loading import Token

_SOON = timedelta(days=14)
_LONG = timedelta(days=400)  # a year, and a month to renew it in


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def token(*, as_json: bool) -> None:
    """Make a token, for a script that may read: a [[token]].

    The first line is the token, for the script; it is kept nowhere. The second is its
    hash, for the server: set it as GROUNDSWELL_TOKEN_NAME, or the file that holds it as
    GROUNDSWELL_TOKEN_NAME_FILE.

    Example: groundswell token
    """
    from groundswell.web.tokens import PREFIX, hashed

    made = PREFIX + secrets.token_hex(32)
    kept = hashed(made.encode())
    if as_json:
        show_json({"token": made, "hash": kept})
        return
    show(made)
    show(kept)
    say("The first line is for the script, and is not shown again.")
    say("The second is for the server: GROUNDSWELL_TOKEN_ and the name in capitals.")


def described(
    tokens: Sequence[Token], env: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """Each token, as `check --json` prints it: when it ends, whether its hash is set, and
    what should be done, None where nothing. Raises ConfigError as `tokens_for`."""
    from groundswell.config.loading import tokens_for

    held = tokens_for(tokens, env)
    return [
        {
            "name": one.name,
            "scope": one.scope,
            "ends": one.ends.isoformat(),
            "variable": one.variable,
            "set": one.name in held,
            "note": _note(one.ends, now),
        }
        for one in tokens
    ]


def _note(ends: datetime, now: datetime) -> str | None:
    left = ends - now
    if left <= timedelta():
        return "has ended; make another, or remove its section"
    if left <= _SOON:
        when = plural(left.days, "day") if left.days else "less than a day"
        return f"ends in {when}; make another in time"
    if left > _LONG:
        return f"is good for {left.days} days; {_LONG.days} at most would be wise"
    return None


def show_tokens(tokens: Sequence[Mapping[str, Any]]) -> None:
    """The tokens with when they end, and what should be done."""
    if not tokens:
        return
    show("\nTokens (hashes in environment variables; for scripts)")
    head = ["name", "scope", "ends", "hash"]
    rows = [
        (
            one["name"],
            one["scope"],
            one["ends"],
            "set" if one["set"] else f"not set ({one['variable']})",
        )
        for one in tokens
    ]
    for line in table(head, rows):
        show(line)
    for one in tokens:
        if one["note"]:
            show(wrapped(f"{one['name']} {one['note']}", "  "))
