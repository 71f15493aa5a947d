"""groundswell init: an annotated configuration to start from."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundswell.cli.frame import FAILED, App, leave
from groundswell.cli.output import one_line, say

if TYPE_CHECKING:
    from groundswell.config.loading import Config

EXAMPLE = Path(__file__).parents[1] / "config" / "example.toml"
USUAL = Path("groundswell.toml")


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=USUAL)
@click.option(
    "--hashtag", "hashtags", multiple=True, help="Watch this; may be repeated."
)
@click.option("--title", help="The campaign's name on pages.")
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
@click.pass_obj
def init(
    app: App, path: Path, *, hashtags: tuple[str, ...], title: str | None, force: bool
) -> None:
    """Write an annotated groundswell.toml.

    Example: groundswell init --title "Rail strike" --hashtag RailStrike
    """
    from groundswell.config.loading import parse

    target = path / USUAL if path.is_dir() else path
    text = filled(EXAMPLE.read_text(encoding="utf-8"), hashtags, title)
    config = parse(text, {}, path=target, find=app.find)
    _write(target, text, force=force)
    _next_steps(target, config)


def filled(example: str, hashtags: tuple[str, ...], title: str | None) -> str:
    """The example with a campaign of one's own; as it is where nothing is given."""
    from groundswell.config.loading import slugify

    if not hashtags and title is None:
        return example
    bare = [tag.strip().lstrip("#＃") for tag in hashtags]
    name = title if title is not None else " ".join(f"#{tag}" for tag in bare)
    slug = slugify(bare[0] if title is None else title) or "campaign"
    written: dict[str, object] = {"slug": slug, "title": name}
    if bare:
        written["hashtags"] = bare
    return _replaced(example, written)


def _replaced(example: str, written: Mapping[str, object]) -> str:
    """The first line of each key, written anew; the comments stay."""
    for key, value in written.items():
        line = f"{key} = {_toml(value)}".replace("\\", "\\\\")
        example = re.sub(rf"(?m)^{key} = .*$", line, example, count=1)
    return example


def _toml(value: object) -> str:
    """JSON's strings and lists are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _write(target: Path, text: str, *, force: bool) -> None:
    try:
        with target.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        say(f"{_name(target)} is there already; --force overwrites it.")
        leave(FAILED)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        say(f"{_name(target)} cannot be written: {why}.")
        leave(FAILED)


def _name(target: Path) -> str:
    return one_line(str(target), 300)


def _next_steps(target: Path, config: Config) -> None:
    usual = target.name == USUAL.name and target.parent == Path()
    option = "" if usual else f" --config {shlex.quote(str(target))}"
    program = _program() + option
    first = config.sources[0].slug
    say(
        f"Wrote {_name(target)}. Next:\n"
        f"  look it over: contact, hashtags, sources\n"
        f"  {program} check --online\n"
        f"  {program} try {first}\n"
        f"  {program} run"
    )


def _program() -> str:
    """This program as the next command must name it: .venv/bin is rarely on the path."""
    called = Path(sys.argv[0])
    if called.name != "groundswell" or shutil.which("groundswell") == str(called):
        return "groundswell"
    return shlex.quote(str(called))
