"""groundswell platforms: every platform, what it needs, and whether it is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from groundswell.cli.frame import App
from groundswell.cli.output import show, show_json, table, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groundswell.config.loading import Config


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_obj
def platforms(app: App, *, as_json: bool) -> None:
    """List the platforms: what each gives and needs, and whether it is ready.

    Example: groundswell platforms
    """
    found = described(app, app.load())
    if as_json:
        show_json(found)
        return
    head = ["platform", "access", "ready", "sources", "what it gives"]
    rows = [
        (
            one["platform"],
            one["access"],
            "yes" if one["missing"] is None else "no",
            str(len(one["sources"])),
            one["gives"],
        )
        for one in found
    ]
    for line in table(head, rows):
        show(line)
    _show_missing(found)


def _show_missing(found: Sequence[dict[str, Any]]) -> None:
    waiting = [one for one in found if one["missing"]]
    if waiting:
        show("\nNot ready")
    for one in waiting:
        show(wrapped(f"{one['platform']}: {one['missing']}", "  "))


def described(app: App, config: Config) -> list[dict[str, Any]]:
    """Each platform as `platforms --json` prints it.

    missing: what must be set first, as a sentence; None where nothing is. sources: the
    configured ones.
    """
    import collectors

    return [_platform(app, config, slug) for slug in collectors.available()]


def _platform(app: App, config: Config, slug: str) -> dict[str, Any]:
    import collectors
    from groundswell.config.loading import Source, missing_keys, secrets_for

    collector = collectors.load(slug)
    card, usual = collector.card, collector.duties
    mine = [one for one in config.sources if one.platform == slug]
    asked = mine or [Source(slug=slug, platform=slug, base_url=card.base_url or "")]
    missing = [
        missing_keys(collector, one.slug, secrets_for(collector, one, app.env))
        for one in asked
    ]
    return {
        "platform": slug,
        "name": card.name,
        "access": card.access,
        "gives": card.gives,
        "needs": card.needs,
        "missing": next((one for one in missing if one), None),
        "secrets": [spec.variable("SLUG") for spec in collector.secrets],
        "keep_days": usual.keep.days if usual.keep else None,
        "publish": usual.publish,
        "docs": collector.docs,
        "sources": [one.slug for one in mine],
    }
