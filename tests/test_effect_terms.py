"""What followed an event in the posts of a term, and against a control term."""

from __future__ import annotations

import json
import random
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from selectolax.lexbor import LexborHTMLParser

from benchmarks.placebo import WORLDS, rate_of
from benchmarks.placebo_terms import two_terms, with_control_term
from db import diary
from db.connection import Database, open_database
from db.times import to_text
from groundswell import effects_overlap, effects_terms
from groundswell.cli import main
from groundswell.effects_asked import asked
from groundswell.effects_overlap import MOST, Overlap, overlap
from groundswell.web import measured
from tests import web_fixture
from tests.test_diary import shown, words

HOUR = timedelta(hours=1)
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
BEGIN = 30 * 24 + 9
AT = FIRST + BEGIN * HOUR + timedelta(minutes=20)
NOW = AT + timedelta(days=2)
CONFIG = """
[[campaign]]
slug = "harbour"
hashtags = ["HarbourForAll"]
[[source]]
slug = "server-1"
platform = "mastodon"
base_url = "https://s1.example"
"""
# Campaign, kind, as it is compared, as staff wrote it.
TERMS = [
    (1, "hashtag", "harbourforall", "HarbourForAll"),
    (1, "phrase", "the fish market", "The Fish Market"),
    (2, "hashtag", "bridges", "Bridges"),
]


def make(path: Path, *, share: float, times: float = 4.0, both: float = 1.0) -> Path:
    """A campaign of two terms that are read for 32 days, with so many times the posts of
    the first from AT on; another one that shares none. share: of the second's posts that
    are the first's too. both: of them that are of the second campaign, too."""
    with closing(open_database(path)) as db:
        db.conn.execute("begin")
        _watching(db)
        one, two = two_terms(7, WORLDS["pure chance"], 6, BEGIN + 48, share=share,
                             begin=BEGIN, times=times)  # fmt: skip
        dice = random.Random(7)
        for hour, (first, second) in enumerate(
            zip(one.counts, two.counts, strict=True)
        ):
            of_both = sum(dice.random() < share for _ in range(int(first or 0)))
            of_both = min(of_both, int(second or 0))
            for terms, count in (
                ((1, 2), of_both),
                ((1,), int(first or 0) - of_both),
                ((2,), int(second or 0) - of_both),
                ((3,), 6),
            ):
                for _ in range(count):
                    _post(db, FIRST + hour * HOUR, terms, also=dice.random() > both)
        web_fixture.recount(db.conn)
        db.conn.execute("commit")
        diary.add(db, "harbour", AT, "Release", now=NOW, by="sam")
    return path


def _watching(db: Database) -> None:
    for number, slug in ((1, "harbour"), (2, "bridges")):
        db.conn.execute(
            "insert into campaigns (id, slug, title) values (?, ?, ?)",
            (number, slug, f"The {slug} <b>"),
        )
    for number, (campaign, kind, value, display) in enumerate(TERMS, 1):
        db.conn.execute(
            "insert into terms (id, campaign_id, kind, value, display, added_at) "
            "values (?, ?, ?, ?, ?, ?)",
            (number, campaign, kind, value, display, to_text(FIRST)),
        )
    db.conn.execute(
        "insert into sources (id, slug, platform, base_url, state) "
        "values (1, 'server-1', 'mastodon', 'https://s1.example', 'ok')"
    )
    db.conn.execute(
        "insert into authors (id, platform, uri, first_seen_at) "
        "values (1, 'mastodon', 'https://s1.example/u/1', ?)",
        (to_text(FIRST),),
    )
    for number in range(1, len(TERMS) + 1):
        db.conn.execute(
            "insert into coverage values (1, ?, ?, ?, 'complete', null, null)",
            (number, to_text(FIRST), to_text(NOW)),
        )


