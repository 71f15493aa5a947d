"""Who may download when: some downloads at once, and one of each person or address.

A download is written to the disk by a process of its own, as fast as it can be, and read
from there as slowly as its reader likes. So a slow reader holds a file and a line here,
but neither the store nor a place among those that are written.
"""

from __future__ import annotations

import asyncio
import fcntl
import ipaddress
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from groundswell.web import people
from groundswell.web.data import DATABASE

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

WRITERS = 2  # processes at once; they stand behind the pages (exports/writing.py)
PLACES = 16  # downloads in all, those among them that are only read any more
_SOON_S, _LATER_S = 10, 30
_KEPT_FREE = 1 << 30  # bytes, for the database
_FILES = 3  # of a pack at once: the zip, the part of the database, the workbook
NO_ROOM = "There is no place on the server's disk for a download."
_REMEMBERED = 200
State = Literal["choosing", "writing", "sending", "done", "stopped", "refused"]


class Busy(Exception):
    """There is no place. str(): a sentence. wait_s: until when to try again."""

    def __init__(self, status: int, sentence: str, wait_s: int) -> None:
        super().__init__(sentence)
        self.status, self.wait_s = status, wait_s


@dataclass(eq=False, slots=True)
class Job:
    """One download. watch: what its page asks for it by, '' where none does. folder: its
    files. posts: that were chosen, None before. done: the part of them that is written, 0
    to 1. begun: its reader was answered. size: of the file in bytes, None before it is
    whole. problem: why it ended early.
    """

    client: str
    watch: str
    folder: Path
    state: State = "choosing"
    posts: int | None = None
    done: float = 0.0
    begun: bool = False
    sent: int = 0
    size: int | None = None
    fingerprint: str | None = None
    problem: str | None = None
    writing: bool = True
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def file(self) -> Path:
        """Where it is written to."""
        return self.folder / "download"

    def told(self) -> dict[str, Any]:
        """For its page."""
        return {
            "state": self.state,
            "posts": self.posts,
            "done": round(self.done, 4),
            "written": self._written(),
            "sent": self.sent,
            "size": self.size,
            "fingerprint": self.fingerprint,
            "problem": self.problem,
        }

    def _written(self) -> int:
        try:
            return self.size or self.file.stat().st_size
        except OSError:
            return 0


class Desk:
    """The downloads of one server. Used by its event loop alone."""

    def __init__(self, database: Path) -> None:
        self._root = database.with_name(f"{database.name}.downloads")
        self._own: Path | None = None
        self._held: int | None = None
        self._open: list[Job] = []
        self._ended: OrderedDict[str, Job] = OrderedDict()

    def busy(self, client: str) -> Busy | None:
        """Why there is no place for this client just now."""
        if any(job.client == client for job in self._open):
            return Busy(
                429,
                "Your other download is still under way; each person, or address, has one "
                "at a time.",
                _SOON_S,
            )
        if sum(job.writing for job in self._open) >= WRITERS:
            return Busy(
                503,
                f"Downloads of others are being written, and this server writes {WRITERS} "
                "at a time.",
                _SOON_S,
            )
        if len(self._open) >= PLACES:
            return Busy(
                503, f"{PLACES} others are downloading, which is the most.", _LATER_S
            )
        return None

    @contextmanager
    def place(self, client: str, watch: str) -> Iterator[Job]:
        """A place and a folder, for as long as the context lasts. Raises Busy."""
        job = Job(client, watch, Path())
        if busy := self.busy(client):
            job.state, job.problem = "refused", str(busy)
            self._remember(job)
            raise busy
        try:
            job.folder = Path(tempfile.mkdtemp(dir=self._place()))
        except OSError as error:
            raise Busy(507, NO_ROOM, _LATER_S) from error
        self._open.append(job)
        try:
            yield job
        finally:
            self._open.remove(job)
            job.writing = False
            if job.state != "done":
                job.state = "stopped"
            self._remember(job)
            shutil.rmtree(job.folder, ignore_errors=True)

    def find(self, client: str, watch: str) -> Job | None:
        """The client's own download; None where it has none of that name."""
        jobs = [job for job in self._open if job.watch == watch]
        jobs += [self._ended[watch]] if watch in self._ended else []
        return next((job for job in jobs if job.client == client), None)

    def _remember(self, job: Job) -> None:
        """So that its page can hear how it ended."""
        if job.watch:
            self._ended[job.watch] = job
            self._ended.move_to_end(job.watch)
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)

    def room(self, most: int) -> int:
        """How large a file may get, in bytes: at most this, and so that all that can be
        written at once leaves the collector its part of the disk. 0: there is no room."""
        free = shutil.disk_usage(self._place()).free - _KEPT_FREE
        return max(0, min(most, free // max(1, WRITERS * _FILES)))

    # --- the folder, which is locked as long as this server runs

    def sweep(self) -> None:
        """Remove what servers left behind that were killed."""
        if not self._root.is_dir():
            return
        with _locked(self._root):
            for folder in self._root.iterdir():
                if folder.is_dir() and _is_left(folder):
                    shutil.rmtree(folder, ignore_errors=True)

    def _place(self) -> Path:
        if self._own is None or not self._own.is_dir():
            self._root.mkdir(mode=0o700, exist_ok=True)
            with _locked(self._root):
                self._own = Path(tempfile.mkdtemp(dir=self._root))
                self._held = os.open(self._own, os.O_RDONLY)
                fcntl.flock(self._held, fcntl.LOCK_EX)
        return self._own

    def stop(self) -> None:
        """All that are under way are to end."""
        for job in self._open:
            job.stop.set()

    def close(self) -> None:
        """Remove everything of this server's."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)
        self._own = self._held = None
        with suppress(OSError):  # there was none, or another server has files in it
            self._root.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _is_left(folder: Path) -> bool:
    """Whether no server that runs has it."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True


def of(datasette: Datasette) -> Desk:
    """The server's desk."""
    desk: Desk | None = getattr(datasette, "groundswell_desk", None)
    if desk is None:
        path = Path(datasette.get_database(DATABASE).path)
        desk = datasette.groundswell_desk = Desk(path)
    return desk


def client(request: Request, datasette: Datasette) -> str:
    """Who asks: a person or token by name, anybody else by address. Of IPv6 the first half
    counts, for one household has all the rest."""
    if account := people.who(datasette, request):
        return f"person:{account.name}"
    if request.actor:
        return str(request.actor.get("id"))
    host = str((request.scope.get("client") or ("",))[0])
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    if address.ipv4_mapped:  # of a listener for both
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
