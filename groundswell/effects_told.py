"""Rows of the published queries to an event's effect, and the effect in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from db.times import from_text
from groundswell.effects import Effect, lookback, measure, refuse
from groundswell.effects_model import HOUR, Series
from groundswell.effects_overlap import Overlap, percent

Row = Mapping[str, Any]
# That something followed is all that counts can say; stands beside every verdict.
CAUTION = (
    "That something followed does not say that the event brought it about: what else "
    "happened then may have."
)


def series(rows: Sequence[Row], until: datetime) -> Series | None:
    """Rows of `event_counts` as a series of the hours that are over by then; None where
    there are none."""
    counts = [row["posts"] for row in rows if from_text(row["bucket"]) + HOUR <= until]
    if not counts:
        return None
    return Series(start=from_text(rows[0]["bucket"]), counts=counts)


def effect(
    rows: Sequence[Row],
    at: datetime,
    *,
    now: datetime,
    hours: int = 24,
    diary: Sequence[Row] = (),
    control: Sequence[Row] = (),
    overlap: Overlap | None = None,
) -> Effect | None:
    """An event's effect by rows of `event_counts`; None where there are no rows.

    The rows may begin earlier and end later than the event needs. diary: rows of `events`
    of that time. control: the same hours of another campaign or term; overlap: how much of
    that is measured itself, and refused where it is too much.
    """
    until = min(now, at.replace(minute=0, second=0) + hours * HOUR)
    own, other = series(rows, until), series(control, until)
    if own is None:
        return None
    others = [from_text(row["at"]) for row in diary]
    found = measure(own, at, hours=hours, others=others, control=other)
    if found.refused is None and overlap and overlap.refused:
        return refuse(found, overlap.refused)
    return found


def verdict(found: Effect) -> str:
    """What is to be said of an event, in a sentence."""
    if found.posts is None or found.low is None or found.high is None:
        return f"Cannot be said: {found.refused}."
    count = _plural(found.posts, "post")
    were = "was" if found.high == 1 else "were"
    said = (
        f"{count} in {_window(found)}, where {found.low:,} to {found.high:,} {were} to be "
        "expected without it"
    )
    return f"{said}: {_compared(found)}."


def _window(found: Effect) -> str:
    seen = round(found.after * found.over)
    told = f"{found.over:,} hours" if found.over != 1 else "hour"
    if seen < found.over:
        return f"the {seen:,} of the first {told} after that were seen"
    return f"the {'first ' if found.over < found.hours else ''}{told} after"


def _compared(found: Effect) -> str:
    if found.told is None or found.ratio is None:
        return f"no effect that could be told from chance{_hidden(found)}"
    times, least, most = found.ratio
    if found.told == "fewer":
        return f"about {100 * (1 - times):.0f} % fewer"
    if most is None:
        return f"at least {_times(least)} times as many"
    return f"about {_times(times)} times as many"


def _hidden(found: Effect) -> str:
    """What a control that moved itself, half as much again or by a third, may hide."""
    if not found.control or 2 / 3 < found.control < 1.5:
        return ""
    return (
        f", beside a control that moved as well, {_times(found.control)} times its own "
        "usual; if the event moved both, this hides it"
    )


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def figures(found: Effect, control: str = "the control") -> list[str]:
    """The figures behind a verdict, as sentences: difference and ratio with their
    intervals, and the control, by its name. None where nothing can be said."""
    told = []
    if found.difference and found.expected is not None:
        more, least, most = found.difference
        told.append(
            f"Expected {_number(found.expected)}; difference {_signed(more)} "
            f"({_signed(least)} to {_signed(most)})"
        )
    if found.ratio:
        times, low, high = found.ratio
        upper = f"{_times(low)} to {_times(high)}" if high else f"{_times(low)} or more"
        told[-1] += (
            f"; {_times(times)} times the expected ({upper}), in 95 of 100 cases."
        )
    if found.control is not None:
        many = _times(found.control)
        told.append(
            f"In the same hours {control} had about as many posts as usual."
            if many == "1"
            else f"In the same hours {control} had {many} times its own usual; what was "
            "to be expected is that many times as much."
        )
    return told


def coverage(found: Effect) -> str:
    """How much of before and after was seen."""
    days = lookback(found.hours).days
    told = f"Seen: {percent(found.before)} of the {days} days before"
    if found.over:
        told += f", {percent(found.after)} of the time after"
    if found.placebos:
        told += (
            f". Chance is judged by {found.placebos} stretches before it, as long and "
            "apart from each other"
        )
    return told + "."


def what_else(
    at: datetime, hours: int, *, diary: Sequence[Row], alerts: Sequence[Row]
) -> list[str]:
    """What else happened within the hours before and after: the diary's other entries,
    and the alerts that were raised after. Times are UTC."""
    found = others(at, hours, diary=diary, alerts=alerts)
    return [f"{_when(moment)}{told}" for moment, told in found]


def others(
    at: datetime, hours: int, *, diary: Sequence[Row], alerts: Sequence[Row]
) -> list[tuple[str, str]]:
    """The same as the time of each, UTC text, and what is to be said after it."""
    length = timedelta(hours=hours)
    told = [
        (row["at"], f": {row['title']}")
        for row in diary
        if from_text(row["at"]) != at and abs(from_text(row["at"]) - at) < length
    ]
    told += [
        (row["raised_at"], f", alert: {row['summary']}")
        for row in alerts
        if at <= from_text(row["raised_at"]) < at + length
    ]
    return told


def changes(rows: Sequence[Row], at: datetime, hours: int) -> list[str]:
    """What changed in the watching, which moves counts too, as sentences. rows: those of
    `event_counts`."""
    if not rows:
        return []
    begin = at.replace(minute=0, second=0)
    before = [r for r in rows if from_text(r["bucket"]) < begin]
    end = begin + hours * HOUR
    after = [r for r in rows if begin <= from_text(r["bucket"]) < end]
    told = []
    if before and after:
        for name in ("terms", "sources"):
            then, now = (median(row[name] for row in part) for part in (before, after))
            if then != now and (name == "terms" or then):
                told.append(
                    f"The campaign was read with {now:g} {name} after it and {then:g} "
                    "before: part of a change may be theirs."
                )
    if rows[0]["left_out"]:
        told.append(
            f"Left out, for too little was seen of them: {rows[0]['left_out']}."
        )
    return told


def _when(text: str) -> str:
    moment = from_text(text)
    return f"{moment.day} {moment:%b, %H:%M}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _signed(value: float) -> str:
    sign = "−" if round(value) < 0 else "+"
    return f"{sign}{abs(round(value)):,}"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
