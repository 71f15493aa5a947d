"""The command line: its frame, its words on a terminal, init."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from collectors.base import (
    Collector,
)
from groundswell.cli import main
from groundswell.cli import output as cli_output
from groundswell.cli.frame import App
from groundswell.cli.init import EXAMPLE, filled
from groundswell.config import loading as config
from tests.fake_driver import GOOD, run, write
from tests.fake_platforms import find


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GROUNDSWELL_CONFIG", raising=False)
    return tmp_path


# The frame


@pytest.mark.parametrize(
    "arguments", [["--help"], ["tyr"], ["try"], ["check", "--onlin"]]
)
def test_help_and_wrong_use_import_nothing_heavy(arguments: list[str]) -> None:
    """TextBlob alone takes about a second to import."""
    program = (
        "import sys\n"
        "from groundswell.cli import main\n"
        "try: main(sys.argv[1:], prog_name='groundswell')\n"
        "except SystemExit as end: code = end.code\n"
        "heavy = {'textblob', 'datasette', 'apscheduler', 'sqlite_utils', 'httpx',\n"
        "         'selectolax', 'feedparser', 'nltk'} & set(sys.modules)\n"
        "print(sorted(heavy), code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    code = 0 if arguments == ["--help"] else 2
    assert done.stdout.splitlines()[-1] == f"[] {code}"


def test_python_m_groundswell_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "groundswell", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.stdout.startswith("groundswell, version ")


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_a_short_help_and_an_example(command: str) -> None:
    found = main.commands[command]
    assert found.help
    assert len(found.get_short_help_str(80)) > 10
    assert "Example: groundswell" in found.help


@pytest.mark.parametrize("command", sorted(main.commands))
def test_help_fits_a_narrow_terminal(command: str) -> None:
    found = main.commands[command]
    frame = click.Context(main, info_name="groundswell", **main.context_settings)
    help_page = found.get_help(
        click.Context(found, info_name=command, parent=frame, terminal_width=40)
    )
    assert max(map(len, help_page.splitlines())) <= 40


def test_an_unexpected_error_is_two_lines_unless_asked_for_more() -> None:
    write()

    def broken(slug: str) -> Collector:
        raise RuntimeError("the moon\x1b[31m is\nin the way")

    app = App(find=broken)
    short = CliRunner().invoke(main, ["check"], obj=app)
    assert short.exit_code == 1
    assert short.stderr.splitlines() == [
        "groundswell: RuntimeError: the moon[31m is in the way",
        "groundswell -v … shows where it happened.",
    ]
    long = CliRunner().invoke(main, ["-v", "check"], obj=app)
    assert long.exit_code == 1
    assert "Traceback" in long.stderr


def test_a_wrong_configuration_ends_any_command_with_2() -> None:
    write(GOOD.replace("hashtags", "hastags"))
    result = run("try", "home")
    assert result.exit_code == 2
    assert "campaign[0].hastags: unknown key; did you mean hashtags?" in result.stderr
    assert result.stdout == ""


def test_config_option_comes_before_the_command() -> None:
    write(name="other.toml")
    result = run("--config", "other.toml", "check")
    assert result.exit_code == 0
    assert "other.toml is fine." in result.stdout


def test_a_missing_config_says_how_to_get_one() -> None:
    result = run("--config", "none.toml", "check")
    assert result.exit_code == 2
    assert "groundswell init none.toml" in result.stdout


def test_a_terminal_without_the_characters_is_no_error() -> None:
    write(GOOD.replace('title = "Rail"', 'title = "Żółć"'))
    program = (
        "from groundswell.cli import main\n"
        "from groundswell.cli.frame import App\n"
        "from tests.fake_platforms import find\n"
        "main(['--config', sys.argv[1], 'check'], obj=App(find=find))\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n" + program,
            str(Path.cwd() / "groundswell.toml"),
        ],
        capture_output=True,
        env={"PYTHONIOENCODING": "latin-1"},
        encoding="latin-1",
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    assert "\\u017b" in done.stdout


# init


def test_init_writes_a_file_that_loads() -> None:
    result = run("init")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "groundswell try mastodon-social" in result.stderr
    assert Path("groundswell.toml").read_text(encoding="utf-8") == EXAMPLE.read_text(
        encoding="utf-8"
    )
    assert run("check").exit_code == 0


@pytest.mark.parametrize(
    ("called", "named"),
    [
        (".venv/bin/groundswell", ".venv/bin/groundswell check --online"),
        ("a b/groundswell", "'a b/groundswell' check --online"),
        ("x/pytest", "  groundswell check --online"),
    ],
)
def test_init_names_the_program_as_it_was_called(
    monkeypatch: pytest.MonkeyPatch, called: str, named: str
) -> None:
    monkeypatch.setattr("sys.argv", [called])
    assert named in run("init").stderr


def test_init_fills_in_a_campaign_and_keeps_the_comments() -> None:
    result = run(
        "init", "my.toml", "--hashtag", "#RailStrike", "--hashtag", "Łódź",
        "--title", 'Rail "strike" \\1',
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "groundswell --config my.toml run" in result.stderr
    campaign = config.load(Path("my.toml"), {}, find=find).campaigns[0]
    assert campaign.slug == "rail-strike-1"
    assert campaign.title == 'Rail "strike" \\1'
    assert campaign.hashtags == ("RailStrike", "Łódź")
    written = Path("my.toml").read_text(encoding="utf-8")
    assert written.count("\n# ") == EXAMPLE.read_text(encoding="utf-8").count("\n# ")


@pytest.mark.parametrize(
    ("hashtags", "title", "slug", "named"),
    [
        (("Rail",), None, "rail", "#Rail"),
        ((), "Strike", "strike", "Strike"),
        (("日本",), None, "campaign", "#日本"),
    ],
)
def test_init_makes_up_what_it_is_not_told(
    hashtags: tuple[str, ...], title: str | None, slug: str, named: str
) -> None:
    text = filled(EXAMPLE.read_text(encoding="utf-8"), hashtags, title)
    campaign = config.parse(text, {}, find=find).campaigns[0]
    assert (campaign.slug, campaign.title) == (slug, named)


def test_init_overwrites_only_when_told() -> None:
    write("mine")
    result = run("init")
    assert result.exit_code == 1
    assert "--force" in result.stderr
    assert Path("groundswell.toml").read_text() == "mine"
    assert run("init", "--force").exit_code == 0
    assert "mastodon" in Path("groundswell.toml").read_text()


@pytest.mark.parametrize("tag", ["#", "two words", "a\x1b[31m", "\udcff"])
def test_init_refuses_a_hashtag_that_would_not_load(tag: str) -> None:
    result = run("init", "--hashtag", tag)
    assert result.exit_code == 2
    assert "campaign[0]" in result.stderr
    assert not Path("groundswell.toml").exists()


def test_init_into_a_folder_and_into_nowhere(folder: Path) -> None:
    assert run("init", str(folder)).exit_code == 0
    assert Path("groundswell.toml").exists()
    result = run("init", "nowhere/x.toml")
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory" in result.stderr


# Words on a terminal


@pytest.mark.parametrize(
    ("text", "columns", "line"),
    [
        ("plain", 5, "plain"),
        ("plainer", 5, "plai…"),
        ("a\nb\t c", 10, "a b c"),
        ("漢字漢字", 5, "漢字…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("\u202eab\x1b", 5, "ab"),
    ],
)
def test_one_line(text: str, columns: int, line: str) -> None:
    assert cli_output.one_line(text, columns) == line


def test_a_table_folds_its_last_column_then_becomes_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head, rows = ["a", "b", "c"], [["one", "x" * 20, ""], ["two", "y", "long " * 9]]
    monkeypatch.setenv("COLUMNS", "90")
    assert len(cli_output.table(head, rows)) == 3
    monkeypatch.setenv("COLUMNS", "60")
    folded = cli_output.table(head, rows)
    assert folded[2:] == [
        "two  y                     " + "long " * 5 + "long",
        " " * 27 + "long long long",
    ]
    monkeypatch.setenv("COLUMNS", "40")
    assert cli_output.table(head, rows) == [
        "one", "  b: " + "x" * 20, "two", "  b: y", "  c: " + ("long " * 9).rstrip(),
    ]  # fmt: skip


def test_prose_is_folded_on_a_terminal_and_left_whole_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    said = "campaign[0].hastags: unknown key; did you mean hashtags?"
    assert cli_output.wrapped(said, "  ") == f"  {said}"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert cli_output.wrapped(said, "  ").splitlines() == [
        "  campaign[0].hastags: unknown key; did",
        "    you mean hashtags?",
    ]


def test_the_commands_are_click_commands() -> None:
    assert all(isinstance(command, click.Command) for command in main.commands.values())
