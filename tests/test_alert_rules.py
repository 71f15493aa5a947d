"""The rules for alerts: what raises one, what keeps it open, what never does; and the way
from stored posts to an alert with its evidence."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from collectors.base import Term
from db import alert_window, alerts, forgetting, inbox, store, watchlist
from db.alert_window import Changed, Failing, Seen
from db.records import Score
from groundswell import alerting
from groundswell.alerts import rules
from groundswell.alerts.rules import RULES, Finding, Setting, Window
from groundswell.alerts.titles import TITLES
from groundswell.config import staff as config_staff
from groundswell.config.loading import AlertRule, ConfigError, parse
from tests.conftest import NOW
from tests.making import make_author, make_post, make_record, sighted
from tests.test_alerts import DirectStore, rows

MINUTE = timedelta(minutes=1)
TEN = Setting(10)


def seen(number: int, **changes: Any) -> Seen:  # noqa: ANN401
    """Invented: each by another voice, a minute apart."""
    post = Seen(
        id=number, voice=number, at=NOW - MINUTE, platform="mastodon", kind="post",
        message=number, text=f"Invented words number {number} here", sentiment="neutral",
        handle=f"voice{number}@social.example", followers=100,
    )  # fmt: skip
    return replace(post, **changes)


def window(*posts: Seen, **changes: Any) -> Window:  # noqa: ANN401
    return Window(now=NOW, posts=posts, hours=300.0, **changes)


def one(found: list[Finding]) -> Finding:
    (finding,) = found
    return finding


def test_each_kind_has_a_name_and_can_be_configured() -> None:
    assert [*config_staff.MEASURED, *RULES] == list(TITLES)
    assert tuple(TITLES) == config_staff.ALERT_KINDS


def riding(count: int, **changes: Any) -> list[Seen]:  # noqa: ANN401
    return [
        seen(n, tags=("labourleaks", "harbourgate"), **changes) for n in range(count)
    ]


def test_a_tag_that_nobody_searched_for_rides_along() -> None:
    told = window(*riding(12), terms=frozenset({"labourleaks"}))
    finding = one(rules.hashtag(told, TEN))
    assert (finding.subject, finding.raised, len(finding.posts)) == (
        "harbourgate",
        True,
        12,
    )
    assert finding.summary.startswith("#harbourgate rides along: 12 voices")


def test_a_tag_is_not_raised_by_one_account_nor_when_it_was_always_there() -> None:
    known = frozenset({"labourleaks"})
    assert rules.hashtag(window(*riding(50, voice=1), terms=known), TEN) == []
    old = window(*riding(12), terms=known, tags={"harbourgate": 4})
    assert rules.hashtag(old, TEN) == []
    assert one(rules.hashtag(window(*riding(6), terms=known), TEN)).raised is False
    assert rules.hashtag(window(*riding(4), terms=known), TEN) == []


def test_a_page_takes_off_where_it_is_shared_more_than_it_was() -> None:
    page = "https://gazette.example/leak"
    posts = [seen(n, links=(page,)) for n in range(16)]
    assert one(rules.link(window(*posts), TEN)).raised
    # 600 in 300 hours are two an hour: sixteen are eight times that, fifteen are not.
    assert one(rules.link(window(*posts, links={page: 600}), TEN)).raised
    assert one(rules.link(window(*posts[:15], links={page: 600}), TEN)).raised is False
    assert rules.link(window(*posts, links={page: 6000}), TEN) == []


def test_a_large_audience_joins_once() -> None:
    large = [seen(n, voice=1, followers=80_000, before=False) for n in range(3)]
    finding = one(rules.audience(window(*large), Setting(50_000)))
    assert "80,000 followers" in finding.summary
    known = [replace(post, before=True) for post in large]
    unknown = [replace(post, followers=None) for post in large]
    assert rules.audience(window(*known, *unknown), Setting(50_000)) == []


def test_the_same_text_by_many_is_no_repost_and_no_greeting() -> None:
    same = [seen(n, message=7) for n in range(11)]
    finding = one(rules.copies(window(*same), TEN))
    assert finding.summary == "11 voices wrote the same text within 1 minute"
    assert rules.copies(window(*(replace(p, kind="repost") for p in same)), TEN) == []
    assert (
        rules.copies(window(*(replace(p, text="Good morning") for p in same)), TEN)
        == []
    )
    assert rules.copies(window(*(replace(p, voice=1) for p in same)), TEN) == []


def told(negative: int, scored: int) -> list[Seen]:
    return [
        seen(n, sentiment="negative" if n < negative else "neutral")
        for n in range(scored)
    ]


def test_the_tone_changes_when_more_is_negative_than_usual() -> None:
    usual = [(9, 30), (10, 30), (8, 30), (9, 30), (9, 30), (10, 30), (8, 30), (9, 30)]
    finding = one(rules.tone(window(*told(40, 60), tone=usual), Setting(30)))
    assert "67% of the last three hours' scored posts are negative" in finding.summary
    assert "where 30% are usual" in finding.summary
    assert rules.tone(window(*told(20, 60), tone=usual), Setting(30)) == []
    assert rules.tone(window(*told(20, 29), tone=usual), Setting(30)) == []
    assert rules.tone(window(*told(40, 60), tone=usual[:7]), Setting(30)) == []
    restless = [(2, 30), (28, 30)] * 6
    assert rules.tone(window(*told(40, 60), tone=restless), Setting(30)) == []


def test_one_message_repeated_does_not_change_the_tone() -> None:
    usual = [(9, 30)] * 10
    posts = told(0, 40) + [
        seen(99 + n, message=7, sentiment="negative") for n in range(60)
    ]
    assert rules.tone(window(*posts, tone=usual), Setting(30)) == []


def test_a_shared_post_that_is_edited_or_taken_back_is_told() -> None:
    gone = Changed(4, "bluesky", "withheld", None, 214)
    back = Changed(5, "bluesky", "live", None, 300)
    few = Changed(6, "bluesky", "deleted", None, 3)
    finding = one(rules.cited(window(changed=[gone, back, few]), Setting(20)))
    assert finding.summary == "bluesky: a post that was shared 214 times was taken back"


def test_a_source_that_fails_for_long_is_told() -> None:
    late = Failing("tiny", "mastodon", "failing", NOW - 90 * MINUTE, "answered 503")
    soon = replace(late, slug="other", since=NOW - 30 * MINUTE)
    never = replace(late, slug="locked", state="parked", since=None, error=None)
    found = rules.source(window(failing=[late, soon, never]), Setting(60))
    assert [finding.subject for finding in found] == ["tiny", "locked"]
    assert found[0].summary.endswith("UTC: answered 503")
    assert found[1].summary == "locked was not read at all yet"


def test_phrases_and_accounts_that_staff_name_are_told() -> None:
    setting = Setting(1, phrases=("cover up",), accounts=("ana@social.example",))
    posts = (
        seen(1, text="A COVER  UP, plainly"),
        seen(2, text="They recover upstairs"),
        seen(3, mentions=("@Ana@social.example",)),
        seen(4, handle="ana@social.example"),
    )
    found = {f.subject: f.posts for f in rules.mention(window(*posts), setting)}
    assert found == {"cover up": (1,), "@ana@social.example": (3, 4)}
    assert rules.mention(window(*posts), replace(setting, least=3)) == []


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=60))
def test_rules_are_total_and_count_voices(pairs: list[tuple[int, int]]) -> None:
    posts = [
        seen(
            n,
            voice=voice,
            message=m,
            tags=(f"t{m}",),
            links=(f"https://x.example/{m}",),
        )
        for n, (voice, m) in enumerate(pairs)
    ]
    for kind in ("hashtag", "link", "copies", "tone", "audience"):
        for finding in RULES[kind].look(window(*posts), Setting(4)):
            voices = {posts[i].voice for i in finding.posts}
            assert finding.raised is (len(voices) >= 4)


# From the store to the alert


@pytest.fixture
def watched(db: Database) -> Database:
    terms = (Term("hashtag", "LabourLeaks"),)
    campaign = watchlist.WatchedCampaign("labourleaks", "L", None, None, None, terms)
    server = watchlist.WatchedSource("server-1", "mastodon", "https://s1.example", "")
    watchlist.sync(db, [campaign], [server], NOW - timedelta(days=9))
    keep(db, [make_post(1, published_at=NOW - timedelta(days=9))])
    look(db, NOW - timedelta(days=8))
    return db


def keep(db: Database, posts: list[Any], sentiment: str = "neutral") -> None:
    score = Score(
        lang="en", polarity=0.0, subjectivity=0.0, sentiment=sentiment, unscored=None,
        scorer="test/1",
    )  # fmt: skip
    at = max(post.published_at for post in posts)
    record = make_record(*(sighted(post, score=score) for post in posts), at=at)
    store.record_walk(db, record)


def look(db: Database, now: Any, *settings: AlertRule) -> int:  # noqa: ANN401
    runtime: Any = SimpleNamespace(
        store=DirectStore(db), clock=lambda: now,
        config=SimpleNamespace(notify=(), alerts=settings),
    )  # fmt: skip
    return asyncio.run(alerting.look(runtime))


def crowd(count: int, first: int = 100, **changes: Any) -> list[Any]:  # noqa: ANN401
    return [
        make_post(
            first + n, author=make_author(f"a{n}"), published_at=NOW - 5 * MINUTE,
            **changes,
        )
        for n in range(count)
    ]  # fmt: skip


def test_a_hashtag_is_raised_once_kept_open_and_closed(watched: Database) -> None:
    keep(watched, crowd(12, hashtags=("harbourgate", "labourleaks")))
    assert look(watched, NOW) == 1
    assert look(watched, NOW + 10 * MINUTE) == 0
    (alert,) = rows(watched)
    assert (alert["rule"], alert["subject"]) == ("hashtag", "harbourgate")
    assert alert["resolved_at"] is None
    evidence = json.loads(alert["evidence"])
    assert (evidence["posts"], evidence["voices"]) == (12, 12)
    assert len(evidence["examples"]) == 5
    assert evidence["query"].startswith("/campaigns/newest_posts?campaign=labourleaks")
    assert 0 < evidence["covered"] <= 1
    look(watched, NOW + 120 * MINUTE)
    assert rows(watched)[0]["resolved_at"] is not None
    keep(watched, [
        replace(post, published_at=NOW + 125 * MINUTE)
        for post in crowd(12, 300, hashtags=("harbourgate",))
    ])  # fmt: skip
    assert look(watched, NOW + 130 * MINUTE) == 0  # not new, and not yet re-armed


def test_a_campaign_that_has_just_begun_only_learns(db: Database) -> None:
    terms = (Term("hashtag", "LabourLeaks"),)
    campaign = watchlist.WatchedCampaign("labourleaks", "L", None, None, None, terms)
    server = watchlist.WatchedSource("server-1", "mastodon", "https://s1.example", "")
    watchlist.sync(db, [campaign], [server], NOW)
    keep(db, crowd(12, hashtags=("harbourgate", "labourleaks")))
    assert look(db, NOW) == 0


def test_what_staff_set_counts(watched: Database) -> None:
    keep(watched, crowd(12, hashtags=("harbourgate",)))
    assert look(watched, NOW, AlertRule(kind="hashtag", on=False)) == 0
    assert look(watched, NOW, AlertRule(kind="hashtag", least=13)) == 0
    own = AlertRule(kind="hashtag", least=12, campaigns=("labourleaks",))
    assert look(watched, NOW, AlertRule(kind="hashtag", on=False), own) == 1


def test_a_mention_is_raised_with_the_first_post(watched: Database) -> None:
    keep(watched, crowd(1, text="This is a cover-up, a cover up #LabourLeaks"))
    wanted = AlertRule(kind="mention", phrases=("cover up",))
    other = AlertRule(kind="mention", phrases=("landslide",))
    assert look(watched, NOW, wanted, other) == 1
    assert rows(watched)[0]["subject"] == "cover up"


def test_a_post_that_many_shared_and_that_is_gone(watched: Database) -> None:
    posts = crowd(1, reposts=40)
    keep(watched, posts)
    look(watched, NOW)
    store.record_walk(watched, make_record(at=NOW + MINUTE, deletions=(posts[0].uri,)))
    assert look(watched, NOW + 5 * MINUTE) == 1
    assert look(watched, NOW + 10 * MINUTE) == 0
    alert = rows(watched)[-1]
    assert alert["summary"] == "mastodon: a post that was shared 40 times was deleted"
    assert json.loads(alert["evidence"])["examples"] == []
    assert "Invented" not in alert["evidence"]


def test_killed_between_raising_and_noting_tells_it_once(
    watched: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = crowd(1, reposts=40)
    keep(watched, posts)
    look(watched, NOW)
    store.record_walk(watched, make_record(at=NOW + MINUTE, deletions=(posts[0].uri,)))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(alert_window, "note_changes", die)
        with pytest.raises(KeyboardInterrupt):
            look(watched, NOW + 5 * MINUTE)
    assert look(watched, NOW + 6 * MINUTE) == 0
    assert [row["rule"] for row in rows(watched)] == ["cited"]


def test_the_first_look_is_remembered(watched: Database) -> None:
    since = alerts.since(watched, NOW)
    assert since == NOW - timedelta(days=8)


def test_before_counts_what_was_not_in_the_window(watched: Database) -> None:
    keep(watched, [
        replace(post, published_at=NOW - timedelta(days=2))
        for post in crowd(7, 500, hashtags=("old",))
    ])  # fmt: skip
    tags, links = alert_window.before(
        watched, 1, (NOW - timedelta(days=14), NOW), ["old", "new"], []
    )
    assert (tags, links) == ({"old": 7}, {})


WATCHED = '[[campaign]]\nslug = "x"\nhashtags = ["X"]\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('kind = "storm"', 'no alert is called so; there are "spike"'),
        ('kind = "mention"', "looks for nothing; write phrases or accounts"),
        ('kind = "link"\nphrases = ["a"]', 'belong to kind = "mention"'),
        ('kind = "spike"\nleast = 4', "learns from the series"),
        ('kind = "link"\nleast = 0', "write a number from 1"),
        ('kind = "link"\nleast = true', "write a whole number"),
        ('kind = "link"\ncampaigns = ["y"]', "there is no campaign 'y'"),
        ('kind = "link"\n[[alert]]\nkind = "link"', "is set for the same in alert[0]"),
        ('kind = "link"\nthreshold = 4', "is called least"),
    ],
)
def test_mistakes_in_settings_are_named(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(f"{WATCHED}[[alert]]\n{text}\n", {})
    assert sentence in str(error.value)


def test_settings_are_read() -> None:
    text = '[[alert]]\nkind = "mention"\nphrases = ["cover up"]\n'
    text += 'accounts = ["@ana@s.example"]'
    (rule,) = parse(f"{WATCHED}{text}\n", {}).alerts
    assert (rule.kind, rule.phrases) == ("mention", ("cover up",))
    assert rule.accounts == ("ana@s.example",)


# Few posts, wrong clocks, removed campaigns, erasure


def test_few_are_enough_to_know_what_was_before(watched: Database) -> None:
    keep(watched, [
        replace(post, published_at=NOW - timedelta(days=2))
        for post in crowd(40, 500, hashtags=("old",))
    ])  # fmt: skip
    keep(watched, crowd(4, hashtags=("old",)))
    assert look(watched, NOW, AlertRule(kind="hashtag", least=3)) == 0


def test_a_clock_that_was_ahead_mutes_nothing(db: Database) -> None:
    ahead = NOW + timedelta(days=400)
    assert alerts.since(db, ahead) == ahead
    assert alerts.since(db, NOW) == NOW


def test_an_alert_of_the_future_suppresses_nothing(watched: Database) -> None:
    watched.conn.execute(
        "insert into alerts (campaign_id, rule, subject, raised_at, resolved_at, summary) "
        "values (1, 'hashtag', 'harbourgate', '2030-01-01T00:00:00Z', "
        "'2030-01-01T01:00:00Z', 'x')"
    )
    keep(watched, crowd(12, hashtags=("harbourgate", "labourleaks")))
    assert look(watched, NOW) == 1


def test_a_removed_campaigns_alerts_are_closed(watched: Database) -> None:
    keep(watched, crowd(12, hashtags=("harbourgate", "labourleaks")))
    look(watched, NOW)
    watched.conn.execute("update campaigns set removed_at = ?", (NOW.isoformat(),))
    look(watched, NOW + 5 * MINUTE)
    assert rows(watched)[0]["resolved_at"] is not None


def test_erasure_takes_alerts_and_rules_along(watched: Database) -> None:
    large = make_author("bigname", followers=900_000)
    keep(watched, [make_post(700, author=large, published_at=NOW - 5 * MINUTE)])
    keep(watched, crowd(12, hashtags=("harbourgate",)))
    assert look(watched, NOW) == 2
    inbox.add_rule(watched, 1, ("listed", "bigname@social.example", None), "ana", NOW)
    forgetting.forget(watched, [("author", large.uri)], reason="asked", now=NOW)
    told = json.dumps(rows(watched), default=str)
    assert "bigname" not in told
    assert "harbourgate" in told
    (left,) = watched.conn.execute(
        "select count(*) from inbox_rules where value <> ''"
    ).fetchone()
    assert left == 0
