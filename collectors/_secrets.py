"""Keys and passwords: what a platform can use, and text that nothing shows."""

from __future__ import annotations

from dataclasses import dataclass


class Secret:
    """Text that no log, repr or error shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for a request header or body."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """A secret that a platform can use: read from the environment, `env` or `env_FILE`.

    per_source: the variable's name ends in the source's slug (MASTODON_TOKEN_MY_SERVER),
    so that one server's token is never sent to another.
    """

    name: str
    env: str
    how: str
    required: bool = False
    per_source: bool = False

    def variable(self, source_slug: str) -> str:
        """The environment variable for one source."""
        if not self.per_source:
            return self.env
        return f"{self.env}_{source_slug.upper().replace('-', '_').replace('.', '_')}"
