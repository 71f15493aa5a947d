"""Alerts, from the store to the store: counts and posts in, out what staff should know,
with evidence."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from db import alert_series, alert_window, alerts
from db import inbox as db_inbox
from db.alert_series import Series
from db.alert_window import Seen
from db.alerts import Alert
from db.times import to_text
from groundswell import inbox
from groundswell.alerts import rules, watching
from groundswell.alerts.detector import Reading
from groundswell.alerts.rules import RULES, Finding, Rule, Setting, Window
from groundswell.alerts.watching import STEP, Watching
from groundswell.config.loading import Config
from groundswell.runtime import Runtime

log = logging.getLogger("groundswell.alerts")

_A_PIECE = timedelta(days=1)  # read at once: the store's thread has other work
_LOOK_BACK = timedelta(minutes=15)
_CANDIDATES = (
    5  # posts with a tag or link from which on it is looked up what was before
)


async def follow(runtime: Runtime, watch: Watching) -> int:
    """Judge every bin that has come to its end; how many alerts were raised."""
    now = runtime.clock()
    watched = await runtime.store.run(alert_series.series)
    raised = await _tell_all(runtime, watch)
    since, last = watch.begin(now), watching.floor(now)
    while since < last:
        until = min(since + _A_PIECE, last)
        counts = await runtime.store.run(alert_series.counts, since, until, STEP)
        seen = await runtime.store.run(alert_series.seen, since, until)
        watch.take(watched, counts, seen, until, now)
        raised += await _tell_all(runtime, watch)
        since = until
    return raised


async def _tell_all(runtime: Runtime, watch: Watching) -> int:
    raised = 0
    while watch.untold:
        raised += await _tell(runtime, *watch.untold[0])
        watch.untold.popleft()  # only now: the store may have been in trouble
    return raised


async def _tell(runtime: Runtime, series: Series, reading: Reading) -> bool:
    if reading.kind == "over":
        for rule in ("spike", "silence") if series.measure == "posts" else ("spike",):
            about = _about(series, rule, reading)
            await runtime.store.run(alerts.resolve, about, runtime.clock())
        return False
    slugs = await runtime.store.run(alert_series.campaigns)
    slug = slugs.get(series.campaign_id)
    if slug is None or not _settings(runtime.config, slug, str(reading.kind)):
        return False
    end = reading.at + STEP
    begin = end - max(_LOOK_BACK, reading.within or STEP)
    ids = await runtime.store.run(
        alert_window.of_series, series.campaign_id, series.platform, begin, end
    )
    told = await _evidence(runtime, slug, series[:2], (begin, end), ids)
    expected = None if reading.expected is None else round(reading.expected, 2)
    figures = {"count": reading.count, "expected": expected, **_within(reading)}
    return await _raise(
        runtime,
        _about(
            series,
            str(reading.kind),
            reading,
            {**figures, "excess": round(reading.excess, 2), **told},
        ),
    )


def _within(reading: Reading) -> dict[str, float]:
    """Of a spike, in how many minutes how many posts came, and how many are usual."""
    if reading.within is None or reading.told is None or reading.usual is None:
        return {}
    return {
        "minutes": reading.within / timedelta(minutes=1),
        "told": reading.told,
        "usual": round(reading.usual, 2),
    }


def _about(
    series: Series, rule: str, reading: Reading, evidence: dict[str, Any] | None = None
) -> Alert:
    return Alert(
        campaign_id=series.campaign_id,
        platform=series.platform,
        rule=rule,
        subject=series.measure if rule == "spike" else "",
        raised_at=reading.at,
        summary=watching.summary(series, reading) if evidence is not None else "",
        evidence=evidence or {},
    )


async def look(runtime: Runtime) -> int:
    """Hold every campaign's last hours against the rules; how many alerts were raised."""
    now = runtime.clock()
    since = await runtime.store.run(alerts.since, now)
    slugs = await runtime.store.run(alert_series.campaigns)
    seen = await runtime.store.run(alert_series.seen, now - rules.TONE_WINDOW, now)
    await runtime.store.run(alerts.close_removed, now)
    raised = 0
    for campaign_id, slug in slugs.items():
        settings = {kind: _settings(runtime.config, slug, kind) for kind in RULES}
        window = await _window(runtime, campaign_id, settings, since, now)
        platforms = [key for key in seen if key[0] == campaign_id]
        for kind, rule in RULES.items():
            if rule.learns and now - since < rules.LEARNING:
                continue
            found = [
                finding
                for setting in settings[kind]
                for finding in rule.look(window, setting)
            ]
            raised += await _settle(
                runtime, (campaign_id, slug, kind), rule, found, now, platforms
            )
        await runtime.store.run(alert_window.note_changes, campaign_id, window.changed)
        await _fill_inbox(runtime, campaign_id, now)
    return raised


async def _fill_inbox(runtime: Runtime, campaign_id: int, now: datetime) -> None:
    """What the rules want of the last hours; of the last day, where it is looked at for
    the first time. Alerts only learn from what was before: here it may need an answer."""
    own = await runtime.store.run(db_inbox.rules, campaign_id, now)
    begun = await runtime.store.run(db_inbox.has_begun, campaign_id)
    since = now - (inbox.WINDOW if begun else inbox.FIRST_WINDOW)
    posts = await runtime.store.run(alert_window.posts, campaign_id, since, None)
    found = list(inbox.entries(posts, own, now))
    await runtime.store.run(db_inbox.take, found, now)


