"""`voices`: which accounts are one person's, and staff's word on it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli import output as cli_output
from groundswell.cli.frame import FAILED, App, leave
from groundswell.cli.store import open_store

if TYPE_CHECKING:
    from sqlite_utils import Database

# How each kind of evidence reads (db/same_person.py); the address or name follows.
_WHY = {
    "staff": "joined by",
    "page": "have one profile:",
    "bridge": "a bridge's mirror:",
    "profile": "one proved that it owns the other's profile:",
    "link": "both proved that they own",
}


@click.command()
@click.option(
    "--part", "parting", nargs=2, metavar="A B", help="Keep two apart for ever."
)
@click.option(
    "--join", "joining", nargs=2, metavar="A B", help="Make one voice of two."
)
@click.option("--by", help="Who decides it.  [default: your name on this machine]")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def voices(
    app: App,
    *,
    parting: tuple[str, str] | None,
    joining: tuple[str, str] | None,
    by: str | None,
    as_json: bool,
) -> None:
    """List whose accounts are one voice, and why; part or join two of them.

    Accounts are named by handle, uri or the address of their profile.

    Example: groundswell voices --part @ana@social.example ana.example
    """
    from db import voices as store

    if parting and joining:
        raise click.UsageError("--part and --join are one decision each")
    database = open_store(app, read_only=not (parting or joining))
    try:
        if parting:
            _decide(database, store.part, parting, by or getpass.getuser())
        if joining:
            _decide(database, store.join, joining, by or getpass.getuser())
        _show(database, as_json=as_json)
    finally:
        database.close()


def _decide(
    database: Database, decide: Callable[..., None], names: tuple[str, str], by: str
) -> None:
    from db.connection import StoreError
    from groundswell.clock import utcnow

    one, other = (_account(database, name) for name in names)
    try:
        decide(database, one, other, by=by, now=utcnow())
    except StoreError as error:
        cli_output.say(str(error))
        leave(FAILED)


def _account(database: Database, name: str) -> int:
    """The one account of this name; ends the command where there is none, or several."""
    from db import voices as store

    found = store.find(database, name)
    if len(found) != 1:
        _say_which(database, name, found)
        leave(FAILED)
    return found[0]


def _say_which(database: Database, name: str, found: list[int]) -> None:
    from db import voices as store

    told = cli_output.one_line(name, 300)
    if not found:
        cli_output.say(f"no account here is called {told}; nothing was changed")
    else:
        cli_output.say(f"several accounts are called {told}; name one by its uri:")
        for account in store.named(database, found).values():
            cli_output.say(cli_output.one_line(f"  {account['uri']}", 300))


def _show(database: Database, *, as_json: bool) -> None:
    found = _told(database)
    if as_json:
        cli_output.show_json(found)
        return
    for voice in found["voices"]:
        cli_output.show(_line(*map(_name, voice["accounts"]), between=" = "))
        for why in voice["why"]:
            accounts = f"{_name(why['one'])}, {_name(why['other'])}"
            told = _line(accounts, _WHY[why["why"]], why["proof"])
            cli_output.show(f"  {told}")
    for pair in found["parted"]:
        names = (_name(pair["one"]), "is not", _name(pair["other"]))
        cli_output.show(_line(*names, f"({pair['by']}, {pair['at']})"))
    if not found["voices"] and not found["parted"]:
        cli_output.say("every account here is a voice of its own")


def _line(*words: str, between: str = " ") -> str:
    return cli_output.one_line(between.join(words), 300)


def _name(account: dict[str, str | None]) -> str:
    return f"{account['handle'] or account['uri']} ({account['platform']})"


def _told(database: Database) -> dict[str, Any]:
    """Every voice of several accounts with what ties them, and whom staff keeps apart."""
    from db import voices as store

    groups, parted = store.voices(database), store.parted(database)
    ids = {i for voice in groups for i in voice.accounts}
    ids |= {i for one, other, _, _ in parted for i in (one, other)}
    name = store.named(database, sorted(ids))
    return {
        "voices": [
            {
                "accounts": [name[i] for i in voice.accounts],
                "why": [
                    {"one": name[tie.one], "other": name[tie.other], "why": tie.why,
                     "proof": tie.proof}
                    for tie in voice.ties
                ],
            }
            for voice in groups
        ],
        "parted": [
            {"one": name[one], "other": name[other], "by": by, "at": at}
            for one, other, by, at in parted
        ],
    }  # fmt: skip
