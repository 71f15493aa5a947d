"""One value at a time: what TOML gave, made into what the program uses.

Each reader takes any TOML value and gives a sound one, or raises Wrong with a sentence
that says what to write instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from collectors.base import Publish, normal_tag
from groundswell.config.keys import looks_secret
from groundswell.config.records import OptOut, Reading, Refine

LONGEST = 300
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d{1,12})\s*([smhdw])")
_DURATION = re.compile(r"(?:\d{1,12}\s*[smhdw]\s*)+", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DOMAIN = re.compile(r"(?!-)[\w-]+(\.[\w-]+)+")
_WRITE_DURATION = (
    'write a number and its unit (s, m, h, d or w), such as "15m", "36h" or "7d"'
)
# What people write for a unit, and may mean.
_SPELT_UNIT = re.compile(
    r"(\d{1,12})\s*(s(?:ecs?|econds?)?|m(?:ins?|inutes?)?|h(?:rs?|ours?)?|d(?:ays?)?"
    r"|w(?:ks?|eeks?)?)",
    re.ASCII | re.IGNORECASE,
)
_WRITE_MOMENT = (
    "write a date, 2026-09-01, or a time with its zone, 2026-09-01T09:00:00Z"
)


class Wrong(ValueError):
    """A value that cannot be used; the message says what to write instead."""


def text(value: object) -> str:
    """One line of text, trimmed, not empty, at most LONGEST characters."""
    line = _text(value)
    if "\n" in line or "\r" in line:
        raise Wrong("must be one line")
    if len(line) > LONGEST:
        raise Wrong(f"is {len(line)} characters long; {LONGEST} are the most")
    return line


def prose(value: object) -> str:
    """Text that may have several lines."""
    return _text(value, empty=True)


def _text(value: object, *, empty: bool = False) -> str:
    if not isinstance(value, str):
        raise Wrong(f'is {kind_of(value)}; write text in quotes, "…"')
    hidden = next((char for char in value if _hidden(char)), None)
    if hidden is not None:
        raise Wrong(
            f"has an invisible control character (U+{ord(hidden):04X}); type it again"
        )
    if not empty and not value.strip():
        raise Wrong("is empty; write something or remove the line")
    return value.strip()


def _hidden(char: str) -> bool:
    """Control characters, and those that reorder what a reader sees."""
    if unicodedata.category(char) in {"Cc", "Cs"}:
        return char not in "\n\r\t"
    return "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"


def kind_of(value: object) -> str:
    """A TOML value's type in words, without the value."""
    names: dict[type, str] = {
        bool: "true or false", int: "a number", float: "a number", str: "text",
        list: "a list", dict: "a table", datetime: "a date and time", date: "a date",
        time: "a time",
    }  # fmt: skip
    return names.get(type(value), "something else")


