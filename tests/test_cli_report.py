"""`groundswell report`: to a terminal, into files, to channels; and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from groundswell.cli import main
from groundswell.config.loading import ConfigError, parse
from tests.test_reporting import hooks
from tests.web_fixture import make

__all__ = ["hooks"]

CONFIG = """
[monitor]
database = "x.db"
[[campaign]]
slug = "labourleaks"
hashtags = ["LabourLeaks"]
[[campaign]]
slug = "harbour"
hashtags = ["HarbourForAll"]
[[source]]
slug = "social-example"
platform = "mastodon"
base_url = "https://social.example"
[[notify]]
name = "press-room"
[[notify]]
name = "harbour-desk"
campaigns = ["harbour"]
"""
DAY = ["--for", "2025-05-10"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("cli-report") / "x.db")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a configuration and the fixture's store."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "groundswell.toml").write_text(CONFIG)
    (tmp_path / "x.db").write_bytes(store.read_bytes())
    return tmp_path


def run(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments], env=env)


def test_text_of_all_campaigns_is_the_default() -> None:
    told = run(*DAY)
    assert told.exit_code == 0
    assert told.stdout.startswith("Report for Saturday, 10 May 2025\n")
    assert "#LabourLeaks\n  104 posts by 12 voices on 10 May 2025" in told.stdout
    assert "Harbour <em>for</em> all" in told.stdout
    assert told.stderr == ""


def test_one_campaign_a_week_in_a_file_of_its_endings_form(folder: Path) -> None:
    told = run("harbour", "--for", "week", "-o", "week.html")
    assert told.exit_code == 0
    page = (folder / "week.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "LabourLeaks</" not in page
    assert told.stdout == ""
    assert run(*DAY, "-o", "day.txt").exit_code == 0
    assert (folder / "day.txt").read_text(encoding="utf-8").startswith("Report for")


def test_format_wins_over_the_ending(folder: Path) -> None:
    assert run(*DAY, "--format", "text", "-o", "x.html").exit_code == 0
    assert (folder / "x.html").read_text(encoding="utf-8").startswith("Report for")


def test_links_come_from_the_option_or_the_configuration(folder: Path) -> None:
    page = run(*DAY, "--format", "html", "--base-url", "http://a.example/x/").stdout
    assert 'href="http://a.example/x/campaigns/totals?' in page
    text = (folder / "groundswell.toml").read_text()
    changed = text.replace("[monitor]", '[monitor]\nurl = "https://b.example"')
    (folder / "groundswell.toml").write_text(changed)
    assert 'href="https://b.example/campaigns/' in run(*DAY, "--format", "html").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["labourleak"], 2, "did you mean labourleaks?"),
        (["zzz"], 2, "there are labourleaks, harbour"),
        (["--for", "yestreday"], 2, "write yesterday, week, or a date"),
        (["--for", "yestreday"], 2, "'yestreday' is no day; did you mean yesterday?"),
        (["--for", "5x"], 2, "'5x' is no day; write yesterday, week, or a date"),
        (["--for", "today"], 2, "today is not over yet; write yesterday"),
        (["--for", "2099-01-01"], 2, "is not over yet"),
        (["labourleaks", "--campaign", "harbour"], 2, "name one campaign, not both"),
        (["--timezone", "europe/londn"], 2, 'did you mean "Europe/London"?'),
        (["-o", "report.doc"], 2, "its ending says no format"),
        (["--base-url", "ftp://x.example"], 2, "must begin with https://"),
        (["--base-url", "https://x.example?a"], 2, "goes on after a ? or #"),
        (["--send", "nobody"], 2, "there are: press-room, harbour-desk"),
        (["--send", "harbour-desk"], 2, "told of harbour alone"),
        (["--send", "press-room"], 1, "set GROUNDSWELL_NOTIFY_PRESS_ROOM"),
        (["-o", "none/x.html"], 1, "cannot be written"),
    ],
)
def test_slips_are_named(arguments: list[str], code: int, sentence: str) -> None:
    told = run(*arguments)
    assert told.exit_code == code
    assert sentence in " ".join(told.stderr.split())
    assert told.stdout == ""


def test_a_campaign_is_named_bare_or_by_its_option() -> None:
    bare, named = run(*DAY, "harbour"), run(*DAY, "--campaign", "harbour")
    both = run(*DAY, "harbour", "--campaign", "harbour")
    assert bare.exit_code == named.exit_code == both.exit_code == 0
    titles = [
        told.stdout.count("Harbour <em>for</em> all") for told in (bare, named, both)
    ]
    assert titles[0] > 0
    assert titles == [titles[0]] * 3
    assert "--campaign" not in run("--help").stdout


def test_a_pdf_or_how_to_get_one(folder: Path) -> None:
    told = run(*DAY, "-o", "x.pdf")
    if told.exit_code == 0:
        assert (folder / "x.pdf").read_bytes().startswith(b"%PDF-")
    else:
        assert told.exit_code == 1
        assert "./run setup --pdf" in told.stderr


def test_sent_at_once(hooks: tuple[str, list[dict[str, str]]]) -> None:
    base, got = hooks
    env = {"GROUNDSWELL_NOTIFY_PRESS_ROOM": f"{base}/a",
           "GROUNDSWELL_NOTIFY_HARBOUR_DESK": f"{base}/fail"}  # fmt: skip
    told = run("harbour", *DAY, "--send", "press-room", **env)
    assert (told.exit_code, told.stderr) == (0, "press-room: sent\n")
    assert got[0]["title"] == "Report for Saturday, 10 May 2025"
    assert "\n#LabourLeaks\n" not in got[0]["message"]
    told = run("harbour", *DAY, "--send", "harbour-desk", **env)
    assert (told.exit_code, told.stderr) == (
        1, "harbour-desk: not taken by the receiver\n",
    )  # fmt: skip


REPORT = CONFIG + "[[report]]\n"


def test_a_report_as_it_is_configured() -> None:
    (one,) = parse(REPORT, {}).reports
    assert (one.name, one.every, one.at.hour, one.channels) == ("daily", "day", 8, ())
    (one,) = parse(
        REPORT
        + 'every = "week"\nday = "Friday"\nat = 17:30:00\ntimezone = "Europe/London"\n'
        'campaigns = ["harbour"]\nchannels = ["harbour-desk", "press-room"]\n',
        {},
    ).reports
    assert (one.name, one.weekday, one.at.isoformat()) == ("weekly", 4, "17:30:00")
    assert one.zone.key == "Europe/London"
    assert one.channels == ("harbour-desk", "press-room")
    text = CONFIG.replace("[monitor]", '[monitor]\nurl = "https://x.example/y/"')
    assert parse(text, {}).monitor.url == "https://x.example/y"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('every = "hour"', 'write "day" or "week"'),
        ('at = "8"', 'such as "08:00"'),
        ('at = "24:00"', 'such as "08:00"'),
        ("at = 8", "write text in quotes"),
        ('day = "monday"', 'for every = "week" alone'),
        ('every = "week"\nday = "mon"', "write one of monday, tuesday"),
        ('timezone = "london"', "no time zone is called so"),
        ('timezone = "../../etc/passwd"', "no time zone is called so"),
        ('channels = ["nobody"]', "no [[notify]] section is called 'nobody'"),
        ("channels = []", "leave it out to only keep it"),
        ('channels = "press-room"', "write a list"),
        ('channels = ["harbour-desk"]', "told of harbour alone"),
        ('campaigns = ["rail"]', "there is no campaign 'rail'"),
        ('name = "A b"', 'write "a-b"'),
        ("\n[[report]]", "daily is there twice"),
        ('evry = "day"', "did you mean every?"),
    ],
)
def test_a_mistake_in_a_report_is_named(lines: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(REPORT + lines + "\n", {})
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "url", ["monitor.example", "ftp://a.example", "https://u:p@a.example",
            "https://a.example/?q", "https://a.example/#x", "javascript:alert(1)"],
)  # fmt: skip
def test_the_pages_address_is_the_webs(url: str) -> None:
    with pytest.raises(ConfigError, match=r"monitor\.url"):
        parse(CONFIG.replace("[monitor]", f'[monitor]\nurl = "{url}"'), {})


def test_forgetting_somebody_removes_kept_reports(folder: Path) -> None:
    kept = folder / "reports" / "daily-2025-05-10T00.html"
    kept.parent.mkdir()
    kept.write_text("person1 wrote")
    told = CliRunner().invoke(main, ["forget", "@person1@mastodon.example", "--yes"])
    assert told.exit_code == 0, told.stderr
    assert "kept reports were removed too" in told.stderr
    assert not kept.exists()
