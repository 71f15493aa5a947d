"""docs/adding-a-platform.md: what it says is written to disk and does what it says."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import collectors
from groundswell import docs
from groundswell.cli import main
from tests import test_contract

PAGE = Path(__file__).parents[1] / "docs" / "adding-a-platform.md"
_FILE = re.compile(
    r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE
)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """The page's files on disk, where the program and the contract's tests find them."""
    found = _FILE.findall(PAGE.read_text(encoding="utf-8"))
    assert found
    for name, content in found:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(
        collectors, "__path__", [*collectors.__path__, str(tmp_path / "collectors")]
    )
    paths = sorted((tmp_path / "tests" / "platforms").rglob("*.json"))
    monkeypatch.setattr(test_contract, "RECORDINGS", paths)
    yield paths
    sys.modules.pop("collectors.noticeboard", None)


def test_the_example_keeps_the_contract(example: list[Path]) -> None:
    slug = "noticeboard"
    assert slug in collectors.available()
    for path in example:
        test_contract.test_replay(path)
        test_contract.test_recordings_are_invented_and_say_so(path)
        test_contract.test_a_damaged_answer_gives_a_page_or_bad_payload(path)
        test_contract.test_a_response_without_its_request_is_read(path)
    test_contract.test_collector_keeps_the_protocol(slug)
    test_contract.test_check_returns_sentences(slug)
    test_contract.test_walks_are_walks(slug)
    test_contract.test_recordings_cover_the_cases(slug)
    test_contract.test_any_bytes_give_a_page_or_bad_payload(slug)


def test_the_program_knows_it_at_once(
    example: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(main, ["platforms"])
    assert "noticeboard" in told.output
    Path("groundswell.toml").write_text(
        '[[campaign]]\nslug = "one"\nhashtags = ["One"]\n'
        '[[source]]\nslug = "board"\nplatform = "noticeboard"\n'
    )
    told = CliRunner().invoke(main, ["check"])
    assert told.exit_code == 0, told.output
    assert "https://noticeboard.example" in told.output
    table = docs.with_platforms((docs.ROOT / "README.md").read_text(), "")
    assert "[Noticeboard](#noticeboard)" in table


def test_a_fault_in_the_example_would_be_seen(
    example: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = collectors.load("noticeboard")
    monkeypatch.setattr(type(module), "slug", "other")
    with pytest.raises(AssertionError):
        test_contract.test_collector_keeps_the_protocol("noticeboard")
