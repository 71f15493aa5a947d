"""Datasette's questions to the database, so that none grows with the number of posts.

Its table pages count every row that a filter leaves, and every value of each facet. Here
a count that takes long is left out, facets of posts are counted over the newest that
match, and a search looks at the newest hits; the pages of both tables say so
(templates/gs_bounded.html).
"""

from __future__ import annotations

from typing import Any

from datasette.database import Database

from db.bounding import bounded, is_count

_COUNT_MS = 40


class BoundedDatabase(Database):
    """Answers quickly or not at all, and tells the asker what was wrong with a query.

    Datasette writes the whole SQL of a failed query to stderr; a wrong parameter is no
    news there.
    """

    async def execute(self, sql: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        kwargs["log_sql_errors"] = False
        if is_count(sql):
            kwargs.setdefault("custom_time_limit", _COUNT_MS)
        return await super().execute(bounded(sql), *args, **kwargs)
