"""Log-in tokens between runs: Bluesky allows 300 log-ins a day (platforms.md section
5.1), so a run takes up the last one's session. The file lies beside the database, readable
by its owner alone; the tokens are nowhere in the database."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from collectors.base import Secret

Session = Mapping[str, Secret]


class SessionFile:
    """The sessions of all sources, each good for the settings it was made with."""

    def __init__(self, database: Path) -> None:
        self._path = Path(f"{database}.sessions")

    def load(self, hashes: Mapping[str, str]) -> dict[str, Session]:
        """The sessions by source slug; those of other settings are left out.

        hashes: each source's settings_hash. A file that cannot be read is no session: the
        next walk logs in.
        """
        try:
            kept = json.loads(self._path.read_text())
            return {
                slug: {name: Secret(text) for name, text in one["tokens"].items()}
                for slug, one in kept.items()
                if one["settings"] == hashes.get(slug)
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def save(self, sessions: Mapping[str, Session], hashes: Mapping[str, str]) -> None:
        """Replace the file in one step. A folder that cannot be written keeps none."""
        kept = {
            slug: {
                "settings": hashes.get(slug),
                "tokens": {name: secret.reveal() for name, secret in session.items()},
            }
            for slug, session in sessions.items()
        }
        draft = self._path.with_name(self._path.name + ".new")
        try:
            draft.unlink(missing_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                json.dump(kept, file)
            draft.replace(self._path)
        except OSError:
            draft.unlink(missing_ok=True)
