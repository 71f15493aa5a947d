"""groundswell evaluate: how good an engine is on posts that people have labelled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli import output as cli_output
from groundswell.cli.frame import FAILED, App, leave

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groundswell.evaluate import Confusion, Labelled, Quality
    from groundswell.sentiment import Engine

_BY = ("lang", "emoji", "negation", "hashtag", "length")


def _groups(_: click.Context, __: click.Parameter, value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    for name in names:
        if name not in _BY:
            raise click.BadParameter(f"{name!r} is none of {', '.join(_BY)}")
    return names


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--engine", "name", default=None, help="Which engine. [default: linear]")
@click.option("--by", default="", callback=_groups, help=f"Apart by: {','.join(_BY)}.")
@click.option(
    "--compare", nargs=2, metavar="A B", help="Two engines on the same posts."
)
@click.option(
    "--detect", is_flag=True, help="Find the language by the words; not as labelled."
)
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
@click.pass_obj
def evaluate(
    app: App,
    file: Path,
    name: str | None,
    by: list[str],
    compare: tuple[str, str] | None,
    detect: bool,
    as_json: bool,
) -> None:
    """How well an engine agrees with people's labels.

    FILE has four tab-separated columns without a header: id, lang, label (neg, neu or
    pos), text.

    Example: groundswell evaluate labelled.tsv --engine social --by emoji,length
    """
    del app
    from groundswell.evaluate import read_labelled
    from groundswell.sentiment import DEFAULT

    engines = [_loaded(one) for one in compare or (name or DEFAULT,)]
    try:
        posts = list(read_labelled(file))
    except (ValueError, OSError) as error:
        cli_output.say(str(error))
        leave(FAILED)
    found = [_measured(engine, posts, detect=detect) for engine in engines]
    if compare:
        told = _difference(compare, found)
    else:
        told = _figures(file, engines[0], posts, found[0], by)
    if as_json:
        cli_output.show_json(told)
    else:
        for line in _lines(told):
            cli_output.show(line)


def _loaded(name: str) -> Engine:
    from groundswell.sentiment import load

    try:
        return load(name)
    except LookupError as error:
        raise click.BadParameter(str(error.args[0]), param_hint="--engine") from error


def _measured(engine: Engine, posts: Sequence[Labelled], *, detect: bool) -> Quality:
    from groundswell.evaluate import measure
    from groundswell.language import EldcDetector

    return measure(posts, engine, EldcDetector() if detect else None)


def _recall(found: Confusion) -> float:
    return found.macro_recall


def _f1(found: Confusion) -> float:
    return found.macro_f1


def _figures(
    file: Path,
    engine: Engine,
    posts: Sequence[Labelled],
    quality: Quality,
    by: Sequence[str],
) -> dict[str, Any]:
    from groundswell import evaluate as measures
    from groundswell.sentiment import scorer
    from groundswell.sentiment.engines import LABELS

    confusion = quality.confusion
    error = measures.calibration_error(quality)
    return {
        "file": file.name,
        "sha256": measures.sha256_of(file),
        "engine": scorer(engine),
        **_short(quality),
        "macro_recall_95": _rounded(measures.interval(quality, _recall)),
        "macro_f1_95": _rounded(measures.interval(quality, _f1)),
        "recall": {n: round(confusion.share(n), 4) for n in LABELS},
        "precision": {n: round(confusion.precision(n), 4) for n in LABELS},
        "confusion": {
            true: {said: confusion.counts.get((true, said), 0) for said in LABELS}
            for true in LABELS
        },
        "unscored": dict(quality.unscored),
        "calibration_error": None if error is None else round(error, 4),
        "coverage": [
            {"confidence": step, "share": round(share, 4), "accuracy": round(right, 4)}
            for step, share, right in measures.coverage(quality)
        ],
        "posts_per_s": round(measures.rate(posts, engine)),
        "by": {
            name: {
                told: _short(part)
                for told, part in measures.by_group(quality, name).items()
            }
            for name in by
        },
    }


def _short(quality: Quality) -> dict[str, Any]:
    found = quality.confusion
    return {
        "macro_recall": round(found.macro_recall, 4),
        "macro_f1": round(found.macro_f1, 4),
        "accuracy": round(found.accuracy, 4),
        "scored": found.total,
        "skipped": sum(quality.unscored.values()),
    }


def _rounded(bounds: tuple[float, float]) -> list[float]:
    return [round(value, 4) for value in bounds]


def _difference(names: tuple[str, str], found: Sequence[Quality]) -> dict[str, Any]:
    from groundswell.evaluate import difference, relabelled

    told: dict[str, Any] = {
        name: _short(quality) for name, quality in zip(names, found, strict=True)
    }
    for figure, of in (("macro_recall", _recall), ("macro_f1", _f1)):
        gain, low, high = difference(found[0], found[1], of)
        told[f"{figure}_gain"] = round(gain, 4)
        told[f"{figure}_gain_95"] = [round(low, 4), round(high, 4)]
    return told | relabelled(found[0], found[1])


def _lines(told: dict[str, Any], indent: str = "") -> list[str]:
    """The figures for reading: a line each, groups under their names."""
    lines = []
    for name, value in told.items():
        label = name.replace("_", " ")
        if isinstance(value, dict):
            lines += (
                [f"{indent}{label}:", *_lines(value, indent + "  ")] if value else []
            )
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{indent}{label}:")
            lines += [
                f"{indent}  from {step['confidence']}: {100 * step['share']:.0f} % of "
                f"posts, {100 * step['accuracy']:.0f} % of them right"
                for step in value
            ]
        elif isinstance(value, list):
            lines.append(f"{indent}{label}: {' to '.join(map(str, value)) or 'none'}")
        else:
            lines.append(f"{indent}{label}: {'none' if value is None else value}")
    return lines
