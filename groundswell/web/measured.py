"""What the diary's page measures, and against what, as its address says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from groundswell import effects_terms
from groundswell.effects_asked import Asked, asked
from groundswell.web.data import Row, ask, fetch

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request


class Chosen(NamedTuple):
    """asked: what is measured, against what. given: `term` and `against` as the address
    has them, '' for none; `against` is `term:VALUE` or `campaign:SLUG`. terms: what each
    term is called, by its value. others: the other campaigns, by slug. problems: what was
    wrong in the address."""

    asked: Asked
    given: Mapping[str, str]
    terms: Mapping[str, str]
    others: Mapping[str, str]
    problems: tuple[str, ...] = ()


async def chosen(
    request: Request, datasette: Datasette, slug: str, campaigns: Sequence[Row]
) -> Chosen:
    """The choice in the address. campaigns: rows of `overview`."""
    terms = (await fetch(datasette, ask("terms_of", campaign=slug))).rows
    args = {name: request.args.get(name) or "" for name in ("term", "against")}
    titles = {row["campaign"]: row["title"] for row in campaigns}
    return read(args, slug, terms, titles)


def read(
    args: Mapping[str, str],
    slug: str,
    terms: Sequence[Row],
    titles: Mapping[str, str],
) -> Chosen:
    """What an address asks for; what is wrong in it falls back to all posts, or to no
    control. terms: rows of `terms_of`. titles: what every campaign is called."""
    problems: list[str] = []
    own = _term("term", args.get("term", ""), slug, terms, problems)
    kind, _, name = args.get("against", "").partition(":")
    others = {key: title for key, title in titles.items() if key != slug}
    told: dict[str, str] = {}
    if kind == "term":
        told["control_term"] = _term("against", name, slug, terms, problems)
    elif kind == "campaign" and name in others:
        told["control"] = name
    elif kind:
        problems.append(
            f"against: there is no other campaign called “{name[:40]}”. "
            "Measuring against nothing."
        )
    found = asked(slug, {slug: terms}, term=own, **told)
    against = next((f"{kind}:{value}" for value in told.values() if value), "")
    return Chosen(
        asked=replace(found, titles=titles),
        given={"term": own, "against": against},
        terms={row["value"]: effects_terms.shown(row) for row in terms},
        others=others,
        problems=tuple(problems),
    )


def _term(
    name: str, written: str, slug: str, terms: Sequence[Row], problems: list[str]
) -> str:
    """The term's value; '' where there is none such."""
    found = effects_terms.find(terms, written) if written else None
    if written and found is None:
        problems.append(f"{name}: {effects_terms.unknown(slug, terms, written)}.")
    return str(found["value"]) if found else ""