def _settings(config: Config, slug: str, kind: str) -> list[Setting]:
    """What staff set for a kind and campaign: none where it is off; a campaign's own
    before what is for all. Of mentions, all there are."""
    own = [one for one in config.alerts if one.kind == kind and one.is_for(slug)]
    usual = RULES[kind].least if kind in RULES else 1
    if kind == "mention":
        return [
            Setting(one.least or usual, one.phrases, one.accounts)
            for one in own
            if one.on
        ]
    own.sort(key=lambda one: one.campaigns is None)
    if own and not own[0].on:
        return []
    return [Setting((own[0].least if own else None) or usual)]


async def _window(
    runtime: Runtime,
    campaign_id: int,
    settings: dict[str, list[Setting]],
    since: datetime,
    now: datetime,
) -> Window:
    run = runtime.store.run
    large = min((one.least for one in settings["audience"]), default=None)
    begin = max(since, now - rules.TONE_WINDOW)
    posts = await run(alert_window.posts, campaign_id, begin, large)
    recent = [post for post in posts if post.at >= now - rules.WINDOW]
    terms, first = await run(alert_window.watched, campaign_id)
    tags, links = await run(
        alert_window.before,
        campaign_id,
        (now - rules.BASELINE, now),
        _frequent(recent, "tags", settings["hashtag"]),
        _frequent(recent, "links", settings["link"]),
    )
    for setting in settings["cited"]:
        await run(alert_window.cite, campaign_id, setting.least, now)
    beginning = max(first or now, now - rules.BASELINE)
    return Window(
        now=now,
        posts=posts,
        terms=terms,
        tags=_less(tags, recent, "tags"),
        links=_less(links, recent, "links"),
        hours=(now - rules.WINDOW - beginning) / timedelta(hours=1),
        tone=await run(
            alert_window.tone,
            campaign_id,
            watching.floor(now - rules.TONE_BASELINE).replace(minute=0),
            now - rules.TONE_WINDOW,
            int(rules.TONE_WINDOW / timedelta(hours=1)),
        ),
        changed=await run(alert_window.changed, campaign_id),
        failing=await run(alert_window.failing, campaign_id),
    )


def _frequent(
    posts: Sequence[Seen], what: str, settings: Sequence[Setting]
) -> list[str]:
    """Those of which the rule may say something: of no others it is looked up what was."""
    least = min((one.least for one in settings), default=0) * rules.LOW
    counted = _counted(posts, what)
    return [name for name, count in counted.items() if count >= least > 0]


def _less(whole: dict[str, int], posts: Sequence[Seen], what: str) -> dict[str, int]:
    """The roll-ups' days hold the window too: what was before it is the rest."""
    counted = _counted(posts, what)
    return {name: max(0, count - counted[name]) for name, count in whole.items()}


def _counted(posts: Sequence[Seen], what: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    for post in posts:
        for name in getattr(post, what):
            counted[name] = counted.get(name, 0) + 1
    return counted


async def _settle(
    runtime: Runtime,
    about: tuple[int, str, str],
    rule: Rule,
    found: Sequence[Finding],
    now: datetime,
    platforms: Sequence[tuple[int, str]],
) -> int:
    """Raise what is new of a rule, and close what is no more."""
    campaign_id, slug, kind = about
    lasting = {finding.subject for finding in found}
    await runtime.store.run(
        alerts.close_others, campaign_id, kind, lasting, now, tell=rule.says_over
    )
    raised = 0
    for finding in found:
        if not finding.raised:
            continue
        span = rules.TONE_WINDOW if kind == "tone" else rules.WINDOW
        place = (campaign_id, finding.platform)
        told = await _evidence(
            runtime, slug, place, (now - span, now), finding.posts, platforms
        )
        if kind == "source":  # it is not about the time, and others may have seen it
            told["covered"] = None
        raised += await _raise(
            runtime,
            Alert(
                campaign_id=campaign_id,
                platform=finding.platform,
                rule=kind,
                subject=finding.subject,
                raised_at=now.replace(microsecond=0),
                summary=finding.summary,
                evidence={**finding.figures, **told},
            ),
        )
    return raised


async def _evidence(
    runtime: Runtime,
    slug: str,
    place: tuple[int, str | None],
    span: tuple[datetime, datetime],
    ids: Sequence[int],
    platforms: Sequence[tuple[int, str]] = (),
) -> dict[str, Any]:
    """What is told beside an alert's own figures: of its posts, of how much was seen, and
    where all of them can be read."""
    begin, end = span
    seen = await runtime.store.run(alert_series.seen, begin, end)
    _, platform = place
    keys = [(place[0], platform)] if platform else list(platforms)
    shares = [watching.seen_share(seen.get(key, ()), begin, end) for key in keys]
    known = [share for share in shares if share is not None]
    asked = {"campaign": slug, "from_at": to_text(begin), "to_at": to_text(end)}
    asked |= {"platform": platform} if platform else {}
    return {
        "from": to_text(begin),
        "to": to_text(end),
        "covered": round(sum(known) / len(known), 3) if known else None,
        "query": f"/campaigns/newest_posts?{urlencode(asked)}",
        **await runtime.store.run(alert_window.evidence, ids),
    }


async def _raise(runtime: Runtime, alert: Alert) -> bool:
    channels = [(one.name, one.campaigns) for one in runtime.config.notify]
    fresh = await runtime.store.run(alerts.raise_once, alert, channels, runtime.clock())
    if fresh:
        log.warning("%s: %s", alert.rule, alert.summary)
    return fresh
