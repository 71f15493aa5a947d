"""The measures, on numbers small enough to check by hand."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from groundswell.cli import main
from groundswell.evaluate import (
    Case,
    Labelled,
    Quality,
    calibration_error,
    compare,
    coverage,
    gate,
    interval,
    measure,
    read_labelled,
    relabelled,
)
from groundswell.language import EldcDetector
from groundswell.sentiment import load
from groundswell.sentiment.engines import LABELS

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
    quality = measure(posts, load("textblob"))
    assert quality.confusion.counts == {
        ("positive", "positive"): 1,
        ("negative", "negative"): 1,
        ("neutral", "neutral"): 1,
        ("negative", "positive"): 1,
    }
    assert quality.unscored == {"language:fr": 1, "empty": 1}
    assert measure(posts, load("textblob"), EldcDetector()) == quality


def test_a_gate_is_measured(rows: Path) -> None:
    found = gate(read_labelled(rows), "en", EldcDetector())
    assert (found.precision, found.recall, found.posts) == (1, 1, 6)


@pytest.mark.parametrize("line", ["1\ten\tpos", "1\ten\tgood\ttext"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text(f"1\ten\tpos\tfine\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.tsv, line 2"):
        list(read_labelled(path))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", *arguments])


def test_the_report(rows: Path) -> None:
    told = run(str(rows), "--engine", "textblob", "--by", "lang,length")
    assert told.exit_code == 0, told.output
    for line in ("macro recall: 0.8333", "scored: 4", "skipped: 2", "language:fr: 1"):
        assert line in told.stdout
    assert "    fr:" in told.stdout


def test_the_figures_for_scripts(rows: Path) -> None:
    told = json.loads(run(str(rows), "--json").stdout)
    assert told["engine"].startswith("linear/")
    assert (told["scored"], told["skipped"]) == (4, 2)
    for name in ("macro_recall", "macro_f1", "accuracy"):
        assert 0 <= told[name] <= 1
    assert told["posts_per_s"] > 0
    low, high = told["macro_recall_95"]
    assert low <= told["macro_recall"] <= high
    assert sum(map(sum, (row.values() for row in told["confusion"].values()))) == 4
    assert told["coverage"][0]["confidence"] == 0.5


def test_two_engines_are_compared_on_the_same_posts(rows: Path) -> None:
    told = json.loads(
        run(str(rows), "--compare", "textblob", "textblob", "--json").stdout
    )
    assert told["macro_recall_gain"] == 0
    assert told["macro_recall_gain_95"] == [0, 0]
    other = json.loads(
        run(str(rows), "--compare", "textblob", "linear", "--json").stdout
    )
    low, high = other["macro_recall_gain_95"]
    assert low <= other["macro_recall_gain"] <= high


def test_what_the_second_engine_changes_is_counted() -> None:
    def judged(*labels: str | None) -> Quality:
        truth = ("neutral", "negative", "positive", "neutral", "positive")
        return Quality(
            [
                Case(Labelled("en", true, ""), said, None, None)
                for true, said in zip(truth, labels, strict=True)
            ]
        )

    first = judged("neutral", "neutral", "neutral", "neutral", None)
    second = judged("neutral", "negative", "negative", "positive", "positive")
    assert relabelled(first, second) == {
        "relabelled": 3,
        "mended": 1,
        "spoilt": 1,
    }


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--engine", "oracle"], "no sentiment engine is called 'oracle'; there are"),
        (["--by", "mood"], "'mood' is none of lang, emoji, negation, hashtag, length"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(
    rows: Path, arguments: list[str], problem: str
) -> None:
    told = run(str(rows), *arguments)
    assert told.exit_code == 2
    assert problem in " ".join(told.stderr.split())


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text("1\ten\tgood\ttext\n", encoding="utf-8")
    told = run(str(path))
    assert told.exit_code == 1
    assert "bad.tsv, line 1: want id, lang, neg|neu|pos, text" in told.stderr


def test_calibration_and_coverage_by_hand() -> None:
    post = Labelled("en", "positive", "x")
    cases = [
        Case(post, "positive", 0.95, None),
        Case(post, "negative", 0.95, None),
        Case(post, "positive", 0.55, None),
        Case(post, None, None, "language:fr"),
    ]
    quality = Quality(cases)
    assert calibration_error(quality) == pytest.approx((2 * 0.45 + 0.45) / 3)
    assert coverage(quality, (0.5, 0.9)) == [
        (0.5, 1.0, pytest.approx(2 / 3)),
        (0.9, pytest.approx(2 / 3), 0.5),
    ]
    assert calibration_error(Quality(cases[3:])) is None
    assert coverage(Quality(cases[3:])) == []


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of samples from a known confusion; 95 of 100 would be right."""
    dice, right = random.Random(1), 0
    for _ in range(40):
        pairs = []
        for label in LABELS:
            for _ in range(60):
                hit = dice.random() < 0.6
                said = label if hit else dice.choice([x for x in LABELS if x != label])
                pairs.append(Case(Labelled("en", label, ""), said, None, None))
        low, high = interval(Quality(pairs), lambda found: found.macro_recall)
        right += low <= 0.6 <= high
    assert right >= 34
