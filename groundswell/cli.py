"""The program `groundswell`: its commands, and the options before them."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import click

from groundswell import __version__
from groundswell.cli_check import check
from groundswell.cli_collect import collect
from groundswell.cli_demo import demo
from groundswell.cli_effect import diary, effect
from groundswell.cli_evaluate import evaluate
from groundswell.cli_export import export
from groundswell.cli_frame import App, Program
from groundswell.cli_import import import_files
from groundswell.cli_init import init
from groundswell.cli_platforms import platforms
from groundswell.cli_report import report
from groundswell.cli_serve import password, run, serve
from groundswell.cli_store import backup, forget, rescore, status
from groundswell.cli_token import token
from groundswell.cli_try import try_source
from groundswell.cli_verify import verify
from groundswell.cli_voices import voices


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
