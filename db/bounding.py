"""Questions of a browser's table pages, bounded: none may grow with the number of posts."""

from __future__ import annotations

import re

FACETED = 2_000  # of the newest posts
SEARCHED = 5_000  # hits, those that were collected last
_SEARCH = re.compile(
    r"(?P<hits>in \(select rowid from \[?posts_fts\]? where \[?\w+\]? match "
    r"(?:escape_fts\(:\w+\)|:\w+))\)"
)
# The next page of a table that is sorted by time. A post always has one, and without the
# question whether it has, an index finds the place.
_NEXT = re.compile(
    r"\(published_at < :(?P<at>p\d+) or published_at is null "
    r"or \(published_at = :(?P=at) and (?P<after>\(\(id > :p\d+\)\))\)\)"
)
_COUNT = re.compile(r"select count\(\*\) from ")
# What Datasette 0.65 asks for a facet: a column's values and their numbers.
_FACET = re.compile(
    r"\s*select (?P<column>\S+) as value, count\(\*\) as count from \(\s*"
    r"(?P<rows>select .* from (?:\[?posts\]?|\[?timeline\]?) .*?)\s*\)\s*"
    r"(?P<rest>where \S+ is not null\s+group by .*)",
    re.DOTALL,
)


def is_count(sql: str) -> bool:
    """Whether it asks for a number of rows and nothing else."""
    return _COUNT.match(sql) is not None


def bounded(sql: str) -> str:
    """A facet's question over the newest posts alone, a search's over the newest hits, a
    next page's from where it begins; any other, and a count, as it is."""
    sql = _NEXT.sub(
        r"(published_at <= :\g<at> and (published_at < :\g<at> or \g<after>))", sql
    )
    if not is_count(sql):
        sql = _SEARCH.sub(rf"\g<hits> order by rowid desc limit {SEARCHED})", sql)
    found = _FACET.fullmatch(sql)
    if found is None:
        return sql
    return (
        f"select {found['column']} as value, count(*) as count from "
        f"(select * from ({found['rows']}) order by published_at desc limit {FACETED}) "
        f"{found['rest']}"
    )
