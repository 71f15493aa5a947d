"""The benchmarks in a tiny form, so that they cannot rot."""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

import benchmarks.__main__ as bench
from benchmarks import _processes, demo, memory, pages


def test_an_unknown_name_is_answered_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bench.main(["days"]) == 2
    said = capsys.readouterr().err
    assert "no benchmark days; there are: day, kill, memory, demo" in said


def test_the_table_says_how_each_went(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, bool]] = []

    def run(name: str, *, quick: bool) -> int:
        asked.append((name, quick))
        return int(name == "kill")

    monkeypatch.setattr(bench, "_run", run)
    assert bench.main(["kill", "memory", "--quick"]) == 1
    assert asked == [("kill", True), ("memory", True)]
    *_, kill, mem = capsys.readouterr().out.splitlines()
    assert kill.split()[:2] == ["kill", "FAILED"]
    assert mem.split()[:2] == ["memory", "ok"]
    assert bench.main(["memory"]) == 0
    asked.clear()
    bench.main([])
    assert [name for name, _ in asked] == bench.available()
    asked.clear()
    bench.main(["--quick"])
    assert {name for name, _ in asked} == {*bench.available()} - {*bench.UNHURRIED}


def test_every_quick_form_is_one_that_its_benchmark_knows() -> None:
    for name in bench.available():
        main = import_module(f"benchmarks.{name}").main
        signature(main).bind(**bench.QUICK[name])


@pytest.mark.slow
def test_the_quick_form_runs_and_ends_with_one_table(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """As people run it, each benchmark in a process of its own."""
    assert bench.main(["--quick", "storing", "starting", "scoring"]) == 0
    shown = capfd.readouterr().out
    for figure in (
        "storing walks' posts", "groundswell --help", "scoring with linear, one core",
        "rescoring 3,000 posts by two processes",
    ):  # fmt: skip
        assert shown.count(figure) == 2, "as it comes, and in the table"
    assert "against, in the same run" in shown


@pytest.mark.slow
def test_every_page_is_timed(capsys: pytest.CaptureFixture[str]) -> None:
    assert pages.main(sizes=(500, 1_500), times=1) == 0
    shown = capsys.readouterr().out
    for path in (*pages.PAGES, *pages.TABLES, "/campaigns/totals.json"):
        assert path in shown


@pytest.mark.slow
def test_the_daemon_collects_the_synthetic_stream(tmp_path: Path) -> None:
    found = memory.measure(tmp_path, posts=1_500)
    assert found.posts == 1_500, "each post once"
    assert 20 < found.peak_mb < memory.LIMIT_MB


@pytest.mark.slow
def test_the_demo_shows_a_page(tmp_path: Path) -> None:
    program = (sys.executable, "-m", "groundswell")
    found = demo.first_page(_processes.ROOT, tmp_path / "demo", program=program)
    assert found.seconds is not None
    assert found.left == 0
