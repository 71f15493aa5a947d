"""A store that watches, and whether it is sound."""

from __future__ import annotations

from typing import Any

import pytest
from sqlite_utils import Database

from db import checks
from tests.making import (
    watch,
)

CHECKPOINT = "select checkpoint from walks where source_id = 1 and walk = 'forward'"


def one(db: Database, sql: str, *parameters: Any) -> Any:  # noqa: ANN401
    row = db.conn.execute(sql, parameters).fetchone()
    return row[0] if row and len(row) == 1 else row


@pytest.fixture
def watched(db: Database) -> Database:
    watch(db)
    return db


def sound(db: Database) -> None:
    assert checks.problems(db) == []
