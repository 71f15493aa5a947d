"""What each kind of alert is called where people read it."""

from __future__ import annotations

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "spike": "Spike",
    "silence": "Silence",
    "tone": "Change of tone",
    "hashtag": "New hashtag",
    "link": "Link taking off",
    "audience": "Large audience",
    "copies": "Same text by many",
    "cited": "Shared post changed",
    "source": "Source failing",
    "mention": "Mention",
}
