"""Processes beside the one that stores: they read archives and score."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import fields
from multiprocessing.connection import Connection
from operator import attrgetter
from threading import Thread
from typing import Any, Protocol

from db.records import Score
from groundswell.scoring import Scorer
from groundswell.sentiment import Words

Cells = tuple[Any, ...]  # the fields of a Score
_NICE = 10
_cells = attrgetter(*(field.name for field in fields(Score)))


class Scores(Protocol):
    """Posts in, scores out: groundswell.scoring.Scorer."""

    def score(self, posts: Sequence[Words]) -> list[Score]: ...


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def pool(count: int, scorer: Scorer | None) -> Iterator[ProcessPoolExecutor]:
    """So many processes, each with a scorer of its own that is like this one; None: nothing
    is scored."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_start, initargs=(scorer,)
    ) as made:
        yield made


# In a process of the pool: its own scorer, made once; none where nothing is scored.
_own: list[Scores] = []


def own_scorer() -> Scores | None:
    """The scorer of the process of a pool that this runs in."""
    return _own[0] if _own else None


def score(posts: Sequence[Words]) -> list[Cells]:
    """The fields of one Score a post, in order, in a process of a pool that scores: they
    travel at a third of what Scores take."""
    return list(map(_cells, _own[0].score(posts)))


class Apart:
    """A scorer in a process of its own that gives way to every other one.

    It is one like the scorer given, made there, so that what it loads is never here.
    """

    def __init__(self, scorer: Scores) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        # A daemon: ended with this process where nobody closes it.
        self._process = context.Process(
            target=_serve, args=(theirs, scorer), daemon=True
        )
        self._process.start()
        theirs.close()
        self._used_s = 0.0

    def score(self, posts: Sequence[Words]) -> tuple[list[Score], float]:
        """One score a post, in order, and the processor time that this took there, in
        seconds, the start's with the first ones. Waits for it.

        Raises EOFError or OSError where the process has ended.
        """
        self._line.send(list(posts))
        cells, used_s = self._line.recv()
        spent_s, self._used_s = used_s - self._used_s, used_s
        return [Score(*one) for one in cells], spent_s

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    def close(self) -> None:
        """End it, whatever it is doing: it keeps nothing."""
        self._process.kill()
        self._process.join()
        self._line.close()


def _serve(line: Connection, scorer: Scores) -> None:
    os.nice(_NICE)
    _follow()
    with suppress(EOFError):
        while True:
            scores = scorer.score(line.recv())
            line.send((list(map(_cells, scores)), time.process_time()))


def relax() -> None:
    """Have Python look for cycles less often: rows by the thousand, none in a cycle, made
    it spend a tenth of an import's time on looking."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _start(scorer: Scorer | None) -> None:
    relax()
    _follow()
    if scorer is not None:
        _own[:] = [scorer]


def _follow() -> None:
    """The process that stores says when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """End with the process that stores, also where it was killed and could say nothing:
    a pool's processes would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