def _post(db: Database, hour: datetime, terms: tuple[int, ...], *, also: bool) -> None:
    (number,) = db.conn.execute("select coalesce(max(id), 0) + 1 from posts").fetchone()
    at = to_text(hour + timedelta(minutes=number % 60))
    db.conn.execute(
        "insert into posts (id, platform, uri, kind, author_id, text, lang, unscored, "
        "published_at, observed_at, state, message) values (?, 'mastodon', ?, 'post', 1, "
        "'x', 'en', 'language', ?, ?, 'live', ?)",
        (number, f"https://s1.example/{number}", at, at, number),
    )
    rows = [(TERMS[term - 1][0], term, int(term == terms[0])) for term in terms]
    if also and 3 not in terms:
        rows.append((2, 3, 1))
    db.conn.executemany(
        "insert into matches values (?, ?, ?, ?, ?)",
        [(campaign, number, term, at, first) for campaign, term, first in rows],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two terms that share a twentieth of their posts."""
    folder = tmp_path_factory.mktemp("terms")
    (folder / "groundswell.toml").write_text(CONFIG)
    (folder / "data").mkdir()
    make(folder / "data" / "campaigns.db", share=0.05)
    return folder


def run(folder: Path, *arguments: str) -> Result:
    config = str(folder / "groundswell.toml")
    return CliRunner().invoke(
        main, ["--config", config, "effect", "harbour", "--at", to_text(AT), *arguments]
    )


def said(folder: Path, *arguments: str) -> dict[str, object]:
    told = run(folder, *arguments, "--json")
    assert told.exit_code == 0, told.output
    found: dict[str, object] = json.loads(told.stdout)
    return found


# The command


@pytest.mark.parametrize(
    "written", ["harbourforall", "#HarbourForAll", "HARBOURFORALL"]
)
def test_a_term_is_measured_by_itself(folder: Path, written: str) -> None:
    found = said(folder, "--term", written)
    assert (found["term"], found["control_term"]) == ("harbourforall", None)
    assert found["measured"] == "Measured: the posts with #HarbourForAll."
    assert found["told"] == "more"
    calm = said(folder, "--term", "the fish market")
    assert calm["told"] is None
    whole = said(folder)
    assert int(str(whole["posts"])) > int(str(found["posts"]))


def test_a_control_term_is_taken_into_account(folder: Path) -> None:
    found = said(
        folder, "--term", "#harbourforall", "--control-term", "The fish MARKET"
    )
    assert found["control_term"] == "the fish market"
    assert found["control_campaign"] == "harbour"
    assert found["told"] == "more"
    assert 0.7 < float(str(found["control"])) < 1.7
    assert 0.03 < float(str(found["control_overlap"])) < MOST
    told = run(folder, "--term", "harbourforall", "--control-term", "the fish market")
    assert "of The Fish Market's posts" in told.stdout
    assert "carry #HarbourForAll too." in told.stdout
    assert "In the same hours The Fish Market had" in told.stdout


def test_without_a_term_the_controls_posts_are_left_out(folder: Path) -> None:
    """A control that is a part of what is measured would take half of an effect off."""
    found = said(folder, "--control-term", "the fish market")
    assert found["control_overlap"] is None
    assert found["measured"] == (
        "Measured: the posts without The Fish Market, against those with The Fish Market."
    )
    whole, part = said(folder), said(folder, "--term", "the fish market")
    assert int(str(found["posts"])) == int(str(whole["posts"])) - int(
        str(part["posts"])
    )
    assert found["told"] == "more"


def test_a_term_of_the_control_campaign(folder: Path) -> None:
    control = ("--control", "bridges", "--control-term", "#Bridges")
    found = said(folder, "--term", "harbourforall", *control)
    assert (found["control_campaign"], found["control_term"]) == ("bridges", "bridges")
    assert found["control_overlap"] == 0
    assert found["told"] == "more"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--term", "pier"],
            "harbour has no term “pier”; there are #HarbourForAll, The Fish Market",
        ),
        (["--control-term", "#Bridges"], "harbour has no term “#Bridges”; there are"),
        (
            ["--control", "bridges", "--control-term", "pier"],
            "bridges has no term “pier”; there is #Bridges",
        ),
    ],
)
def test_a_wrong_term_is_told_with_those_there_are(
    folder: Path, arguments: list[str], sentence: str
) -> None:
    told = run(folder, *arguments)
    assert told.exit_code == 2
    assert sentence in told.stderr
    assert told.stdout == ""


def test_what_is_measured_is_no_control_of_itself(folder: Path) -> None:
    both = ("--term", "harbourforall", "--control-term", "harbourforall")
    found = said(folder, *both)
    assert found["posts"] is None
    assert found["refused"] == (
        "100 % of #HarbourForAll's posts carry #HarbourForAll too, and with 20 % or more "
        "it is no control"
    )
    assert "carry" in run(folder, *both).stdout.splitlines()[0]
    assert run(folder, *both).stdout.count("carry") == 1
    own = said(folder, "--control", "harbour")
    assert "100 % of harbour's posts belong to harbour too" in str(own["refused"])


def test_terms_that_share_many_posts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "groundswell.toml").write_text(CONFIG)
    (tmp_path / "data").mkdir()
    make(tmp_path / "data" / "campaigns.db", share=0.4)
    found = said(
        tmp_path, "--term", "harbourforall", "--control-term", "the fish market"
    )
    assert found["posts"] is None
    assert "carry #HarbourForAll too, and with 20 % or more" in str(found["refused"])
    assert float(str(found["control_overlap_after"])) > 0.4


def test_campaigns_that_share_posts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "groundswell.toml").write_text(CONFIG)
    (tmp_path / "data").mkdir()
    make(tmp_path / "data" / "campaigns.db", share=0, both=0.5)
    found = said(tmp_path, "--control", "bridges")
    assert "of bridges's posts" in str(found["refused"])
    assert "belong to harbour too" in str(found["refused"])


# The overlap


def rows(*cells: tuple[int, int, int]) -> list[dict[str, object]]:
    return [
        {"bucket": to_text(AT.replace(minute=0) + hour * HOUR), "posts": posts,
         "shared": shared, "looked_to": None}
        for hour, posts, shared in cells
    ]  # fmt: skip


def share(*cells: tuple[int, int, int]) -> tuple[float | None, float | None]:
    found = overlap(rows(*cells), AT, hours=24, control="#B's", measured="carry #A")
    return found.share, found.after


def test_the_share_is_that_of_the_time_before() -> None:
    assert share((-5, 100, 10)) == (0.1, None)
    assert share((-5, 100, 10), (3, 100, 50)) == (0.1, 0.5)
    assert share((-5, 100, 10), (3, 19, 19), (25, 50, 50)) == (0.1, None)
    assert share((-5, 19, 0), (3, 19, 19)) == (0.5, None), "too few before"
    assert share() == (None, None)


def one(**changes: object) -> Overlap:
    return replace(Overlap("#B's", "carry #A", 0.1), **changes)  # type: ignore[arg-type]


def test_the_share_is_told() -> None:
    assert one(share=0.38).sentence == "38 % of #B's posts carry #A too."
    assert one(share=0.38).refused
    assert one(share=0.2).refused
    assert one(share=0.199).refused is None
    unknown = one(share=None)
    assert unknown.sentence == "How many of #B's posts carry #A too is not known."
    assert unknown.refused is None
    assert one(looked_to=AT).sentence.endswith(
        "too, of the newest posts, since 1 Apr, 09:20."
    )
    assert one(after=0.1).sentence == one().sentence
    assert "of those in the hours after 40 %, so that" in one(after=0.4).sentence
    assert one(after=0.4).refused is None
    assert effects_overlap.percent(0.001) == "under 1 %"


def test_a_term_is_found_however_it_is_written() -> None:
    terms = [
        {"kind": "hashtag", "value": "straße", "display": "Straße"},
        {"kind": "phrase", "value": "the fish market", "display": "The Fish Market"},
    ]
    for written in ("#STRASSE", "straße", " Straße "):
        assert effects_terms.find(terms, written) == terms[0] or written == "#STRASSE"
    assert effects_terms.find(terms, "the  FISH market") == terms[1]
    assert effects_terms.find(terms, "fish") is None
    assert effects_terms.unknown("x", [], "y") == "x has no term “y”; none is"
    many = [{"kind": "phrase", "value": str(n), "display": str(n)} for n in range(30)]
    assert effects_terms.unknown("x", many, "y").endswith("19 and 10 more")
    with pytest.raises(LookupError, match="there are #Straße"):
        asked("x", {"x": terms}, control_term="nope")


# The rate that is promised


@pytest.mark.parametrize("part", [0.0, MOST])
def test_placebo_dates_of_a_term_have_no_effect(part: float) -> None:
    """At most 5 of 100; docs/accuracy.md has the rates of the benchmark."""
    effects = [
        effect
        for world in ("scatter", "rare bursts", "drift")
        for effect in with_control_term(range(40), WORLDS[world], 5, share=part)
    ]
    assert rate_of(effects) <= 0.05


def test_an_effect_is_still_found_at_the_share_that_is_just_refused() -> None:
    found = with_control_term(range(30), WORLDS["scatter"], 5, share=MOST, times=5)
    assert sum(effect.told == "more" for effect in found) >= 27


# The page


def page(folder: Path, query: str) -> LexborHTMLParser:
    return shown(folder / "data" / "campaigns.db", f"/-/diary/harbour?{query}", NOW)


def test_the_page_measures_what_its_address_says(folder: Path) -> None:
    tree = page(folder, "term=harbourforall&against=term:the+fish+market&range=7d")
    told = words(tree)
    assert "Measured: the posts with #HarbourForAll, against those with" in told
    assert "In the same hours The Fish Market had" in told
    assert "of The Fish Market's posts carry #HarbourForAll too." in told
    chosen = [o.attributes["value"] for o in tree.css(".controls option[selected]")]
    assert chosen == ["harbourforall", "term:the fish market"]
    for preset in tree.css(".presets a"):
        assert "term=harbourforall" in str(preset.attributes["href"])
        assert "against=term%3Athe+fish+market" in str(preset.attributes["href"])
    links = [str(a.attributes["href"]) for a in tree.css("[aria-labelledby=h-diary] a")]
    counts = [link for link in links if link.startswith("/campaigns/event_counts?")]
    assert ["term=harbourforall" in link for link in counts] == [True, False]
    assert "term=the+fish+market" in counts[1]
    assert any(link.startswith("/campaigns/shared_posts?") for link in links)


def test_the_page_measures_against_another_campaign(folder: Path) -> None:
    told = words(page(folder, "against=campaign:bridges"))
    assert (
        "Measured: the posts of The harbour <b>, against those of The bridges" in told
    )
    assert "0 % of The bridges <b>'s posts belong to The harbour <b> too." in told


def test_a_part_of_the_campaign_is_left_out_of_it(folder: Path) -> None:
    tree = page(folder, "against=term:harbourforall")
    assert "Measured: the posts without #HarbourForAll" in words(tree)
    links = [str(a.attributes["href"]) for a in tree.css("[aria-labelledby=h-diary] a")]
    assert any("without=harbourforall" in link for link in links)
    assert not any("shared_posts" in link for link in links)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("term=nope", "term: harbour has no term “nope”; there are #HarbourForAll"),
        ("against=term:nope", "against: harbour has no term “nope”; there are"),
        ("against=campaign:harbour", "against: there is no other campaign called"),
        ("against=%3Cb%3E", "against: there is no other campaign called"),
    ],
)
def test_what_is_odd_in_the_address_is_named(
    folder: Path, query: str, sentence: str
) -> None:
    tree = page(folder, query)
    assert sentence in tree.css_first("[role=alert]").text()
    assert "Measured" not in words(tree)


def test_nothing_is_measured_against_by_itself() -> None:
    found = measured.read({}, "harbour", [], {"harbour": "The harbour"})
    assert found.asked.control is None
    assert found.given == {"term": "", "against": ""}
    assert found.problems == ()
