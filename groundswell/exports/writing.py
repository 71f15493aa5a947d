"""An export written for the server by a process of its own, which runs this module.

The order comes as JSON on standard input, what is to be told goes as lines of JSON to
standard output. So the pages stay quick whatever is written, and whoever ordered it can
end it at once. Where nobody listens any more, it ends and takes its folder with it.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from db import choosing
from db.connection import Database, StoreError, open_database
from db.times import from_text
from groundswell.exports import verifying
from groundswell.exports.exporting import Export, TooMany, opened
from groundswell.exports.forms import FORMS
from groundswell.exports.selecting import Wish, WrongWish, select

_TRIES = 3
_TICKS = 200  # between two lines
_NICE = 10

TAKEN_BACK = (
    "Posts were taken back while it was written, again and again. Try again in a few "
    "minutes."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be written. database, target: paths; target lies in a folder of its own.
    now: UTC text. most_posts, most_bytes: what it may come to."""

    database: str
    target: str
    wish: dict[str, Any]
    form: str
    now: str
    most_posts: int
    most_bytes: int
    bom: bool = False
    readme: bool = False

    def as_line(self) -> bytes:
        """For the process's standard input."""
        return json.dumps(asdict(self)).encode()


class TakenBack(Exception):
    """Posts were deleted, withheld or erased in every try."""


def write(order: Order, told: IO[str]) -> None:
    """Write the file, and a line for each of:

    {"wrong": [name, sentence]}: the wish cannot be met. {"too_many": most}.
    {"failed": sentence}. {"posts": n, "done": share}: so many are chosen, and this part is
    written, 0 to 1. {"fingerprint": hex or null}: it is whole.
    """
    db = open_database(order.database, read_only=True)
    try:
        _tell(told, fingerprint=_written(order, db, told))
    except WrongWish as error:
        _tell(told, wrong=[error.name, str(error)])
    except TooMany as error:
        _tell(told, too_many=error.most)
    except TakenBack:
        _tell(told, failed=TAKEN_BACK)
    finally:
        db.close()


def _written(order: Order, db: Database, told: IO[str]) -> str | None:
    """Of a form that comes as a whole no post that was taken back meanwhile is handed out:
    it is written anew."""
    form, now = FORMS[order.form], from_text(order.now)
    # What comes by the line is read in many moments, and so may a workbook be.
    local = form.name in {"gexf", "evidence"}
    for _ in range(_TRIES):
        selection = select(db, Wish(**order.wish), now)
        with opened(
            db, selection, form, now, one_moment=local, most=order.most_posts
        ) as found:
            chosen = () if form.lines else choosing.ids(db)
            _save(order, found, told)
        if not choosing.taken_back(db, chosen):
            pack = form.name == "evidence" and not order.readme
            return verifying.fingerprint(Path(order.target)) if pack else None
    raise TakenBack


def _save(order: Order, found: Export, told: IO[str]) -> None:
    total = max(1, found.about.posts * found.form.passes)
    count = 0
    with open(order.target, "wb") as file:
        _tell(told, posts=found.about.posts, done=0)

        def tick() -> None:
            nonlocal count
            count += 1
            if count % _TICKS == 0:
                file.flush()
                _tell(told, posts=found.about.posts, done=count / total)

        file.writelines(_parts(order, found, tick))
    _tell(told, posts=found.about.posts, done=1)


def _parts(order: Order, found: Export, tick: Any) -> Iterator[bytes]:  # noqa: ANN401
    if order.readme:
        yield found.readme().encode()
    else:
        yield from found.chunks(bom=order.bom, tick=tick)


def _tell(told: IO[str], **what: object) -> None:
    told.write(json.dumps(what) + "\n")
    told.flush()


def _bounded(order: Order) -> None:
    """Behind the pages in everything: turn, memory on the disk, place for its files."""
    os.nice(_NICE)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (order.most_bytes, hard))
    tempfile.tempdir = str(Path(order.target).parent)


def main() -> None:
    """The process."""
    order = Order(**json.load(sys.stdin))
    try:
        _obey(order)
    except BrokenPipeError:
        shutil.rmtree(Path(order.target).parent, ignore_errors=True)
        os._exit(1)  # nothing more can be told, at the end neither


def _obey(order: Order) -> None:
    try:
        _bounded(order)
        write(order, sys.stdout)
    except BrokenPipeError:
        raise
    except (OSError, StoreError) as error:
        _tell(sys.stdout, failed=f"It could not be written: {_reason(error)}.")


def _reason(error: Exception) -> str:
    """Without the name of a file of the server's."""
    told = error.strerror if isinstance(error, OSError) else None
    return told or "the database cannot be read"


if __name__ == "__main__":
    main()
