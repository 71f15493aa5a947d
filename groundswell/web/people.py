"""Who is signed in and what they may do.

Passwords, the form and the cookie are datasette-auth-passwords'. The cookie holds a name
and a mark of the password's hash, not a role: the role is looked up at each request, so
that it ends for whoever leaves the configuration, and with a new password.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Forbidden

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

PLUGIN = "datasette-auth-passwords"
ROLES = ("viewer", "editor", "admin")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. password_hash: as `groundswell password` makes it."""

    name: str
    role: str
    password_hash: str

    @property
    def mark(self) -> str:
        """Changes with name and password; tells nothing of it."""
        told = f"{self.name} {self.password_hash}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def actor(self) -> dict[str, str]:
        """What their cookie holds."""
        return {"id": self.name, "mark": self.mark}


def settings(accounts: Sequence[Account]) -> dict[str, Any]:
    """The plugin's configuration."""
    hashes = {f"{one.name}_password_hash": one.password_hash for one in accounts}
    return {**hashes, "actors": {one.name: one.actor for one in accounts}}


def allowed(accounts: Sequence[Account]) -> dict[str, list[str]]:
    """Datasette's `allow` block for whoever is signed in."""
    return {"mark": [one.mark for one in accounts]}


def who(datasette: Datasette, request: Request) -> Account | None:
    """Who asks; None: nobody who is signed in."""
    accounts: Mapping[str, Account] = getattr(datasette, "groundswell_accounts", {})
    actor = request.actor or {}
    found = accounts.get(str(actor.get("id")))
    return found if found and found.actor == actor else None


def may(account: Account | None, role: str) -> bool:
    """Whether somebody has this role or one that includes it."""
    return account is not None and ROLES.index(account.role) >= ROLES.index(role)


def require(datasette: Datasette, request: Request, role: str) -> Account:
    """Who asks, with this role at least. Raises Forbidden with what is missing."""
    found = who(datasette, request)
    if found is None:
        raise Forbidden("Sign in to do this: /-/login")
    if not may(found, role):
        raise Forbidden(
            f"This needs the role {role}; you are signed in as {found.role}."
        )
    return found


def signing_key(database: Path) -> str:
    """What cookies are signed with: DATASETTE_SECRET, else a key kept beside the database,
    made when there is none, so that nobody is signed out by a restart."""
    given = os.environ.get("DATASETTE_SECRET")
    if given:
        return given
    path = database.with_name(database.name + ".signing-key")
    if not path.exists():
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip()
