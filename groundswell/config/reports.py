"""The [[report]] sections: read one, and check them against the rest of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from groundswell.config import values
from groundswell.config.keys import nearest
from groundswell.config.problems import Problem
from groundswell.config.records import UTC, Notify, Report

if TYPE_CHECKING:
    from groundswell.config.read import Document
    from groundswell.config.table import Table

_DAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
_AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def read_report(table: Table) -> Report:
    """One section."""
    table.refuse_unknown("report")
    every: Literal["day", "week"] = table.get("every", _every, "day")
    if "day" in table.content and every == "day":
        table.wrong("day", 'is for every = "week" alone; remove one of them')
    name = "daily" if every == "day" else "weekly"
    return Report(
        name=table.get("name", values.slug, name),
        campaigns=_named(table, "campaigns", "report of all"),
        every=every,
        at=table.get("at", _at, time(8)),
        weekday=table.get("day", _weekday, 0),
        zone=table.get("timezone", zone, UTC),
        channels=_named(table, "channels", "only keep it") or (),
    )


def _named(table: Table, key: str, without: str) -> tuple[str, ...] | None:
    if key not in table.content:
        return None
    if table.content[key] == []:
        table.wrong(key, f"names none; leave it out to {without}")
    return table.words(key, values.text, str)


def _every(value: object) -> Literal["day", "week"]:
    if value == "day":
        return "day"
    if value == "week":
        return "week"
    raise values.Wrong('write "day" or "week"')


def _at(value: object) -> time:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    found = _AT.fullmatch(values.text(value))
    if found is None:
        raise values.Wrong('write a time of day, such as "08:00"')
    return time(int(found[1]), int(found[2]))


def _weekday(value: object) -> int:
    name = values.text(value).casefold()
    if name not in _DAYS:
        raise values.Wrong(f"write one of {', '.join(_DAYS)}")
    return _DAYS.index(name)


def zone(value: object) -> ZoneInfo:
    """A time zone by its name, such as Europe/London."""
    name = values.text(value)
    known = available_timezones()
    if name not in known:
        near = nearest(name, {one.casefold() for one in known})
        right = next((one for one in known if one.casefold() == near), None)
        hint = f'did you mean "{right}"?' if right else 'write it as "Europe/London"'
        raise values.Wrong(f"no time zone is called so; {hint}")
    return ZoneInfo(name)


def page_url(value: object) -> str:
    """Where others reach the pages: http or https, and perhaps a path."""
    address = values.base_url(value)
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"}:
        raise values.Wrong('must begin with https://, as in "https://monitor.example"')
    if parts.query or parts.fragment or "?" in address or "#" in address:
        raise values.Wrong("goes on after a ? or #; write it without that")
    return address.rstrip("/")


def check_reports(document: Document) -> Iterator[Problem]:
    """Names that stand twice, and campaigns and channels that are not there."""
    slugs = [campaign.slug for campaign in document.campaigns]
    channels = {channel.name: channel for channel in document.notify}
    names: set[str] = set()
    for index, report in enumerate(document.reports):
        at = f"report[{index}]"
        if report.name in names:
            message = (
                f"{report.name} is there twice; give each report a name of its own"
            )
            yield Problem(f"{at}.name", message)
        names.add(report.name)
        for slug in report.campaigns or ():
            if slug not in slugs:
                yield Problem(f"{at}.campaigns", f"there is no campaign {slug!r}")
        for name in report.channels:
            if name not in channels:
                message = f"no [[notify]] section is called {name!r}"
                yield Problem(f"{at}.channels", message)
            elif not may_have(channels[name], report.campaigns):
                yield Problem(f"{at}.channels", not_for(channels[name]))


def may_have(channel: Notify, campaigns: tuple[str, ...] | None) -> bool:
    """Whether a channel may be told of these campaigns. campaigns: None: all."""
    if channel.campaigns is None:
        return True
    return campaigns is not None and set(campaigns) <= set(channel.campaigns)


def not_for(channel: Notify) -> str:
    """Why a channel may not have a report."""
    told = ", ".join(channel.campaigns or ())
    return f"{channel.name} is told of {told} alone; report of no other campaign there"
