"""Downloads: /-/export/SLUG gives the posts that its address asks for, as a file.

Read and written in a thread, piece by piece as the reader takes them, and one at a time:
the pages stay quick whoever downloads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils.asgi import Response

from db.connection import open_database
from groundswell.exports.exporting import Export, opened
from groundswell.exports.forms import FORMS, Form, file_name
from groundswell.exports.selecting import Wish, WrongWish, select
from groundswell.web import frame
from groundswell.web.data import DATABASE
from groundswell.web.errors import NoCampaign

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]

BUSY = (
    "Another download is being written, and this server writes one at a time. "
    "Try again in a minute."
)
OFFERED = ("csv", "xlsx", "ndjson", "gexf")  # packs are for the command line
_FLAGS = ("bom", "readme")
_PIECE = 1 << 16
# A reader that takes nothing for so long has gone; another one waits.
_PATIENCE_S = 20.0


class Stopped(Exception):
    """The reader went away."""


@dataclass(frozen=True, slots=True)
class Download:
    """What an address asks for. stop: set where nobody waits for it any more."""

    path: str
    wish: Wish
    form: Form
    now: datetime
    bom: bool
    readme: bool
    stop: Event = field(default_factory=Event)

    def pieces(self) -> Generator[bytes, None, None]:
        """The file. The first piece is empty, and comes once the posts are chosen.

        Raises WrongWish, and Stopped.
        """
        database = open_database(self.path, read_only=True)
        # Asked every so often, so that the choosing of many posts can be ended as well.
        database.conn.set_progress_handler(self.stop.is_set, 100_000)
        try:
            selection = select(database, self.wish, self.now)
            # A reader at the end of a slow line must not hold the database's log.
            local = not self.form.lines
            with opened(
                database, selection, self.form, self.now, one_moment=local
            ) as found:
                yield b""
                yield from _gathered(self._parts(found))
        finally:
            database.close()

    def _parts(self, found: Export) -> Iterable[bytes]:
        if self.readme:
            return [found.readme().encode()]
        return found.chunks(bom=self.bom, tick=self._tick)

    def _tick(self) -> None:
        if self.stop.is_set():
            raise Stopped

    def headers(self) -> list[list[bytes]]:
        """Of the answer. The file's name holds no character that could end it."""
        told = {
            "content-type": self.form.content_type,
            "content-disposition": "attachment; "
            f'filename="{file_name(self.wish, self.form)}"',
            "cache-control": "no-store",
        }
        if self.readme:
            told |= {
                "content-type": "text/plain; charset=utf-8",
                "content-disposition": "inline",
            }
        return [
            [name.encode(), value.encode("latin-1")] for name, value in told.items()
        ]


def _gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Larger pieces: each costs a turn of the event loop."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


async def export(
    request: Request, datasette: Datasette, send: Send, receive: Receive
) -> Response | None:
    """The route: a file, or a sentence that says why not. Raises NoCampaign."""
    await frame.allow(request, datasette)
    if request.method != "GET":
        return Response.text("Downloads are read with GET.", 405, {"allow": "GET"})
    try:
        download = _asked(request, datasette)
    except WrongWish as error:
        return _refused(error)
    if getattr(datasette, "groundswell_exporting", False):
        return Response.text(BUSY, 503, {"retry-after": "60"})
    datasette.groundswell_exporting = True
    try:
        return await _answer(download, send, receive)
    finally:
        datasette.groundswell_exporting = False


def _asked(request: Request, datasette: Datasette) -> Download:
    """What the address asks for. Raises WrongWish."""
    given = {name: request.args.get(name) or "" for name in request.args}
    names = [one.name for one in fields(Wish) if one.name != "campaign"]
    for name in given.keys() - {*names, *_FLAGS, "format"}:
        known = ", ".join(["format", *names, *_FLAGS])
        raise WrongWish(name[:40], f"there is no such parameter; there are {known}")
    form = given.get("format") or "csv"
    if form not in OFFERED:
        raise WrongWish("format", f"write one of {', '.join(OFFERED)}")
    wish = Wish(
        campaign=unquote(request.url_vars["slug"]),
        **{name: given[name] for name in names if name in given},
    )
    return Download(
        path=datasette.get_database(DATABASE).path,
        wish=wish,
        form=FORMS[form],
        now=frame.now(datasette),
        bom=given.get("bom") == "1",
        readme=given.get("readme") == "1",
    )


def _refused(error: WrongWish, download: Download | None = None) -> Response:
    """A sentence; the page of the campaigns that there are, where there is none such.
    Raises NoCampaign."""
    if error.name == "campaign" and download is not None:
        raise NoCampaign(download.wish.campaign) from error
    return Response.text(f"{error.name}: {error}", 400)


async def _answer(download: Download, send: Send, receive: Receive) -> Response | None:
    pieces = download.pieces()
    with ThreadPoolExecutor(1, "export") as thread:
        loop = asyncio.get_running_loop()

        def step() -> asyncio.Future[bytes | None]:
            return loop.run_in_executor(thread, next, pieces, None)

        gone = asyncio.ensure_future(_left(receive, download.stop))
        try:
            await step()
            start = {"type": "http.response.start", "status": 200}
            await send({**start, "headers": download.headers()})
            while (piece := await step()) is not None:
                await _pass_on(send, piece, more=True)
            await _pass_on(send, b"", more=False)
        except WrongWish as error:
            return _refused(error, download)
        except TimeoutError:
            pass  # the server cuts the answer off, so the reader knows it is not whole
        except Exception:
            if not download.stop.is_set():
                raise
        finally:
            gone.cancel()
            download.stop.set()
            await loop.run_in_executor(thread, pieces.close)
    return None


async def _pass_on(send: Send, piece: bytes, *, more: bool) -> None:
    """Raises TimeoutError where the reader takes nothing."""
    told = {"type": "http.response.body", "body": piece, "more_body": more}
    await asyncio.wait_for(send(told), _PATIENCE_S)


async def _left(receive: Receive, stop: Event) -> None:
    """Waits until the reader goes away, and has the export stopped."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stop.set()
