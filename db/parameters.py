"""Many values as one parameter of a statement."""

from __future__ import annotations

import json
from collections.abc import Iterable


def listed(values: Iterable[str | int]) -> str:
    """Values as one parameter, for `in (select value from json_each(?))`."""
    return json.dumps(list(values))
