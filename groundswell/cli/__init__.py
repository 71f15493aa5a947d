"""The command line: `program.py` has the commands together, the other files one each."""

from groundswell.cli.program import main

__all__ = ["main"]
