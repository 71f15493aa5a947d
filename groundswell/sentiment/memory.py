"""What was read before, by its text, within bounds."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")
_LONGEST = 40  # characters; longer ones are addresses and the like, hardly met again


class Memory(dict[str, T]):
    """Forgets all of it when it is full: what is frequent is soon there again."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, text: str, read: T) -> T:
        """Remember what a text was read as; gives it back."""
        if len(text) <= _LONGEST:
            if len(self) >= self._most:
                self.clear()
            self[text] = read
        return read
