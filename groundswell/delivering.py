"""Alerts to people: what waits in the outbox, through Apprise, to the channels of staff.

Everything that waits for a channel goes in one message. Apprise only says whether it
arrived; a failure is tried again after 1, 5, 15 and 60 minutes, then given up and shown. A
channel whose address Apprise cannot read is given up at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from db import deliveries
from db.deliveries import Due
from groundswell.alerts.titles import TITLES
from groundswell.config.loading import Notify
from groundswell.reports.text import brief
from groundswell.runtime import Runtime

log = logging.getLogger("groundswell.delivering")

_WHOLE = 0.999
_LONG = 32_768  # characters: Apprise's limit where a service names none
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))

# Addresses, title, body: whether it arrived. Raises BadAddress.
Send = Callable[[str, str, str], bool]


class BadAddress(ValueError):
    """A channel's address that nothing can be sent to; says so without showing it."""


async def deliver(runtime: Runtime, send: Send | None = None) -> int:
    """Tell every channel what waits for it; how many messages arrived."""
    now = runtime.clock()
    arrived = 0
    # One after the other: trouble with one is its own.
    for channel in open_channels(runtime, now):
        waiting = await runtime.store.run(deliveries.take, now, [channel])
        if waiting:
            arrived += await _tell(runtime, channel, waiting, send or apprised)
    return arrived


def open_channels(runtime: Runtime, now: datetime) -> list[str]:
    """The channels that have an address and no quiet hours now."""
    return [
        channel.name
        for channel in runtime.config.notify
        if channel.name in runtime.addresses and not is_quiet(channel, now)
    ]


async def _tell(runtime: Runtime, channel: str, due: Sequence[Due], send: Send) -> bool:
    title, body = message(due)
    keys = [one.key for one in due]
    address = runtime.addresses[channel].reveal()
    try:
        arrived = await asyncio.to_thread(send, address, title, body)
    except BadAddress as error:
        await runtime.store.run(deliveries.failed, keys, str(error))
        log.error("notify %s: %s", channel, error)  # noqa: TRY400 - the sentence
        return False
    except Exception as error:  # noqa: BLE001 - of a library with a hundred services
        log.error("notify %s: %s", channel, type(error).__name__)  # noqa: TRY400
        arrived = False
    if arrived:
        await runtime.store.run(deliveries.sent, keys, runtime.clock())
        return True
    await _again(runtime, channel, due)
    return False


async def _again(runtime: Runtime, channel: str, due: Sequence[Due]) -> None:
    """Each by its own number of attempts: they may have come together by chance."""
    for one in due:
        if one.attempts > len(RETRIES):
            error = f"not taken by the receiver, {one.attempts} times; given up"
            await runtime.store.run(deliveries.failed, [one.key], error)
            log.error("notify %s: %s", channel, error)
        else:
            at = runtime.clock() + RETRIES[one.attempts - 1]
            error = "not taken by the receiver; it will be tried again"
            await runtime.store.run(deliveries.later, [one.key], at, error)


def message(due: Sequence[Due]) -> tuple[str, str]:
    """A title and a body in plain words, for one alert or several."""
    raised = [one for one in due if one.event == "raised"]
    kinds = {TITLES.get(one.rule, one.rule).lower() for one in raised}
    campaigns = ", ".join(dict.fromkeys(one.title for one in due))
    what = " and ".join(sorted(kinds)) if kinds else "over"
    return f"{campaigns}: {what}", "\n\n".join(dict.fromkeys(map(_paragraph, due)))


