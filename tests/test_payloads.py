"""The collectors on real recordings: nothing is lost without a word."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks import payloads as benchmark
from tests import payloads
from tests.payloads import Reading

needs_recordings = pytest.mark.skipif(
    not payloads.PAYLOADS.is_dir(), reason=payloads.MISSING
)


@pytest.fixture(scope="module")
def readings() -> dict[str, dict[Path, Reading]]:
    """What every file of every platform gave."""
    return {
        platform: {path: payloads.read(platform, path) for path in found}
        for platform in payloads.FOLDERS
        if (found := payloads.files(platform))
    }


def told(readings: dict[Path, Reading], name: str) -> Counter[str]:
    return sum((getattr(one, name) for one in readings.values()), Counter())


@needs_recordings
@pytest.mark.parametrize("platform", payloads.FOLDERS)
def test_every_file_and_item_is_read_or_named(
    readings: dict[str, dict[Path, Reading]], platform: str
) -> None:
    assert readings[platform]
    for path, found in readings[platform].items():
        assert not found.is_silent, path.name
        assert found.left == 0, path.name


@needs_recordings
def test_mastodon_and_its_kin(readings: dict[str, dict[Path, Reading]]) -> None:
    mine = readings["mastodon"]
    assert sum(one.items for one in mine.values()) > 580
    assert sum(one.posts for one in mine.values()) > 490
    assert sum(one.bridged for one in mine.values()) == 60
    assert not told(mine, "rejected")
    assert all("visibility is" in why for why in told(mine, "skipped"))


@needs_recordings
def test_bluesky(readings: dict[str, dict[Path, Reading]]) -> None:
    mine = readings["bluesky"]
    assert sum(one.posts for one in mine.values()) > 400
    assert sum(one.bridged for one in mine.values())
    assert sum(one.opted_out for one in mine.values())
    assert not told(mine, "rejected")
    streams = [one for path, one in mine.items() if path.suffix == ".jsonl"]
    assert all(one.checkpoint for one in streams)
    assert sum(one.posts for one in streams) >= 1


@needs_recordings
def test_feeds(readings: dict[str, dict[Path, Reading]]) -> None:
    mine = readings["feed"]
    assert sum(one.posts for one in mine.values()) >= 480
    assert not told(mine, "skipped")  # every item is wanted
    broken = [why for why in told(mine, "other").elements() if "broken" in why]
    # An empty document, two XML files that are no feeds, and a page of HTML.
    assert len(broken) == 4


@needs_recordings
@pytest.mark.parametrize(
    ("folder", "posts", "rejected"),
    [
        ("instagram", 60, set()),
        ("misskey", 15, set()),
        ("nostr", 266, set()),
        ("peertube", 48, set()),
        ("reddit", 14, {"it has no author"}),  # deleted; a walk leaves them out
        ("threads", 2, set()),
        ("tumblr", 20, set()),
        ("twitter", 372, {"it has no author"}),  # asked for without an expansion
        ("wordpress", 11, set()),
        ("youtube", 35, {"it has no channel", "it has no id"}),  # channels, playlists
        ("activitypub", 15, set()),
    ],
)
def test_the_mappings_of_objects(
    readings: dict[str, dict[Path, Reading]],
    folder: str,
    posts: int,
    rejected: set[str],
) -> None:
    mine = readings[folder]
    assert sum(one.posts for one in mine.values()) >= posts
    assert set(told(mine, "rejected")) == rejected


@needs_recordings
def test_the_benchmark_prints_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main() == 0
    printed = capsys.readouterr().out
    for platform in payloads.FOLDERS:
        for path in payloads.files(platform):
            assert path.name in printed


def test_the_benchmark_without_recordings(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(payloads, "PAYLOADS", tmp_path / "payloads")
    assert benchmark.main() == 0
    assert "GROUNDSWELL_SHARED" in capsys.readouterr().out


def test_a_silent_file_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "rss").mkdir()
    (tmp_path / "rss" / "a.xml").write_text("<rss/>")
    monkeypatch.setattr(payloads, "PAYLOADS", tmp_path)
    monkeypatch.setattr(payloads, "read", lambda platform, path: Reading())
    assert benchmark.main() == 1
    assert "a.xml: NOTHING SAID OF IT" in capsys.readouterr().out


def test_what_a_reason_quotes_is_cut_off() -> None:
    assert payloads._safe("kind is odd: 'somebody said'") == "kind is odd"
    assert payloads._safe("its root is <note>") == "its root is <note>"
