"""Parameters of a page's address that the page does not have. Pure.

A published query refuses them (asked.py). A page is shown all the same, for links gather
parameters on their way; but what was meant as a filter must not pass in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from groundswell.web import words

_TIME = frozenset({"range", "from", "to", "platform"})
_FILTERS = ("lang", "sentiment", "term", "q")
_TOLD = frozenset({"problem", "told"})
_SIDES = frozenset(
    f"{side}_{name}"
    for side in "ab"
    for name in ("campaign", "from", "to", "platform", "term")
)
# By template: what its view reads, beside what every view of a time has.
_OWN: Mapping[str, frozenset[str]] = {
    "gs_index.html": frozenset(),
    "gs_sources.html": frozenset(),
    "gs_api.html": frozenset(),
    "gs_campaign.html": _TIME,
    "gs_pushing_page.html": _TIME,
    "gs_posts.html": _TIME | {"below"},
    "gs_download.html": _TIME | {"post", "chosen"},
    "gs_compare.html": _SIDES,
    "gs_diary.html": _TIME | _TOLD | {"term", "against"},
    "gs_inbox.html": _TOLD | {"status", "order", "mine", "wrote"},
    "gs_label.html": frozenset({"problem", "last", "post"}),
}
_MOST = 5


def sentences(
    template: str, args: Collection[str], context: Mapping[str, Any]
) -> Iterator[str]:
    """What a page says of the parameters that it does not have, each with the nearest
    that it has. context: the template's; its filters are the page's too. Nothing for a
    template that is none of these pages."""
    if template not in _OWN:
        return
    known = _known(template, context)
    # What belongs to another page came along with a link.
    elsewhere = frozenset().union(*_OWN.values(), _FILTERS, {"kind", "link"})
    unknown = [
        name
        for name in args
        if name not in known and name not in elsewhere and not name.startswith("_")
    ]
    for name in unknown[:_MOST]:
        yield f"{name[:40]}: {_instead(name, sorted(known))}"


def _known(template: str, context: Mapping[str, Any]) -> frozenset[str]:
    own = _OWN[template] | set(context.get("chosen") or ())
    return own | set(_FILTERS) if context.get("narrows") else own


def _instead(name: str, known: list[str]) -> str:
    shown = [one for one in known if one not in _TOLD]
    if not shown:
        return "this page has no filters. It is shown without it."
    near = get_close_matches(name[:40].casefold(), shown, 1, 0.6)
    meant = f"Did you mean {near[0]}?" if near else f"It has {words.listed(shown)}."
    return f"this page has no such filter. {meant} It is shown without it."
