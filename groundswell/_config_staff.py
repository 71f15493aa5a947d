"""The sections about staff: whom to tell, and who may sign in."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from groundswell import _config_values as values
from groundswell._config_problems import Problem
from groundswell._config_records import Monitor, Notify, Person
from groundswell._config_table import Table, named, repeats


def read_notify(table: Table) -> Notify:
    """A channel that is told of alerts."""
    table.refuse_unknown("notify")
    return Notify(
        name=table.need("name", values.slug, 'name = "press-room"'),
        campaigns=named(table, "campaigns"),
        quiet=table.get("quiet", values.quiet, None),
    )


def check_notify(channels: Sequence[Notify], slugs: Collection[str]) -> list[Problem]:
    """Channels of the same name, and campaigns that are not there."""
    problems = _doubles("notify", [channel.name for channel in channels])
    problems += [
        Problem(f"notify[{index}].campaigns", f"there is no campaign {slug!r}")
        for index, channel in enumerate(channels)
        for slug in channel.campaigns or ()
        if slug not in slugs
    ]
    return problems


def read_person(table: Table) -> Person:
    """Somebody who may sign in."""
    table.refuse_unknown("person")
    return Person(
        name=table.need("name", values.slug, 'name = "ana"'),
        role=table.get("role", values.role, "editor"),
    )


def check_people(people: Sequence[Person], monitor: Monitor) -> list[Problem]:
    """People of the same name, and pages that nobody could read."""
    problems = _doubles("person", [person.name for person in people])
    if monitor.reading == "people" and not people:
        message = "is for people who sign in, and there is no [[person]]"
        problems.append(Problem("monitor.reading", message))
    return problems


def _doubles(section: str, names: Sequence[str]) -> list[Problem]:
    return [
        Problem(f"{section}[{index}].name", f"{names[index]} is there twice; keep one")
        for index, _ in repeats(names)
    ]
