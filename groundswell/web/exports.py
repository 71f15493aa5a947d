"""Downloads: /-/export/SLUG gives the posts that its address asks for, as a file.

Written by a process of its own (writer.py), handed out as the reader takes it, within what
desk.py allows each and all. Nothing of it is left when it is over, however it ended.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils.asgi import Response

from db.times import to_text
from groundswell.exports.forms import FORMS, Form, command, file_name
from groundswell.exports.selecting import Wish, WrongWish, picked
from groundswell.exports.writing import Order
from groundswell.web import desk, frame
from groundswell.web.data import DATABASE
from groundswell.web.desk import Busy, Job
from groundswell.web.errors import NoCampaign
from groundswell.web.writer import Writer

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]

# Status and sentence where there is no file; None where there was one, or nobody waits.
Told = tuple[int, str] | None

# The most posts of each form, which its page says beforehand; more are for the command
# line. A pack of so many takes about half a minute of a core (docs/exports.md).
MOST: Mapping[str, int] = {
    "evidence": 20_000,
    "xlsx": 100_000,
    "csv": 1_000_000,
    "ndjson": 1_000_000,
    "gexf": 1_000_000,
}
WATCH = re.compile(r"[0-9a-f]{32}")
_FLAGS = ("bom", "readme")
_MOST_BYTES = 4 << 30
_PIECE = 1 << 16
# A reader that takes nothing for so long has gone, and none takes longer than an hour: it
# holds a file on the disk.
_PATIENCE_S, _WHOLE_S = 120.0, 3600.0
_NOT_TAKEN = "Nothing was taken for too long, so it was ended."


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for. watch: what its page will ask by how far it is, or ''."""

    wish: Wish
    form: Form
    bom: bool
    readme: bool
    watch: str

    @property
    def by_pieces(self) -> bool:
        """Whether it is handed out while it is written."""
        return self.form.lines and not self.readme

    def order(self, datasette: Datasette, job: Job, most_bytes: int) -> Order:
        """For the process that writes it."""
        return Order(
            database=str(datasette.get_database(DATABASE).path),
            target=str(job.file),
            wish=asdict(self.wish),
            form=self.form.name,
            now=to_text(frame.now(datasette)),
            most_posts=MOST[self.form.name],
            most_bytes=most_bytes,
            bom=self.bom,
            readme=self.readme,
        )

    def headers(self, size: int | None) -> list[list[bytes]]:
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
        if size is not None:
            told["content-length"] = str(size)
        return [
            [name.encode(), value.encode("latin-1")] for name, value in told.items()
        ]


async def export(
    request: Request, datasette: Datasette, send: Send, receive: Receive
) -> Response | None:
    """The route: a file, or a sentence that says why not. Raises NoCampaign."""
    await frame.allow(request, datasette)
    if request.method != "GET":
        return Response.text("Downloads are read with GET.", 405, {"allow": "GET"})
    try:
        asked = _asked(request)
    except WrongWish as error:
        return await _refused(request, datasette, *_wrong(error.name, str(error)))
    try:
        told = await _placed(asked, request, datasette, send, receive)
    except Busy as busy:
        return await _refused(
            request, datasette, busy.status, str(busy), wait_s=busy.wait_s
        )
    if told is None:
        return None
    if told[0] == 404 and _by_browser(request):
        raise NoCampaign(asked.wish.campaign)
    more = command(asked.wish, asked.form) if told[0] == 413 else None
    return await _refused(request, datasette, *told, command=more)


async def _placed(
    asked: Asked, request: Request, datasette: Datasette, send: Send, receive: Receive
) -> Told:
    """As `_answer`, once there is a place. Raises Busy."""
    at = desk.of(datasette)
    try:
        most_bytes = at.room(_MOST_BYTES)
    except OSError:
        most_bytes = 0
    if not most_bytes:
        return 507, desk.NO_ROOM
    with at.place(desk.client(request, datasette), asked.watch) as job:
        order = asked.order(datasette, job, most_bytes)
        return await _answer(asked, order, job, send, receive)


