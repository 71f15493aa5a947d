"""What every command shares: the options before it, and how it may end.

Imports nothing heavy: `groundswell --help` and wrong usage must answer at once
(tests/test_cli.py pins it). Commands import what they need when they run.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from groundswell.cli import output as cli_output
from groundswell.config.problems import ConfigError

if TYPE_CHECKING:
    from collectors.base import Collector
    from groundswell.cli.network import Driver
    from groundswell.config.loading import Config, Monitor

DONE, FAILED, WRONG_USE, PARTLY = 0, 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class App:
    """What commands are given. find, driver and env are for tests to replace.

    driver: opens the network; takes the contact, the most pages of one walk, and the
    database, where requests that cost something are written down.
    """

    config_path: Path | None = None
    verbose: int = 0
    env: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    find: Callable[[str], Collector] | None = None
    driver: (
        Callable[[str | None, int, Path], AbstractAsyncContextManager[Driver]] | None
    ) = None

    def load(self) -> Config:
        """The configuration. Raises ConfigError."""
        from groundswell.config.loading import load

        return load(self.config_path, self.env, find=self.find)

    def platform(self, slug: str) -> Collector:
        """A platform's collector. Raises LookupError."""
        from groundswell.config.loading import find_platform

        return (self.find or find_platform)(slug)

    def open_driver(
        self, monitor: Monitor, *, pages: int
    ) -> AbstractAsyncContextManager[Driver]:
        """The network, for as long as the context lasts; so many pages a walk."""
        from groundswell.cli.network import open_driver

        return (self.driver or open_driver)(monitor.contact, pages, monitor.database)


class Whole(click.IntRange):
    """A whole number between two others, asked for in plain words."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401
        """The number; fails with a sentence that says from where to where."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            wanted = f"write a whole number from {self.min} to {self.max}, not {value}"
            self.fail(wanted, param, ctx)


class Program(click.Group):
    """A group whose commands end in clean lines and the four exit codes."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Runs the command; an error that it did not expect becomes one line."""
        cli_output.make_safe(sys.stdout, sys.stderr)
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            cli_output.say_problems(error)
            leave(WRONG_USE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:  # the reader of a pipe went away: click ends quietly
            raise
        except Exception as error:  # noqa: BLE001 - the last place before the user
            self._last_words(ctx, error)
            leave(FAILED)

    def _last_words(self, ctx: click.Context, error: Exception) -> None:
        verbose = ctx.params.get("verbose")
        if verbose:
            traceback.print_exception(error, file=sys.stderr)
        if isinstance(error, OSError) and isinstance(error.filename, str):
            cli_output.say(cli_output.file_trouble(error))
        else:
            kind = type(error).__name__
            said = cli_output.one_line(str(error), 300)
            cli_output.say(
                f"groundswell: {kind}: {said}" if said else f"groundswell: {kind}"
            )
        if not verbose:
            cli_output.say("groundswell -v … shows where it happened.")


def one_campaign(bare: str | None, named: str | None) -> str | None:
    """The campaign of a command that takes its slug bare or as --campaign; None: neither.
    Raises UsageError where the two differ."""
    if bare is not None and named is not None and bare != named:
        raise click.UsageError(f"name one campaign, not both {bare!r} and {named!r}")
    return named if bare is None else bare


def leave(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise click.exceptions.Exit(code)
