"""/-/download/SLUG: which posts, as which file, how large about, and how to check it.

It takes the addresses of the pages that show posts, whatever filters these have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from datasette.utils.asgi import NotFound
from markupsafe import Markup

from groundswell.exports.forms import FORMS, command
from groundswell.exports.selecting import MOST_POSTS, Wish, WrongWish, picked, too_many
from groundswell.exports.selecting import words as sought
from groundswell.web import campaigns, frame, ranges, reading, times, words
from groundswell.web.asked import is_number
from groundswell.web.data import Row, ask, gather
from groundswell.web.exports import MOST

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of download. post_bytes: what a post comes to, measured on 10,410 of the
    demo's (docs/exports.md); None where the size does not follow the number."""

    form: str
    name: str
    use: str
    post_bytes: int | None


PACK = Kind("evidence", "Evidence pack", "for lawyers, reporters, archives", 680)
TABLES = (
    Kind("xlsx", "XLSX", "a workbook for Excel or LibreOffice", 260),
    Kind("csv", "CSV", "a table for any program", 580),
    Kind("ndjson", "NDJSON", "for other programs, and for “groundswell import”", 740),
    Kind("gexf", "Hashtag network", "which hashtags stand together, for Gephi", None),
)


async def page(request: Request, datasette: Datasette) -> Response:
    """The page. It writes nothing: each link on it is /-/export/SLUG."""
    await frame.allow(request, datasette)
    named, view, context = await campaigns.viewed(request, datasette, exact=True)
    post = picked(request.args.getlist("post"))
    if request.args.get("chosen") and not post:
        return await _none(request, datasette, named.slug)
    if post:
        wish = await _picked(datasette, named.slug, post, context)
    else:
        args = {name: request.args.get(name) or "" for name in request.args}
        wish = await _many(datasette, named.slug, args, view, context)
    results = context.get("results")
    rows = results["posts"].rows if results else ()
    context |= {
        "counted": rows[0] if rows else None,
        "filter": list(_filter(wish, named.zone)),
        "post": wish.post,
        "pack": _offer(PACK, wish, rows),
        "tables": [_offer(kind, wish, rows) for kind in TABLES],
        "address": _address(datasette, wish),
        "downloading": True,
    }
    return await frame.page(request, datasette, "gs_download.html", context)


async def _many(
    datasette: Datasette,
    slug: str,
    args: Mapping[str, str],
    view: ranges.View,
    context: dict[str, Any],
) -> Wish:
    """The posts that a list shows; what is told of them goes into the context."""
    terms = await gather(datasette, terms=ask("terms_of", campaign=slug))
    known = [row["value"] for row in terms["terms"].rows]
    chosen, problems = reading.filters(args, known)
    counted = ask("posts_asked", campaign=slug, **view.params, **chosen)
    context |= {
        "chosen": dict(chosen),
        "problems": [*view.problems, *problems, *_unsearchable(chosen)],
        "back": view.query(**chosen),
        "results": await gather(datasette, posts=counted),
    }
    text = chosen.pop("q")
    given: dict[str, Any] = {**view.params, **chosen}
    return Wish(campaign=slug, **given, text=text)


async def _picked(
    datasette: Datasette, slug: str, post: Sequence[str], context: dict[str, Any]
) -> Wish:
    """The posts that somebody picked; what is told of them goes into the context. Raises
    NotFound where none of them is a live post of the campaign."""
    taken = post[:MOST_POSTS]
    ids = json.dumps([int(one) for one in taken if is_number(one)])
    found = await gather(datasette, picked=ask("chosen_posts", campaign=slug, ids=ids))
    rows = found["picked"].rows
    if not rows:
        gone = "There is no such post" if len(post) == 1 else "There are no such posts"
        raise NotFound(f"{gone}; it may have been taken back.")
    context["picked"] = [{**row, "words": _words(row)} for row in rows]
    context["picked_of"] = found["picked"]
    context["problems"] = list(_left_out(post, taken, rows))
    return Wish(campaign=slug, post=tuple(str(row["id"]) for row in rows))


def _left_out(
    post: Sequence[str], taken: Sequence[str], rows: Sequence[Row]
) -> Iterator[str]:
    """What is not in the pack though it was picked, a sentence each."""
    if sentence := too_many(post):
        yield f"post: {sentence}. These are the first {MOST_POSTS}."
    known = {row["id"] for row in rows}
    gone = [one for one in taken if not (is_number(one) and int(one) in known)]
    if gone:
        told = words.listed([f"“{one[:20]}”" for one in gone[:5]])
        more = f" and {len(gone) - 5} others" if len(gone) > 5 else ""
        yield (
            f"post: {told}{more}: not in the pack. There is no such post in this campaign; "
            "it may have been taken back."
        )


def _words(row: Row) -> str:
    """What a post is told by: its warning, its title or its first words."""
    if row["content_warning"]:
        return f"Content warning: {row['content_warning']}"
    return " ".join((row["title"] or row["text"] or "").split())


async def _none(request: Request, datasette: Datasette, slug: str) -> Response:
    sentence = "No post is chosen. Go back, and tick those that you want in the pack."
    back = datasette.urls.path(f"/-/posts/{quote(slug, safe='')}")
    context = {"sentence": sentence, "back": back}
    return await frame.page(request, datasette, "gs_refused.html", context, status=400)


def _unsearchable(chosen: Mapping[str, str]) -> list[str]:
    try:
        sought(chosen["q"])
    except WrongWish as error:
        return [f"words: {error}."]
    return []


def _filter(wish: Wish, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """The filter in words, what it is about and what is asked of it."""
    if wish.post:
        one = len(wish.post) == 1
        own, answer, it = (
            ("its", "answers", "it") if one else ("their", "answer", "them")
        )
        it_or_they = "it" if one else "they"
        about = (
            f"with {own} earlier versions, what {it_or_they} {answer} and the answers to "
            f"{it}, as far as they were collected for this campaign"
        )
        yield words.plural(len(wish.post), "chosen post"), about
        return
    ends = [times.when_named(at, zone) for at in (wish.from_at, wish.to_at)]
    yield "Published", Markup("{} to {}").format(*ends)
    said = {"lang": words.language(wish.lang)}
    if wish.sentiment == "unscored":
        said["sentiment"] = "not scored"
    told = {
        "platform": "Platform",
        "lang": "Language",
        "sentiment": "Sentiment",
        "term": "Term",
        "kind": "Kind",
        "text": "Words",
        "link": "Link",
    }
    for name, value in asdict(wish).items():
        if name in told and value:
            yield told[name], said.get(name, value)


def _offer(kind: Kind, wish: Wish, rows: tuple[Row, ...]) -> dict[str, Any]:
    """A kind with what it takes of these posts. size: in words; None: unknown."""
    posts = rows[0]["posts"] if rows else None
    most = MOST[kind.form]
    each = kind.post_bytes
    return {
        "kind": kind,
        "most": most,
        # An upper bound says nothing against it: the server counts before it writes.
        "fits": posts is None or posts <= most or bool(rows[0]["at_most"]),
        "size": words.size(posts * each) if posts and each else None,
        "command": command(wish, FORMS[kind.form]),
    }


def _address(datasette: Datasette, wish: Wish) -> str:
    """The file's, without a form."""
    given = {name: value for name, value in asdict(wish).items() if value}
    slug = quote(given.pop("campaign"), safe="")
    path: str = datasette.urls.path(f"/-/export/{slug}")
    return f"{path}?{urlencode(given, doseq=True)}"
