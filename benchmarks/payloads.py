"""Real input: what the collectors make of every recording of their platforms.

    ./run bench payloads             one line a file, then the totals of each platform

The recordings are read where they lie (tests/payloads.py); no text and no name of them is
printed. 1 where an item or a file is dropped without a word.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests import payloads
from tests.payloads import Reading


@dataclass(slots=True)
class Total:
    """All files of a platform together. silent: files of which nothing was said."""

    files: int = 0
    items: int = 0
    posts: int = 0
    bridged: int = 0
    opted_out: int = 0
    left: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    empty: int = 0
    silent: list[Path] = field(default_factory=list)

    def add(self, path: Path, found: Reading) -> None:
        """Count one file. empty: one without items, which `other` names."""
        self.files += 1
        for name in ("items", "posts", "bridged", "opted_out"):
            setattr(self, name, getattr(self, name) + getattr(found, name))
        self.left += abs(found.left)
        for name in ("rejected", "skipped", "other"):
            getattr(self, name).update(getattr(found, name))
        self.empty += not found.items
        if found.is_silent:
            self.silent.append(path)

    @property
    def ok(self) -> bool:
        """Whether every file and every item was read or named."""
        return not (self.left or self.silent)


def main() -> int:
    """Print what became of every file; 1 where something was dropped silently."""
    if not payloads.PAYLOADS.is_dir():
        print(payloads.MISSING)
        return 0
    totals = {platform: _platform(platform) for platform in payloads.FOLDERS}
    for platform, total in totals.items():
        _show(platform, total)
    return 0 if all(total.ok for total in totals.values()) else 1


def _platform(platform: str) -> Total:
    total = Total()
    print(f"\n{platform}")
    for path in payloads.files(platform):
        found = payloads.read(platform, path)
        total.add(path, found)
        print(f"  {path.relative_to(payloads.PAYLOADS)}: {_line(found)}")
    return total


def _line(found: Reading) -> str:
    parts = [f"{found.items} items, {found.posts} posts"] if found.items else []
    for name in ("rejected", "skipped", "other"):
        reasons = getattr(found, name)
        parts += [f"{name} {count}: {why}" for why, count in reasons.most_common()]
    return "; ".join(parts) or "NOTHING SAID OF IT"


def _show(platform: str, total: Total) -> None:
    print(
        f"\n{platform}: {total.files} files, {total.empty} of them without posts; "
        f"{total.items} items, {total.posts} posts "
        f"({total.bridged} over a bridge, {total.opted_out} by opted-out authors), "
        f"{total.left} not accounted for, {len(total.silent)} files unread"
    )
    for name in ("rejected", "skipped", "other"):
        for why, count in getattr(total, name).most_common():
            print(f"  {name} {count}: {why}")


if __name__ == "__main__":
    sys.exit(main())