def _paragraph(due: Due) -> str:
    if due.event == "over":
        since = _clock(due.raised_at)
        return f"Over by {_clock(due.resolved_at)}: {due.summary} (since {since})"
    told: Mapping[str, object] = json.loads(due.evidence or "{}")
    title = TITLES.get(due.rule, due.rule)
    over = f", over by {_clock(due.resolved_at)}" if due.resolved_at else ""
    lines = [f"{title} since {_clock(due.raised_at)}{over}: {due.summary}"]
    if int(str(told.get("posts") or 0)) > 1:
        begin = "In the quarter of an hour: " if due.rule == "spike" else ""
        lines.append(
            f"{begin}{told['posts']} posts by {told['voices']} voices; "
            f"the three busiest wrote {_percent(told['top_three_share'])}, "
            f"{_percent(told['repeated_share'])} say what another post says."
        )
    covered = told.get("covered")
    if covered is not None and float(str(covered)) < _WHOLE:
        lines.append(f"Of the time looked at {_percent(covered)} was seen.")
    if told.get("query"):
        lines.append(f"The posts: {told['query']}")
    lines.append(f"Campaign page: /-/campaign/{due.campaign}")
    return "\n".join(lines)


def _percent(share: object) -> str:
    return (
        f"{float(str(share)) * 100:.0f} %" if share is not None else "an unknown share"
    )


def _clock(at: str | None) -> str:
    return f"{at[:10]} {at[11:16]} UTC" if at else "now"


def is_quiet(channel: Notify, now: datetime) -> bool:
    """Whether the channel wants nothing at this time of day (UTC)."""
    if channel.quiet is None:
        return False
    begin, end = channel.quiet
    moment = time(now.hour, now.minute)
    if begin <= end:
        return begin <= moment < end
    return moment >= begin or moment < end


def apprised(addresses: str, title: str, body: str) -> bool:
    """Send to each of the addresses (Apprise's, apart by spaces); whether it arrived.

    Raises BadAddress before anything is sent, and NotAll where only some took it: to try
    again would tell the others twice.
    """
    import apprise

    def posted(receiver: Any) -> bool:  # noqa: ANN401 - Apprise's
        return bool(
            receiver.notify(
                body=body,
                title=title,
                body_format=apprise.NotifyFormat.TEXT,
                interpret_escapes=False,
            )
        )

    return _to_each(addresses, posted)


def _to_each(addresses: str, posted: Callable[[Any], bool]) -> bool:
    import apprise

    receivers = []
    for address in addresses.split():
        receiver = apprise.Apprise()
        if not receiver.add(address):
            raise BadAddress("one of its addresses is none that Apprise knows")
        receivers.append(receiver)
    arrived = sum(posted(receiver) for receiver in receivers)
    if 0 < arrived < len(receivers):
        raise NotAll(f"taken by {arrived} of its {len(receivers)} addresses")
    return arrived > 0


@dataclass(frozen=True, slots=True)
class Letter:
    """A report on its way. files: name, media type and content of each attachment."""

    title: str
    text: str
    html: str
    files: tuple[tuple[str, str, bytes], ...] = ()


class NotAll(BadAddress):
    """Some addresses of a channel took it and some did not; says how many."""


def letter_sent(addresses: str, letter: Letter) -> bool:
    """Send a report to each of the addresses; whether it arrived. Mail has it as HTML,
    the others as text, each with the files where it takes them.

    Raises BadAddress before anything is sent, and NotAll where only some took it: to try
    again would tell the others twice.
    """
    return _to_each(addresses, lambda receiver: _posted(receiver, letter))


def _posted(receiver: Any, letter: Letter) -> bool:  # noqa: ANN401 - Apprise's
    from apprise.attachment.memory import AttachMemory

    service = receiver[0]
    body, form = _body(service, letter)
    attached = [
        AttachMemory(content=content, name=name, mimetype=kind)  # type: ignore[no-untyped-call]
        for name, kind, content in letter.files
    ]
    return bool(
        receiver.notify(
            body=body,
            title=letter.title,
            body_format=form,
            attach=attached if service.attachment_support else None,
            interpret_escapes=False,
        )
    )


def _body(service: Any, letter: Letter) -> tuple[str, str]:  # noqa: ANN401 - Apprise's
    """What a service is given, and its form. What takes HTML, attachments and no less
    than Apprise's own limit is mail; a chat's HTML knows no tables, and Apprise would cut
    a text that is too long for one anywhere."""
    long = service.body_maxlen or _LONG
    if service.notify_format == "html" and service.attachment_support and long >= _LONG:
        return letter.html, "html"
    return (letter.text if len(letter.text) < long else brief(letter.text)), "text"
