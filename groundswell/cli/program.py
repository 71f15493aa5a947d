"""The program `groundswell`: its commands, and the options before them."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import click

from groundswell import __version__
from groundswell.cli.check import check
from groundswell.cli.collect import collect
from groundswell.cli.demo import demo
from groundswell.cli.effect import diary, effect
from groundswell.cli.evaluate import evaluate
from groundswell.cli.export import export
from groundswell.cli.frame import App, Program
from groundswell.cli.import_files import import_files
from groundswell.cli.init import init
from groundswell.cli.platforms import platforms
from groundswell.cli.report import report
from groundswell.cli.serve import password, run, serve
from groundswell.cli.store import backup, forget, rescore, status
from groundswell.cli.token import token
from groundswell.cli.try_source import try_source
from groundswell.cli.verify import verify
from groundswell.cli.voices import voices


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="groundswell")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The configuration; else GROUNDSWELL_CONFIG, else ./groundswell.toml, else a "
    "built-in one.",
)
@click.option(
    "-v", "--verbose", count=True, help="Say more; show where an error arose."
)
@click.pass_context
def main(ctx: click.Context, config_path: Path | None, verbose: int) -> None:
    """Groundswell collects the public posts of a campaign, scores and publishes them.

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 partly done.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(message)s",
    )
    ctx.obj = replace(ctx.obj or App(), config_path=config_path, verbose=verbose)


for command in (
    init, check, platforms, try_source, collect, serve, run, demo, import_files, export,
    report, verify, status, rescore, evaluate, backup, forget, voices, diary, effect,
    password, token,
):  # fmt: skip
    main.add_command(command)
