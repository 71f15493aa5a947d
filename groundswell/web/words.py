"""Numbers and times as people say them. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from db.times import from_text
from groundswell.alerts.titles import TITLES
from groundswell.web import zones
from groundswell.web.zones import UTC

DAY = timedelta(days=1)

SOURCE_STATES = {
    "new": "not tried yet",
    "ok": "working",
    "limited": "working, with a limit",
    "failing": "failing, will be tried again",
    "parked": "stopped, needs a person",
}
WALKS = {
    "forward": "new posts",
    "settle": "late arrivals",
    "back": "history",
    "recheck": "counts, edits and deletions",
}
UNSCORED = {
    "language": "its language cannot be scored",
    "empty": "it has no words to score",
}


# What published queries are asked for, as forms name it.
PARAMS = {
    "assignee": "Who has it",
    "at": "Moment",
    "below": "Older than this place",
    "bucket": "By the hour or day",
    "campaign": "Campaign",
    "facet": "Part",
    "from_at": "From",
    "hours": "Hours after it",
    "ids": "Posts",
    "kind": "Kind",
    "lang": "Language",
    "order": "Order",
    "other": "Other campaign",
    "other_term": "Other campaign’s term",
    "platforms": "Only these platforms, with commas between",
    "link": "Posts with this link",
    "platform": "Platform",
    "q": "Words",
    "sentiment": "Sentiment",
    "since": "Since",
    "source": "Source",
    "status": "State",
    "term": "Term",
    "to_at": "To",
    "top": "How many rows",
    "without": "Without the term",
}


def param(name: str) -> str:
    """A parameter of a published query in words."""
    return PARAMS.get(name, name)


# What each kind of the inbox's rules looks for, and those that look for an account.
INBOX = {
    "question": "a question, by an account with at least so many followers",
    "audience": "an account with at least so many followers",
    "rise": "shared at least so often an hour",
    "listed": "written by this account",
    "named": "naming this account",
}
INBOX_NAMES = ("listed", "named")


def inbox_rule(kind: str, value: str, least: int | None) -> str:
    """A rule of the inbox in words."""
    if kind == "question":
        return f"a question, by an account with {number(least)} followers or more"
    if kind == "audience":
        return f"an account with {number(least)} followers or more"
    if kind == "rise":
        return f"shared {number(least)} times an hour or more"
    return f"{'written by' if kind == 'listed' else 'naming'} {value}"


def alert(rule: str) -> str:
    """What a kind of alert is called."""
    return TITLES.get(rule, rule)


def number(value: float | None) -> str:
    """12,345; a dash for None."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    whole = round(value, 1)
    return f"{int(whole):,}" if whole == int(whole) else f"{whole:,.1f}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 post`, `2 posts`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def size(value: int) -> str:
    """A number of bytes, as people say it: 12 kB, 3.4 MB, 120 MB."""
    if value < 1_000_000:
        return f"{max(1, round(value / 1000))} kB"
    megabytes = value / 1_000_000
    return f"{megabytes:,.1f} MB" if megabytes < 10 else f"{round(megabytes):,} MB"


def percent(part: float, whole: float) -> str:
    """A share in whole per cent that never rounds something to nothing or to all."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 1:
        return "under 1 %"
    if 99 < share < 100:
        return "over 99 %"
    return f"{round(share)} %"


def address(url: str, most: int = 60) -> str:
    """A link's address to be read: without its scheme and www., the middle left out where
    it is long; host and end stay."""
    plain = url.partition("://")[2] or url
    plain = plain.removeprefix("www.").removesuffix("/")
    if len(plain) <= most:
        return plain
    host = plain.partition("/")[0][: most // 2]
    rest = most - len(host) - 2
    return f"{host}/…{plain[-rest:]}"


def language(tag: str) -> str:
    """A language's tag (BCP 47) as it is shown."""
    return "not known" if tag == "und" else tag


def change(now: int, before: int) -> str:
    """How `now` compares with `before`: +38 %, −5 %, as many, or words where none was."""
    if now == before:
        return "as many as"
    if not before:
        return "none in"
    ratio = now / before
    if ratio >= 10:
        return f"{number(round(ratio))} times"
    return f"{'+' if ratio > 1 else '−'}{max(1, round(abs(ratio - 1) * 100))} %"


