"""What the tests of archives share: a file written, and what is read of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from collectors.base import Post
from groundswell.archives.records import Entry
from groundswell.importing import Wishes, contents, entries


def ndjson(path: Path, *records: object) -> Path:
    path.write_text(
        "".join(json.dumps(one) + "\n" for one in records), encoding="utf-8"
    )
    return path


def read(path: Path, **wishes: Any) -> list[Entry]:  # noqa: ANN401
    return [entry for _, entry in entries(contents(path, Wishes(**wishes)).parts)]


def posts(path: Path, **wishes: Any) -> list[Post]:  # noqa: ANN401
    return [entry.post for entry in read(path, **wishes) if entry.post]
