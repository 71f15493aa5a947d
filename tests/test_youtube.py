"""YouTube's budget, over simulated days with the real ledger, driver and store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import collectors
from collectors.base import Budget, Query, Term
from db import ledger
from db.connection import Database
from groundswell import ingest
from groundswell.demo.venues import Venue
from tests.conftest import NOW
from tests.desk import Desk, desk
from tests.test_venues import VENUES, work_for

PACIFIC = "America/Los_Angeles"


def frugal(**settings: Any) -> Venue:  # noqa: ANN401
    return replace(VENUES["youtube"], settings=settings)


async def spent(one: Desk, meter: str) -> int:
    budget = Budget(meter, 1, "day", PACIFIC)

    def read(db: Database) -> int:
        return ledger.spent(db, "youtube", budget, one.clock())

    return await one.runtime.store.run(read)


def test_a_days_searches_are_spread_and_never_overrun(tmp_path: Path) -> None:
    """Two days of looking every 20 minutes, with 40 searches a day."""

    async def story() -> None:
        venue = frugal(searches_per_day=40)
        async with desk(tmp_path, only=("youtube",), days=0.3, venues=[venue]) as one:
            made = 0
            for hour in range(48):
                await work_for(one, 1)
                told = one.simulator.stage.requests
                assert await spent(one, "searches") <= 40
                in_this_hour = told.get("youtube search", 0) - made
                made = told.get("youtube search", 0)
                assert in_this_hour <= 5, (
                    f"hour {hour}: an hour's share, and what was saved"
                )
            assert 60 <= made <= 80, "it uses what it may: 40 a day"
            errors = await one.rows(
                "select distinct error from runs where error like '%searches%'"
            )
            assert errors
            assert all("it goes on at" in error for error in errors)
            blind = await one.rows(
                "select count(*) from coverage where state = 'blind' and evidence is null"
            )
            assert blind == [0]

    asyncio.run(story())


def test_a_crash_between_paying_and_asking_loses_the_search_not_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        venue = frugal(searches_per_day=100)
        async with desk(tmp_path, only=("youtube",), days=0.3, venues=[venue]) as one:

            def crash(*_: object, **__: object) -> None:
                raise RuntimeError("the power went")

            monkeypatch.setattr("collectors._driver.exchange", crash)
            await one.work(walk="forward")
            monkeypatch.undo()
            assert await spent(one, "searches") == 1
            assert one.simulator.stage.requests.get("youtube search", 0) == 0
            one.clock.now += timedelta(minutes=20)
            await one.work(walk="forward")
            assert await spent(one, "searches") == 2

    asyncio.run(story())


def test_a_missing_key_is_a_state_with_a_sentence(tmp_path: Path) -> None:
    """And the other source goes on."""

    async def story() -> None:
        keyless = replace(VENUES["youtube"], environment={})
        places = [keyless, VENUES["misskey"]]
        only = ("youtube", "misskey")
        async with desk(tmp_path, only=only, days=0.3, venues=places) as one:
            await work_for(one, 1)
            await ingest.darken_parked(one.runtime)
            (state, why) = (
                await one.rows(
                    "select state, last_error from sources where slug = 'youtube'"
                )
            )[0]
            assert state == "parked"
            assert why.startswith("youtube: set YOUTUBE_API_KEY; free;")
            assert await one.rows("select count(*) from posts") != [0]
            dark = await one.rows(
                "select distinct evidence from coverage c join sources s "
                "on s.id = c.source_id where s.slug = 'youtube'"
            )
            assert dark == [why], "its time is blind, for this reason"

    asyncio.run(story())


def test_the_key_goes_into_a_header_and_into_no_message() -> None:
    collector = collectors.load("youtube")
    settings = {"base_url": "https://youtube.example", "secrets": {"key": "sesame"}}
    query = Query("forward", (Term("hashtag", "x"),), settings)
    request = collector.first(query)
    assert request.headers["x-goog-api-key"] == "sesame"
    assert "sesame" not in str(request.url)
    answer = httpx.Response(
        400,
        json={"error": {"message": "sesame", "errors": [{"reason": "keyInvalid"}]}},
        request=request,
    )
    with pytest.raises(Exception, match="YOUTUBE_API_KEY") as caught:
        collector.explain(answer, query)
    assert "sesame" not in str(caught.value)


def test_more_terms_than_fit_one_question_are_all_asked_for() -> None:
    """And how far the walk has read is what the last question says."""
    collector = collectors.load("youtube")
    terms = tuple(Term("hashtag", f"Campaign{n:03d}") for n in range(60))
    query = Query("settle", terms, {"base_url": "https://youtube.example"}, since=NOW)
    asked, request = [], collector.first(query)
    while request is not None:
        question = request.url.params["q"]
        assert len(question) <= 400
        asked += question.split("|")
        answer = httpx.Response(200, json={"items": []}, request=request)
        page = collector.parse(answer, query)
        assert (page.reached is None) == (page.next is not None)
        request = page.next
    assert asked == [f"#Campaign{n:03d}" for n in range(60)]


@pytest.mark.parametrize(
    ("setting", "why"),
    [({"region": "GBR"}, "two letters"), ({"searches_per_day": -1}, "whole number"),
     ({"units_per_day": True}, "whole number"), ({"comments": "no"}, "true or false")],
)  # fmt: skip
def test_odd_settings_are_named(setting: dict[str, Any], why: str) -> None:
    settings = {"base_url": "https://youtube.example", **setting}
    (problem,) = collectors.load("youtube").check(settings)
    assert why in problem
