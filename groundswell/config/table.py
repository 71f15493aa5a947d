"""One TOML table at a time: its values as the program uses them, its mistakes noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from groundswell.config import values
from groundswell.config.keys import KEYS, show_key, unknown
from groundswell.config.problems import Problem

T = TypeVar("T")


class Table:
    """One TOML table: hands out its values and notes what is wrong with them."""

    def __init__(
        self, content: Mapping[str, object], path: str, problems: list[Problem]
    ) -> None:
        self.content, self.path, self.problems = content, path, problems

    def wrong(self, key: str, message: str) -> None:
        """Note a mistake at one key, or at the table itself where key is empty."""
        at = f"{self.path}.{show_key(key)}" if self.path and key else self.path
        self.problems.append(Problem(at or show_key(key), message))

    def get(self, key: str, read: Callable[[object], T], default: T) -> T:
        """The value at a key, or the default where it is missing or wrong."""
        if key not in self.content:
            return default
        try:
            return read(self.content[key])
        except values.Wrong as error:
            self.wrong(key, str(error))
            return default

    def need(self, key: str, read: Callable[[object], str], write: str) -> str:
        """The text at a key that may not be missing; "" where it is missing or wrong."""
        if key not in self.content:
            self.wrong(key, f"missing; write {write}")
        return self.get(key, read, "")

    def words(
        self, key: str, read: Callable[[object], str], same: Callable[[str], object]
    ) -> tuple[str, ...]:
        """A list of texts without doubles; each mistake is noted at its own index."""
        found = self.content.get(key, [])
        if not isinstance(found, list):
            hint = f"; write a list: {key} = […]"
            self.wrong(key, f"is {values.kind_of(found)}{hint}")
            return ()
        kept: dict[object, str] = {}
        for index, value in enumerate(found):
            self._keep(kept, f"{key}[{index}]", (value, read, same))
        return tuple(kept.values())

    def _keep(
        self,
        kept: dict[object, str],
        at: str,
        item: tuple[object, Callable[[object], str], Callable[[str], object]],
    ) -> None:
        value, read, same = item
        path = f"{self.path}.{at}"
        try:
            word = read(value)
        except values.Wrong as error:
            self.problems.append(Problem(path, str(error)))
            return
        key = same(word)
        if key in kept:
            message = f"{kept[key]!r} and {word!r} are the same; keep one"
            self.problems.append(Problem(path, message))
        kept.setdefault(key, word)

    def refuse_unknown(self, section: str) -> None:
        """Note each key that has no meaning here."""
        for key in self.content:
            if key not in KEYS[section]:
                self.wrong(key, unknown(section, key, KEYS[section]))


def named(table: Table, key: str) -> tuple[str, ...] | None:
    """Slugs; None where the key is left out, which means all."""
    if key not in table.content:
        return None
    if table.content[key] == []:
        table.wrong(key, "names none; leave it out to watch all")
    return table.words(key, values.text, str)


def repeats(names: Sequence[str]) -> list[tuple[int, int]]:
    """Index of each name that stood before, with the index where; "" never counts."""
    return [
        (index, names.index(name))
        for index, name in enumerate(names)
        if name and names.index(name) != index
    ]
