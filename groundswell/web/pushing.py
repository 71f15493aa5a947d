"""Who pushes it: what is said of repeated messages, and of days or hours.

Properties of a text or a time, in words that judge nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from db.times import from_text
from groundswell.web import campaigns, frame, pages, tallies, times, words
from groundswell.web.data import Result, Row, ask, gather
from groundswell.web.ranges import View
from groundswell.web.zones import UTC

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

TOP = 5
_LONGEST_H = 48  # concentration gives hours for no longer time
_ENOUGH = 20  # posts of a bucket that may stand as the highest


async def show(request: Request, datasette: Datasette) -> Response:
    """The route: repeated messages and concentration over the time in the address."""
    await frame.allow(request, datasette)
    named, view, context = await campaigns.viewed(request, datasette)
    asked, by = {"campaign": named.slug, **view.params}, bucket(view)
    span = view.daily if by == "day" else view.params
    results = await gather(
        datasette,
        messages=ask("top_messages", top=TOP, **asked),
        concentration=ask("concentration", campaign=named.slug, bucket=by, **span),
        volume=ask("volume", campaign=named.slug, bucket=view.bucket, **view.counted),
        pairs=ask("hashtag_pairs", top=tallies.TAGS, **asked),
    )
    context |= {
        "results": results,
        "pushing": panel(results["messages"], results["concentration"], by, view.zone)
        | {"letters": "UTC" if by == "day" else view.letters},
        "volume": pages.volume_panel(results["volume"], view),
        "pairs": tallies.matrix(results["pairs"].rows),
    }
    return await frame.page(request, datasette, "gs_pushing_page.html", context)


def bucket(view: View) -> Literal["hour", "day"]:
    """What the panel counts by."""
    return "hour" if view.hours <= _LONGEST_H else "day"


def panel(
    messages: Result, concentration: Result, by: str, zone: ZoneInfo = UTC
) -> dict[str, Any]:
    """What the template shows. by: hour or day, the buckets of `concentration`."""
    return {
        "by": by,
        "messages": [message(row, zone) for row in messages.rows],
        "sentences": sentences(concentration.rows, by, zone),
        "lines": [line(row) for row in concentration.rows],
        "estimated": any(row["voices_error"] for row in concentration.rows),
    }


def message(row: Row, zone: ZoneInfo = UTC) -> dict[str, Any]:
    """A row of `top_messages`, with `said`: its properties as sentences."""
    told = [_said(row, zone), _anew(row), _by_three(row), _together(row)]
    return {**row, "said": [sentence for sentence in told if sentence]}


def _said(row: Row, zone: ZoneInfo) -> Markup:
    voices = words.plural(row["voices"], "voice")
    often = f"Said {words.number(row['posts'])} times"
    by = f"by {voices}" if row["voices"] else "by nobody who is named"
    examined = f"the newest {words.number(row['examined'])} "
    some = f", {examined}" if row["examined"] < row["posts"] else " "
    where = f"on {words.plural(row['platforms'], 'platform')}"
    when = times.between(row["first_at"], row["last_at"], zone)
    most = words.plural(row["busiest_five"], "post")
    return Markup("{}, {}; at most {} within five minutes.").format(
        f"{often}{some}{by} {where}", when, most
    )


def _anew(row: Row) -> str:
    share, posts = row["copy_share"], row["examined"]
    if share == 1:
        return "All typed or pasted anew, no repost."
    if share == 0:
        return "All of them reposts."
    if round(share * posts) == 1:
        return "One was typed, the rest are reposts."
    return f"{words.percent(share, 1)} typed or pasted anew, the rest reposts."


def _by_three(row: Row) -> str:
    share = row["top_three_share"]
    if share is None or row["voices"] <= 3:
        return ""
    return f"The three voices that said it most wrote {words.percent(share, 1)}."


def _together(row: Row) -> str:
    if row["synchrony"] is None:
        return (
            "Too few were typed in the same hour to say how close together they came."
        )
    return (
        f"Of {words.plural(row['pairs'], 'pair')} that different voices typed in the same "
        f"hour, {words.percent(row['synchrony'], 1)} lie within a minute of each other; "
        f"chance would give {words.percent(row['synchrony_by_chance'], 1)}."
    )


def sentences(rows: Sequence[Row], by: str, zone: ZoneInfo = UTC) -> list[str]:
    """What the rows of `concentration` come to; none where no post was counted."""
    known = [row for row in rows if row["top_three_share"] is not None]
    if not known:
        return []
    about = "about " if any(row["repeated_error"] for row in known) else ""
    three, again = _mean(known, "top_three_share"), _mean(known, "repeated_share")
    first = f"Of all posts, {three} were by the three busiest voices of their {by}"
    told = [f"{first}, and {about}{again} say what an earlier post of that {by} says."]
    large = [row for row in known if row["posts"] >= _ENOUGH]
    if len(large) > 1:
        told.append(_highest(large, by, zone))
    unread = sum(bool(row["posts"]) and row["voices"] is None for row in rows)
    if unread:
        told.append(
            f"{words.plural(unread, by).capitalize()} had too many posts to read them all, "
            "and are left out."
        )
    return told


def _mean(rows: Sequence[Row], name: str) -> str:
    """Over posts, not over buckets: a quiet day counts for as little as it has."""
    return words.percent(
        sum(row[name] * row["posts"] for row in rows), sum(row["posts"] for row in rows)
    )


def _highest(rows: Sequence[Row], by: str, zone: ZoneInfo) -> Markup:
    few = max(rows, key=lambda row: row["top_three_share"])
    again = max(rows, key=lambda row: row["repeated_share"])
    return Markup(
        "Highest among {}s with {} posts or more: {} by three ({}), {} repeated ({})."
    ).format(
        by,
        _ENOUGH,
        words.percent(few["top_three_share"], 1),
        _when(few, by, zone),
        words.percent(again["repeated_share"], 1),
        _when(again, by, zone),
    )


def _when(row: Row, by: str, zone: ZoneInfo) -> str:
    if by == "day":
        return words.day(from_text(row["bucket"]))
    return times.when(row["bucket"], zone)


def line(row: Row) -> dict[str, Any]:
    """A line of the table: texts for its cells; None for those of a bucket not seen."""
    texts: Mapping[str, str] | None = None
    if row["posts"] is not None:
        texts = {
            "posts": words.number(row["posts"]),
            "voices": "not read" if row["voices"] is None else _about(row),
            "three": _share(row["top_three_share"]),
            "repeated": _share(row["repeated_share"], row["repeated_error"]),
        }
    return {"bucket": row["bucket"], "texts": texts, "seen": _share(row["covered"])}


def _about(row: Row) -> str:
    return words.about(row["voices"], row["voices_error"])


def _share(share: float | None, error: float | None = None) -> str:
    if share is None:
        return "–"
    likely = f" ± {max(0.1, round(100 * error, 1)):g}" if error else ""
    return f"{words.percent(share, 1)}{likely}"
