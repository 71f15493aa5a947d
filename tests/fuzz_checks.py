"""What schemathesis also checks of the API: an error says what was wrong, in a sentence.

Loaded by schemathesis (tests/test_fuzzing.py), which then asks it of every answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import schemathesis

if TYPE_CHECKING:
    from schemathesis import Case, CheckContext, Response

# Datasette's own sentences, for what SQLite alone can find wrong in a value.
_OTHERS = ("malformed JSON", "unable to use function MATCH", "too many SQL variables")


@schemathesis.check
def an_error_names_its_parameter(
    ctx: CheckContext, response: Response, case: Case
) -> None:
    """A 400 of the JSON names a parameter that was sent, or one that is needed."""
    if response.status_code != 400 or not case.path.endswith(".json"):
        return
    error = response.json()["error"]
    sent = [*(case.query or {}), "campaign", "from_at", "to_at", "bucket"]
    named = any(name in error for name in sent)
    assert named or any(other in error for other in _OTHERS), error
