"""Any CSV, XLSX, Parquet or NDJSON, by a mapping of its columns."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.base import BrokenRecord
from groundswell.archives import table
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "any_table"
TITLE = "any table or NDJSON, by its columns"


def fits(sample: Sample) -> float:
    """Only where nothing else does, and text and date can be told from the names."""
    columns = sample.columns or tuple(sample.records[0] if sample.records else ())
    return 0.0 if table.missing(table.proposed(columns)) else 0.4


def entries(record: Record, context: Context) -> Iterator[Entry]:
    """One post a row."""
    try:
        post = table.to_post(
            record.value or {},
            context.columns,
            context.platform,
            day_first=context.day_first,
        )
        yield Entry(record.line, post=post)
    except BrokenRecord as error:
        yield Entry(record.line, rejected=str(error))