def hours(value: float) -> str:
    """A length in hours, as hours or days."""
    if value < 1:
        return plural(max(1, round(value * 60)), "minute")
    if value >= 48 and value % 24 == 0:
        return plural(int(value // 24), "day")
    whole = round(value, 1)
    return f"{number(whole)} {'hour' if whole == 1 else 'hours'}"


def seen(covered_h: float, total_h: float) -> str:
    """How much of a time was seen: `all 24 hours`, `23.5 of 24 hours`, `nothing of …`."""
    total = number(round(total_h, 1))
    if covered_h >= total_h * 0.999:
        return f"all {total} hours"
    if covered_h <= 0:
        return f"nothing of {total} hours"
    # Rounding must not hide the last missing minutes.
    shown = min(round(covered_h, 1), round(total_h, 1) - 0.1)
    return f"{number(max(shown, 0.1))} of {total} hours"


def about(value: int, error: int) -> str:
    """1,234; `about 12,300` where it is an estimate, to as many digits as are known."""
    if not error:
        return number(value)
    step = 10 ** (len(str(error)) - 1)
    return f"about {number(round(value / step) * step)}"


def covered(share: float | None) -> str:
    """How much of the asked time was seen, over all platforms that are watched."""
    if share is None:
        return "No source watches for this: what is here came from archives, if at all."
    if share >= 1:
        return "All of this time was seen, on every platform that is watched."
    if share <= 0:
        return "Nothing of this time was seen on any platform that is watched."
    # Rounding must not hide the last missing minutes.
    shown = min(99.9, max(0.1, round(share * 100, 1)))
    return f"{shown:g} % of this time was seen, the mean over the platforms watched."


def day(moment: datetime) -> str:
    """11 May 2026."""
    return f"{moment.day} {moment:%B %Y}"


def days(first: date, last: date) -> str:
    """`26 Nov`, `25 and 26 Nov`, `31 Oct to 2 Nov`: days that follow each other."""
    ends = f"{last.day} {last:%b}"
    if first == last:
        return ends
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    if first.year != last.year:
        begins, ends = f"{begins} {first.year}", f"{ends} {last.year}"
    return f"{begins} {'and' if (last - first).days == 1 else 'to'} {ends}"


def time(moment: datetime | str | None, zone: ZoneInfo = UTC) -> str:
    """11 May 2026, 12:30; `never` for None. In another zone than UTC with what its time is
    called: 11 May 2026, 13:30 BST."""
    if moment is None:
        return "never"
    if isinstance(moment, str):
        moment = from_text(moment)
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}{_called(moment, zone)}"


def _called(moment: datetime, zone: ZoneInfo) -> str:
    return "" if zones.is_utc(zone) else f" {zones.letters(moment, zone)}"


def span(from_at: str, to_at: str, zone: ZoneInfo = UTC) -> str:
    """03:00 to 05:00 on 11 May; with both days where they differ; one time where it is one
    minute."""
    return "".join(text for text, _ in span_parts(from_at, to_at, zone))


def span_parts(
    from_at: str, to_at: str, zone: ZoneInfo = UTC
) -> list[tuple[str, str | None]]:
    """A span in pieces, each with the time that it shows, UTC text; None: words."""
    start, end = from_text(from_at), from_text(to_at)
    names = [_called(moment, zone) for moment in (start, end)]
    first, last = start.astimezone(zone), end.astimezone(zone)
    if end - start < timedelta(minutes=1):
        return [(f"{first:%H:%M}{names[0]} on {first.day} {first:%b}", from_at)]
    begin = f"{first:%H:%M}{names[0] if names[0] != names[1] else ''}"
    close = f"{last:%H:%M}{names[1]}"
    if first.date() == last.date():
        parts = begin, f"{close} on {first.day} {first:%b}"
    else:
        parts = (
            f"{first.day} {first:%b} {begin}",
            f"{last.day} {last:%b} {close}",
        )
    return [(parts[0], from_at), (" to ", None), (parts[1], to_at)]


def ago(moment: str | None, now: datetime) -> str:
    """4 minutes ago, in 6 minutes, now, never."""
    if moment is None:
        return "never"
    gap = now - from_text(moment)
    length = _length(abs(gap))
    if not length:
        return "just now" if gap >= timedelta(0) else "now"
    return f"{length} ago" if gap > timedelta(0) else f"in {length}"


def _length(gap: timedelta) -> str:
    minutes = round(gap.total_seconds() / 60)
    if minutes < 1:
        return ""
    if minutes < 90:
        return plural(minutes, "minute")
    if gap < 2 * DAY:
        return plural(round(minutes / 60), "hour")
    return plural(gap.days, "day")


def every(seconds: int) -> str:
    """every 10 minutes."""
    length = _length(timedelta(seconds=seconds)) or "minute"
    return f"every {length.removeprefix('1 ')}"


def source_state(state: str, last_error: str | None) -> str:
    """A source's state in plain words."""
    if state == "parked" and needs_login(last_error):
        return "stopped, needs a login"
    return SOURCE_STATES.get(state, state)


def needs_login(last_error: str | None) -> bool:
    """Whether the error is about a login that is missing or refused."""
    text = (last_error or "").lower()
    hints = ("login", "log in", "log-in", "token", "password", "401", "403")
    return any(hint in text for hint in hints)


# Under this confidence each engine is right less than two times in three on posts that its
# weights were not learnt from (docs/accuracy.md).
SURE = 0.65


def evidence(neutral: int, without: int | None) -> str | None:
    """What is said of the neutral posts of which no word, sign or picture is known to a
    lexicon; None: there is no neutral post. without: how many those are; None: unknown."""
    if not neutral:
        return None
    about = "word, sign or picture that any lexicon knows"
    if without is None:
        return (
            f"How many of the {number(neutral)} neutral ones hold no {about} is not known: "
            "some were scored before this was looked at."
        )
    return (
        f"Of the {number(neutral)} neutral ones, {number(without)} hold no {about}: "
        "nothing in them spoke, for or against."
    )


def sentiment(
    label: str | None, unscored: str | None, confidence: float | None = None
) -> str:
    """`positive`, `positive, unsure`, or `not scored` with the reason."""
    if label:
        unsure = confidence is not None and confidence < SURE
        return f"{label}, unsure" if unsure else label
    reason = UNSCORED.get(unscored or "", unscored or "")
    return f"not scored: {reason}" if reason else "not scored"


def listed(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