def _asked(request: Request) -> Asked:
    """What the address asks for. Raises WrongWish."""
    given = {name: request.args.get(name) or "" for name in request.args}
    names = [one.name for one in fields(Wish) if one.name != "campaign"]
    for name in given.keys() - {*names, *_FLAGS, "format", "watch"}:
        known = ", ".join(["format", *names, *_FLAGS])
        raise WrongWish(name[:40], f"there is no such parameter; there are {known}")
    form = given.get("format") or "csv"
    if form not in MOST:
        raise WrongWish("format", f"write one of {', '.join(MOST)}")
    watch = given.get("watch", "")
    chosen = {name: given[name] for name in names if name in given and name != "post"}
    return Asked(
        wish=Wish(
            campaign=unquote(request.url_vars["slug"]),
            post=picked(request.args.getlist("post")),
            **chosen,
        ),
        form=FORMS[form],
        bom=given.get("bom") == "1",
        readme=given.get("readme") == "1",
        watch=watch if WATCH.fullmatch(watch) else "",
    )


def _wrong(name: str, sentence: str) -> tuple[int, str]:
    return (404 if name == "campaign" else 400), f"{name}: {sentence}"


def _by_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _refused(
    request: Request,
    datasette: Datasette,
    status: int,
    sentence: str,
    *,
    wait_s: int | None = None,
    command: str | None = None,
) -> Response:
    """The sentence: as a page for a browser, which tries again by itself where there is
    something to wait for; as text for a script."""
    headers = {"cache-control": "no-store"}
    if wait_s is not None:
        headers["retry-after"] = str(wait_s)
    if not _by_browser(request):
        told = (
            sentence if wait_s is None else f"{sentence} Try again in {wait_s} seconds."
        )
        told = f"{told} On the command line: {command}" if command else told
        return Response.text(told, status, headers)
    context = {
        "sentence": sentence,
        "wait_s": wait_s,
        "command": command,
        "again": datasette.urls.path(request.full_path),
        "downloading": True,
    }
    answer = await frame.page(
        request, datasette, "gs_refused.html", context, status=status
    )
    answer.headers |= headers
    return answer


async def _answer(
    asked: Asked, order: Order, job: Job, send: Send, receive: Receive
) -> Told:
    """Hand the file out.

    It ends with its reader, with its page's word, or after an hour, whatever comes first.
    """
    writer = await Writer.start(job, order)
    handing = asyncio.ensure_future(_hand_out(asked, writer, send))
    ends = [
        asyncio.ensure_future(job.stop.wait()),
        asyncio.ensure_future(_left(receive)),
    ]
    try:
        await asyncio.wait(
            {handing, *ends}, timeout=_WHOLE_S, return_when=asyncio.FIRST_COMPLETED
        )
        if handing.done():
            return handing.result()
        if job.begun or ends[1].done():
            return None  # the server cuts it off, so the reader knows it is not whole
        return 410, "This download was ended."
    finally:
        for each in (handing, *ends):
            each.cancel()
        await writer.end()
        with suppress(asyncio.CancelledError, Exception):
            await handing


async def _left(receive: Receive) -> None:
    """Waits until the reader goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _hand_out(asked: Asked, writer: Writer, send: Send) -> Told:
    job = writer.job
    while not writer.ended and not (asked.by_pieces and job.posts is not None):
        await writer.changes()
    if problem := _problem(writer):
        job.problem = problem[1]
        return problem
    if not asked.by_pieces:
        job.state = "sending"
    start = {"type": "http.response.start", "status": 200}
    size = None if asked.by_pieces else job.size
    job.begun = True
    await send({**start, "headers": asked.headers(size)})
    try:
        with job.file.open("rb") as file:
            await _pass_on(file, writer, send)
    except TimeoutError:
        job.problem = _NOT_TAKEN
        return None
    if writer.whole:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        job.state = "done"
    return None


def _problem(writer: Writer) -> Told:
    if writer.wrong is not None:
        return _wrong(*writer.wrong)
    if writer.too_many is not None:
        return 413, (
            f"These are more than {writer.too_many:,} posts, the most that the server "
            "gives in this form. Choose a shorter time, or use the command line."
        )
    return (500, writer.job.problem) if writer.job.problem else None


async def _pass_on(file: IO[bytes], writer: Writer, send: Send) -> None:
    """The file as it grows, to its end. Raises TimeoutError where the reader takes
    nothing."""
    while True:
        ended = writer.ended
        piece = await asyncio.to_thread(file.read, _PIECE)
        if piece:
            told = {"type": "http.response.body", "body": piece, "more_body": True}
            await asyncio.wait_for(send(told), _PATIENCE_S)
            writer.job.sent += len(piece)
        elif ended:
            return
        else:
            await writer.changes()
