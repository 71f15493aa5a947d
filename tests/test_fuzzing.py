"""Every endpoint of the OpenAPI document, asked thousands of odd things by schemathesis.

It is no dependency of the tests: where its program is on the PATH, or beside the Python
that runs them, it is used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browsing import ROOT, served

pytestmark = pytest.mark.slow

BESIDE = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
PROGRAM = shutil.which("schemathesis", path=BESIDE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server's address."""
    if PROGRAM is None:
        pytest.skip(
            "schemathesis is missing: pip install schemathesis, and put it on PATH"
        )
    with served(tmp_path_factory.mktemp("fuzzing")) as running:
        yield running.address


def run(site: str, folder: Path, config: Path, *more: str) -> None:
    assert PROGRAM is not None
    command = [
        PROGRAM, "--config-file", str(config), "run", f"{site}/-/openapi.json",
        "--checks", "all", "--continue-on-failure", "--no-color", "--seed", "1", *more,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.fuzz_checks",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)  # pytest shows this where a test failed
    assert done.returncode == 0, done.stderr


def test_no_question_breaks_an_endpoint_or_its_word(site: str, tmp_path: Path) -> None:
    """Whatever is asked: no 500, the answer's form as documented, wrong things refused."""
    config = ROOT / "tests" / "schemathesis.toml"
    phases = ("--phases", "examples,coverage,fuzzing")
    run(site, tmp_path, config, *phases, "--max-examples", "10")


def test_answers_about_a_campaign_are_as_documented(site: str, tmp_path: Path) -> None:
    """A made-up slug only ever gives an error; here it is one that there is."""
    config = tmp_path / "schemathesis.toml"
    named = (
        '[parameters]\n"query.campaign" = "labourleaks"\n"path.slug" = "labourleaks"\n'
    )
    given = (ROOT / "tests" / "schemathesis.toml").read_text(encoding="utf-8")
    config.write_text(named + given, encoding="utf-8")
    tags = ("--include-tag", "campaign", "--include-tag", "feeds")
    run(site, tmp_path, config, *tags, "--phases", "fuzzing", "--max-examples", "20")
