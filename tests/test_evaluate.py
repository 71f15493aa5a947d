"""The measures, on numbers small enough to check by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundswell.evaluate import compare, gate, main, measure, read_labelled
from groundswell.language import EldcDetector
from groundswell.sentiment import load

# Written for this test: two lines have a wrong label on purpose.
ROWS = """\
1\ten\tpos\tWhat a wonderful evening it was at the town hall
2\ten\tneg\tThat was a horrible evening at the town hall
3\ten\tneu\tThe meeting is at the town hall on Tuesday
4\ten\tneg\tWhat a wonderful speech that was, said nobody
5\tfr\tneg\tCe gouvernement est une catastrophe et il doit partir
6\ten\tpos\tGreat Britain
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.tsv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_the_measures() -> None:
    found = compare(
        [("negative", "negative")] * 3
        + [("negative", "positive")]
        + [("neutral", "neutral"), ("neutral", "negative")]
        + [("positive", "positive")] * 4
    )
    assert found.total == 10
    assert found.accuracy == 0.8
    assert found.share("negative") == 0.75
    assert found.precision("positive") == 0.8
    assert found.macro_recall == pytest.approx((0.75 + 0.5 + 1) / 3)
    assert found.macro_f1 == pytest.approx((0.75 + 2 / 3 + 8 / 9) / 3)


def test_guessing_one_label_gives_a_third() -> None:
    pairs = [(label, "neutral") for label in ("negative", "neutral", "positive")]
    assert compare(pairs).macro_recall == pytest.approx(1 / 3)


def test_nothing_compared_is_no_crash() -> None:
    assert compare([]).macro_f1 == 0


def test_a_strange_label_is_refused() -> None:
    with pytest.raises(ValueError, match="not a label: good"):
        compare([("good", "neutral")])


def test_an_engine_is_measured(rows: Path) -> None:
    posts = list(read_labelled(rows))
    quality = measure(posts, load())
    assert quality.confusion.counts == {
        ("positive", "positive"): 1,
        ("negative", "negative"): 1,
        ("neutral", "neutral"): 1,
        ("negative", "positive"): 1,
    }
    assert quality.unscored == {"language:fr": 1, "empty": 1}
    assert measure(posts, load(), EldcDetector()) == quality


def test_a_gate_is_measured(rows: Path) -> None:
    found = gate(read_labelled(rows), "en", EldcDetector())
    assert (found.precision, found.recall, found.posts) == (1, 1, 6)


@pytest.mark.parametrize("line", ["1\ten\tpos", "1\ten\tgood\ttext"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text(f"1\ten\tpos\tfine\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.tsv, line 2"):
        list(read_labelled(path))


def test_the_report(rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(rows)]) == 0
    out = capsys.readouterr().out
    assert "6 posts, 4 scored by textblob/" in out
    assert "macro-recall 83.33" in out
    assert "precision 100.00, recall 100.00" in out
    assert main([]) == 2
