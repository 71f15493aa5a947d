"""The sections about staff: what they want to know, whom to tell, who may sign in."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time

from groundswell.config import values
from groundswell.config.problems import Problem
from groundswell.config.records import (
    AlertRule,
    Monitor,
    Notify,
    Person,
    Role,
    Scope,
    Token,
)
from groundswell.config.table import Table, named, repeats

# The kinds of alerts (groundswell/alerts/rules.py); a test keeps the two in step.
MEASURED = ("spike", "silence")
ALERT_KINDS = (
    *MEASURED, "tone", "hashtag", "link", "audience", "copies", "cited", "source",
    "mention",
)  # fmt: skip


def alert_kind(value: object) -> str:
    """The name of a kind of alert."""
    name = values.text(value)
    if name not in ALERT_KINDS:
        known = ", ".join(f'"{kind}"' for kind in ALERT_KINDS)
        raise values.Wrong(f"no alert is called so; there are {known}")
    return name


def count(value: object) -> int:
    """A whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise values.Wrong(f"is {values.kind_of(value)}; write a whole number")
    if not 1 <= value <= 1_000_000_000:
        raise values.Wrong("write a number from 1 to 1000000000")
    return value


def role(value: object) -> Role:
    """What a person may do."""
    if value == "viewer":
        return "viewer"
    if value == "editor":
        return "editor"
    if value == "admin":
        return "admin"
    raise values.Wrong('write "viewer", "editor" or "admin"')


def scope(value: object) -> Scope:
    """What a token lets a script read."""
    if value == "read":
        return "read"
    if value == "staff":
        return "staff"
    raise values.Wrong('write "read", or "staff" for what staff write too')


def token_name(value: object) -> str:
    """A token's name, and not the token, which no message may repeat."""
    if isinstance(value, str) and value.strip().startswith("gsw_"):
        raise values.Wrong(
            "is a token itself, which never stands in this file; write what it is for"
        )
    return values.slug(value)


_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


def quiet(value: object) -> tuple[time, time]:
    """From and to, as times of day."""
    found = _QUIET.fullmatch(values.text(value).strip())
    if found is None:
        raise values.Wrong('write from and to, in UTC, such as "22:00-07:00"')
    hour, minute, to_hour, to_minute = map(int, found.groups())
    return time(hour, minute), time(to_hour, to_minute)


def read_notify(table: Table) -> Notify:
    """A channel that is told of alerts."""
    table.refuse_unknown("notify")
    return Notify(
        name=table.need("name", values.slug, 'name = "press-room"'),
        campaigns=named(table, "campaigns"),
        quiet=table.get("quiet", quiet, None),
    )


def check_notify(channels: Sequence[Notify], slugs: Collection[str]) -> list[Problem]:
    """Channels of the same name, and campaigns that are not there."""
    problems = _doubles("notify", [channel.name for channel in channels])
    return problems + _strangers("notify", [one.campaigns for one in channels], slugs)


def read_alert(table: Table) -> AlertRule:
    """How one kind of alert is to be."""
    table.refuse_unknown("alert")
    kind = table.need("kind", alert_kind, 'kind = "mention"')
    rule = AlertRule(
        kind=kind,
        campaigns=named(table, "campaigns"),
        on=table.get("on", values.truth, True),
        least=table.get("least", count, None),
        phrases=table.words("phrases", values.phrase, str.casefold),
        accounts=table.words("accounts", values.account, str.casefold),
    )
    looks = bool(table.content.get("phrases") or table.content.get("accounts"))
    if kind == "mention" and not looks:
        table.wrong("", "looks for nothing; write phrases or accounts")
    if kind and kind != "mention" and looks:
        table.wrong("", 'phrases and accounts belong to kind = "mention"')
    if kind in MEASURED and rule.least is not None:
        table.wrong(
            "least", f"{kind} learns from the series what is unusual; leave it out"
        )
    return rule


def check_alerts(rules: Sequence[AlertRule], slugs: Collection[str]) -> list[Problem]:
    """Campaigns that are not there, and settings of which one hides another."""
    problems = _strangers("alert", [rule.campaigns for rule in rules], slugs)
    seen: dict[tuple[str, str | None], int] = {}
    for index, rule in enumerate(rules):
        if rule.kind == "mention" or not rule.kind:
            continue
        for slug in rule.campaigns or (None,):
            first = seen.setdefault((rule.kind, slug), index)
            if first != index:
                message = f"{rule.kind} is set for the same in alert[{first}]; keep one"
                problems.append(Problem(f"alert[{index}].kind", message))
    return problems


def read_person(table: Table) -> Person:
    """Somebody who may sign in."""
    table.refuse_unknown("person")
    return Person(
        name=table.need("name", values.slug, 'name = "ana"'),
        role=table.get("role", role, "editor"),
    )


def check_people(people: Sequence[Person], monitor: Monitor) -> list[Problem]:
    """People of the same name, and pages that nobody could read."""
    problems = _doubles("person", [person.name for person in people])
    if monitor.reading == "people" and not people:
        message = "is for people who sign in, and there is no [[person]]"
        problems.append(Problem("monitor.reading", message))
    return problems


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def read_token(table: Table) -> Token:
    """A script that may read."""
    table.refuse_unknown("token")
    if "ends" not in table.content:
        table.wrong(
            "ends",
            "missing; a token without an end would be good for ever once it is lost: "
            "write ends = 2026-12-31",
        )
    return Token(
        name=table.need("name", token_name, 'name = "nightly-export"'),
        scope=table.get("scope", scope, "read"),
        ends=table.get("ends", values.ends, _LONG_AGO),
    )


def check_tokens(tokens: Sequence[Token]) -> list[Problem]:
    """Tokens of the same name."""
    return _doubles("token", [token.name for token in tokens])


def _strangers(
    section: str, named_in: Sequence[tuple[str, ...] | None], slugs: Collection[str]
) -> list[Problem]:
    return [
        Problem(f"{section}[{index}].campaigns", f"there is no campaign {slug!r}")
        for index, campaigns in enumerate(named_in)
        for slug in campaigns or ()
        if slug not in slugs
    ]


def _doubles(section: str, names: Sequence[str]) -> list[Problem]:
    return [
        Problem(f"{section}[{index}].name", f"{names[index]} is there twice; keep one")
        for index, _ in repeats(names)
    ]