def truth(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Wrong(f"is {kind_of(value)}; write true or false, without quotes")
    return value


def port(value: object) -> int:
    """A TCP port."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"is {kind_of(value)}; write a number without quotes, such as 8001")
    if not 1 <= value <= 65_535:
        raise Wrong("must lie between 1 and 65535")
    return value


def host(value: object) -> str:
    """A name or address to listen on."""
    name = text(value)
    if "/" in name or re.search(r"\s", name):
        raise Wrong('write a name or an address alone, such as "127.0.0.1"')
    return name


def opt_out(value: object) -> OptOut:
    """What becomes of posts by people who asked not to be indexed."""
    if value == "withhold":
        return "withhold"
    if value == "keep":
        return "keep"
    raise Wrong('write "withhold" or "keep"')


def reading(value: object) -> Reading:
    """Who may read the pages."""
    if value == "open":
        return "open"
    if value == "people":
        return "people"
    raise Wrong('write "open", or "people" for those who sign in')


def publish(value: object) -> Publish:
    """Who may be shown a platform's words."""
    if value == "anyone":
        return "anyone"
    if value == "here":
        return "here"
    raise Wrong('write "here" (pages that only this machine reaches) or "anyone"')


def slug(value: object) -> str:
    """A short name for addresses: a-z, 0-9 and single hyphens."""
    name = text(value)
    if not _SLUG.fullmatch(name) or len(name) > 60:
        better = slugify(name)
        hint = f'; write "{better}"' if better else ""
        raise Wrong(f"may have a-z, 0-9 and single hyphens, at most 60{hint}")
    return name


def slugify(name: str) -> str:
    """The nearest slug to a name, empty where nothing of it can stay."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold())[:60].strip("-")


def duration(
    *, least: timedelta = timedelta(seconds=1), most: timedelta
) -> Callable[[object], timedelta]:
    """A reader for a time span such as "15m" or "1h30m", between two bounds."""

    def read(value: object) -> timedelta:
        span = parse_duration(value)
        if not least <= span <= most:
            low, high = format_duration(least), format_duration(most)
            raise Wrong(f'must lie between "{low}" and "{high}"')
        return span

    return read


def _no_span(text: str) -> str:
    """What is wrong with a text that should be a time span, and what was meant."""
    if text.isascii() and text.isdigit():
        return f"has no unit; {_WRITE_DURATION}"
    spelt = _SPELT_UNIT.fullmatch(text)
    if spelt:
        return f'is no time span; write "{spelt[1]}{spelt[2][0].lower()}"'
    counted = re.fullmatch(r"\d+\s*([^\W\d_]+)", text)
    if counted:
        return f"has a unit that is not known, {counted[1][:20]}; {_WRITE_DURATION}"
    return f"is no time span; {_WRITE_DURATION}"


def parse_duration(value: object) -> timedelta:
    """A time span from text with units (s, m, h, d, w). Raises Wrong."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Wrong(f"has no unit; {_WRITE_DURATION}")
    if not isinstance(value, str):
        raise Wrong(f"is {kind_of(value)}; {_WRITE_DURATION}")
    if not _DURATION.fullmatch(value.strip()):
        raise Wrong(_no_span(value.strip()))
    seconds = sum(int(n) * _UNITS[unit] for n, unit in _PART.findall(value))
    if not seconds:
        raise Wrong(f"is zero; {_WRITE_DURATION}")
    try:
        return timedelta(seconds=seconds)
    except OverflowError as error:
        raise Wrong(f"is too long; {_WRITE_DURATION}") from error


def format_duration(span: timedelta) -> str:
    """A time span in its largest whole unit: "7d", "36h", "90s"."""
    seconds = int(span.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def starts(value: object) -> datetime:
    """The moment from which on something holds; a date alone means its first moment."""
    return _moment(value, day_add=0)


def ends(value: object) -> datetime:
    """The moment up to which something holds; a date alone includes that whole day."""
    return _moment(value, day_add=1)


def _moment(value: object, *, day_add: int) -> datetime:
    try:
        found = _parse_moment(value)
        if not isinstance(found, datetime):
            found = datetime.combine(found, time()) + timedelta(days=day_add)
        if found.utcoffset() is None:
            found = found.replace(tzinfo=UTC)
        moment = found.astimezone(UTC).replace(microsecond=0)
    except Wrong:
        raise
    except (ValueError, OverflowError) as error:
        raise Wrong(f"is no date; {_WRITE_MOMENT}") from error
    if not 1990 <= moment.year <= 2100:
        raise Wrong("must lie between the years 1990 and 2100")
    return moment


def _parse_moment(value: object) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise Wrong(f"is {kind_of(value)}; {_WRITE_MOMENT}")
    written = value.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
        return date.fromisoformat(written)
    return datetime.fromisoformat(written)


def hashtag(value: object) -> str:
    """A hashtag as staff wrote it, without "#"; refuses what platforms would cut."""
    written = text(value)
    bare = written.lstrip("#＃").strip()
    if not normal_tag(bare):
        raise Wrong("is an empty hashtag; write a word after the #")
    if re.search(r"\s", bare):
        joined = "".join(bare.split())
        raise Wrong(f'has a space; a hashtag is one word: "{joined}", or use phrases')
    odd = next((char for char in bare if not _in_tag(char)), None)
    if odd is not None:
        raise Wrong(
            f"has {odd!r}, where platforms end a hashtag; use letters and digits"
        )
    if not any(unicodedata.category(char).startswith("L") for char in bare):
        raise Wrong("has no letter; platforms take no hashtag of digits alone")
    return bare


def _in_tag(char: str) -> bool:
    """Letters, marks, digits, "_", and the joiners that platforms allow."""
    category = unicodedata.category(char)
    return category[0] in "LMN" or category == "Pc" or char in "·・\u200c\u200d"


def phrase(value: object) -> str:
    """Words that must stand in a text together."""
    written = text(value)
    if written.startswith(("#", "＃")):
        raise Wrong("is a hashtag; it belongs in hashtags")
    if sum(char.isalnum() for char in written) < 2:
        raise Wrong("is too short; it would match nearly everything")
    return " ".join(written.split())


def excluded(value: object) -> str:
    """A word, phrase or #hashtag whose posts are left out."""
    written = text(value)
    if written.startswith(("#", "＃")):
        return "#" + hashtag(written)
    return phrase(written)


def account(value: object) -> str:
    """An account: "@name@server", "name.bsky.social" or its uri, without a leading @."""
    bare = text(value).lstrip("@")
    if not bare or re.search(r"\s", bare):
        raise Wrong('write one account, such as "@name@mastodon.social"')
    return bare


def domain(value: object) -> str:
    """A domain that posts link to, lower-case."""
    bare = text(value).casefold()
    if not _DOMAIN.fullmatch(bare):
        raise Wrong('write a domain alone, such as "labourlist.org"')
    return bare


def contact(value: object) -> str:
    """Whom a server's staff may write to; goes into a request header."""
    line = text(value)
    if not line.isascii():
        raise Wrong("must be plain ASCII; write an e-mail address or a web page")
    return line


ENGINES = ("linear", "social", "textblob", "encoder")


def sentiment(value: object) -> str:
    """The name of a sentiment engine."""
    name = text(value)
    if name not in ENGINES:
        known = ", ".join(f'"{engine}"' for engine in ENGINES)
        raise Wrong(f"no engine is called so; there are {known}")
    return name


def refine(value: object) -> Refine:
    """What looks again at posts in the background."""
    if value == "encoder":
        return "encoder"
    if value == "off":
        return "off"
    raise Wrong('write "encoder" or "off"')


def share(value: object) -> float:
    """A part of one processor's time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"is {kind_of(value)}; write a number without quotes, such as 0.25")
    if not 0.01 <= value <= 1:
        raise Wrong("must lie between 0.01 and 1: a part of one processor's time")
    return float(value)


def database(value: object) -> Path:
    """A file for the database, "~" expanded, as written otherwise."""
    written = text(value)
    if written.startswith((":memory:", "file:")):
        raise Wrong('write the path of a file, such as "data/campaigns.db"')
    try:
        path = Path(written).expanduser()
    except RuntimeError as error:
        raise Wrong("begins with ~, and that home folder is not known") from error
    if written.endswith("/"):
        raise Wrong('is a folder; write a file, such as "data/campaigns.db"')
    return path


def base_url(value: object) -> str:
    """A source's address. Whether the platform likes it is for its collector to say.

    Its secrets are refused: the address is stored, shown on pages and logged.
    """
    address = text(value)
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Wrong("is no address; write it whole, with https://") from error
    if "@" in parts.netloc:
        raise Wrong("has a user name or password before the @; write it without them")
    if not parts.scheme or not host or re.search(r"\s", address):
        raise Wrong('is no whole address; write it like "https://mastodon.social"')
    secret = next((k for k, _ in parse_qsl(parts.query) if looks_secret(k)), None)
    if secret is not None:
        raise Wrong(
            "has a secret after the ?; addresses are shown on pages, use one without"
        )
    return address
