"""Mastodon: walks against a server with the real paging."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors._mastodon_pages import snowflake_after, snowflake_time
from collectors.base import (
    BadPayload,
    Known,
    Page,
    Query,
)
from tests.mastodon_fakes import (
    BASE,
    KNOWN_SOFTWARE,
    MASTODON,
    SEVERAL,
    SNOWFLAKES,
    START,
    Server,
    ask,
    make_status,
)


def pages_of(server: Server, query: Query, *, most: int = 200) -> list[Page]:
    """A whole walk; like the driver it does not ask the same thing twice."""
    found: list[Page] = []
    request: httpx.Request | None = MASTODON.first(query)
    seen: set[str] = set()
    while request is not None:
        assert str(request.url) not in seen, f"asked twice: {request.url}"
        assert len(seen) < most, "endless"
        seen.add(str(request.url))
        response = server.answer(request)
        read = MASTODON.parse if response.is_success else MASTODON.explain
        page = read(response, query)
        assert page is not None
        found.append(page)
        request = page.next
    return found


def ids_of(pages: list[Page]) -> list[str]:
    return [post.copies[0].value for page in pages for post in page.posts]


def checkpoint_of(pages: list[Page]) -> str | None:
    return next((p.checkpoint for p in reversed(pages) if p.checkpoint), None)


def numbers(first: int, last: int) -> list[dict[str, Any]]:
    """Statuses with ids that are not snowflakes, a minute apart."""
    return [
        make_status(str(n), START + timedelta(minutes=n))
        for n in range(first, last + 1)
    ]


def snowflake(at: datetime, chance: int = 1) -> str:
    return str(int(snowflake_after(at - timedelta(milliseconds=1))) + chance)


def history(
    count: int, *, step: timedelta = timedelta(hours=1)
) -> list[dict[str, Any]]:
    moments = [START + step * n for n in range(count)]
    return [make_status(snowflake(at), at) for at in moments]


# --- forward


@pytest.mark.parametrize("count", [0, 1, 40, 41, 85])
def test_forward_reads_up_to_an_empty_page(count: int) -> None:
    server = Server(numbers(1, 10 + count))
    pages = pages_of(server, ask(checkpoint="10", facts=KNOWN_SOFTWARE))
    assert sorted(map(int, ids_of(pages))) == list(range(11, 11 + count))
    assert checkpoint_of(pages) == str(10 + count)
    assert all(page.ascending for page in pages)
    assert pages[-1].reached is None
    assert not pages[-1].posts


ids = st.one_of(
    st.lists(st.integers(1, 9999), unique=True, max_size=30).map(
        lambda found: [str(n) for n in sorted(found)]
    ),
    st.lists(st.sampled_from("AbCdEfGhIjKlMnOpQrStUv"), unique=True, max_size=20),
)


@SEVERAL
@given(
    ids=ids,
    page=st.integers(1, 7),
    leaps=st.booleans(),
    deaf=st.sampled_from([frozenset(), frozenset({"min_id"})]),
    software=st.sampled_from(["mastodon", "friendica", ""]),
    data=st.data(),
)
def test_forward_gets_exactly_what_is_newer(
    ids: list[str],
    page: int,
    leaps: bool,
    deaf: frozenset[str],
    software: str,
    data: st.DataObject,
) -> None:
    """Whatever the server does with min_id; but Mastodon itself is known to step."""
    honest = not leaps and not deaf
    server = Server(
        [make_status(one) for one in ids], page=page, leaps=leaps, deaf=deaf
    )
    at = data.draw(st.integers(0, max(0, len(ids) - 1)), label="checkpoint at")
    checkpoint = ids[at] if ids else "5"
    facts = {"software": software} if honest or software != "mastodon" else {}
    pages = pages_of(server, ask(checkpoint=checkpoint, facts=facts))
    assert set(ids_of(pages)) == set(ids[at + 1 :])
    if honest and software == "mastodon":
        assert len(ids_of(pages)) == len(ids[at + 1 :])
    assert checkpoint_of(pages) == (ids[-1] if ids else "5")


def test_forward_notices_that_min_id_is_ignored_though_the_software_is_known() -> None:
    server = Server(numbers(1, 100), deaf=frozenset({"min_id"}))
    pages = pages_of(server, ask(checkpoint="30", facts=KNOWN_SOFTWARE))
    assert {int(one) for one in ids_of(pages)} == set(range(31, 101))


def test_forward_ends_by_time_where_an_opaque_checkpoint_was_deleted() -> None:
    server = Server(
        [make_status(c, START + timedelta(hours=n)) for n, c in enumerate("ABCDEFGH")],
        page=3,
    )
    query = ask(checkpoint="zz", since=START + timedelta(hours=4), facts={})
    pages = pages_of(server, query)
    assert set(ids_of(pages)) >= set("EFGH")
    assert len(server.asked) == 4
    assert pages[-1].reached == START + timedelta(hours=1)


def test_first_look_takes_the_newest_page_and_claims_no_more() -> None:
    server = Server(history(100))
    (page,) = pages_of(server, ask(facts=SNOWFLAKES))
    assert len(page.posts) == 40
    assert page.checkpoint == server.timeline[-1]["id"]
    assert page.reached == START + timedelta(hours=60)
    assert not page.ascending


def test_first_look_at_an_empty_timeline_has_read_everything() -> None:
    (page,) = pages_of(Server([]), ask(since=START))
    assert (page.checkpoint, page.reached, page.gap) == (None, START, None)


@pytest.mark.parametrize("feeds", ["disabled", "authenticated"])
def test_nothing_from_a_closed_feed_is_no_proof_of_silence(feeds: str) -> None:
    facts = {**KNOWN_SOFTWARE, "hashtag_feeds": feeds}
    (page,) = pages_of(Server([]), ask(checkpoint="5", facts=facts))
    assert page.gap is not None
    assert page.gap.state == "blind"


@pytest.mark.parametrize("odd", ["1970-01-01T00:00:00Z", "2027-01-01T00:00:00Z"])
@pytest.mark.parametrize("place", [-1, -2, -3])
@pytest.mark.parametrize("ids", ["opaque", "snowflake"])
def test_one_absurd_date_going_forward_claims_nothing(
    odd: str, place: int, ids: str
) -> None:
    """The page ends 40 hours after START; `place` counts from there."""
    server = Server(history(41))
    server.timeline[place]["created_at"] = odd
    checkpoint = server.timeline[0]["id"]
    facts = {**KNOWN_SOFTWARE, "ids": ids}
    page = pages_of(server, ask(checkpoint=checkpoint, facts=facts))[0]
    assert page.reached is not None
    # Less than was read is allowed, down to the page's middle; more never.
    assert timedelta(hours=19) <= page.reached - START <= timedelta(hours=40)


# --- late arrivals


def test_late_arrivals_are_missed_by_forward_and_found_by_settle() -> None:
    server = Server(history(10))
    newest = server.timeline[-1]["id"]
    late = START + timedelta(hours=5, minutes=30)
    server.timeline.insert(6, make_status(snowflake(late), late))
    forward = pages_of(server, ask(checkpoint=newest, facts=SNOWFLAKES))
    assert ids_of(forward) == []
    query = ask("settle", since=START + timedelta(hours=2), facts=SNOWFLAKES)
    assert snowflake(late) in ids_of(pages_of(server, query))


# --- back and settle


def test_back_goes_down_until_what_is_wanted_is_read() -> None:
    server = Server(history(200))
    query = ask("back", since=START + timedelta(hours=130), facts=SNOWFLAKES)
    pages = pages_of(server, query)
    assert [len(page.posts) for page in pages] == [40, 40]
    assert pages[-1].reached is not None
    assert pages[-1].reached < query.since
    assert checkpoint_of(pages) == server.timeline[120]["id"]


def test_back_resumes_and_ends_at_the_empty_page() -> None:
    server = Server(history(90))
    at = server.timeline[50]["id"]
    query = ask(
        "back", checkpoint=at, since=START - timedelta(days=9), facts=SNOWFLAKES
    )
    pages = pages_of(server, query)
    assert len(ids_of(pages)) == 50
    assert checkpoint_of(pages) == server.timeline[0]["id"]
    assert pages[-1].reached == query.since


def test_back_begins_at_a_moment_where_ids_hold_the_time() -> None:
    until = START + timedelta(hours=20)
    request = MASTODON.first(ask("back", until=until, facts=SNOWFLAKES))
    begin = snowflake_time(request.url.params["max_id"])
    assert begin is not None
    assert timedelta() < begin - until < timedelta(seconds=1)
    assert "max_id" not in MASTODON.first(ask("back", until=until)).url.params


@pytest.mark.parametrize("odd", ["1970-01-01T00:00:00Z", "2027-01-01T00:00:00Z"])
@pytest.mark.parametrize("place", [-1, -2, -3, 0, 20])
@pytest.mark.parametrize("facts", [{}, SNOWFLAKES])
def test_one_absurd_date_neither_ends_a_walk_nor_claims_anything(
    odd: str, place: int, facts: Mapping[str, str]
) -> None:
    """The newest page is 40 hours long; `place` counts from its newer end."""
    server = Server(history(100))
    newest_page = list(reversed(server.timeline[-40:]))
    newest_page[place]["created_at"] = odd
    query = ask("settle", since=START + timedelta(hours=10), facts=facts)
    pages = pages_of(server, query)
    assert len(ids_of(pages)) == 100 if place != 0 else 120
    assert pages[0].reached is not None
    true_end = START + timedelta(hours=60)
    assert true_end <= pages[0].reached <= true_end + timedelta(hours=21)


@pytest.mark.parametrize(
    "timeline", [numbers(1, 100), [make_status("Aa"), make_status("Ab")]]
)
def test_a_page_that_does_not_move_ends_the_walk(
    timeline: list[dict[str, Any]],
) -> None:
    server = Server(timeline, deaf=frozenset({"max_id"}))
    with pytest.raises(BadPayload, match="does not move"):
        pages_of(server, ask("back"))


def test_the_tags_travel_with_every_page() -> None:
    server = Server(numbers(1, 90))
    pages_of(server, ask("back", terms=("a", "b", "c", "d")))
    assert all(url.params.get_list("any[]") == ["b", "c", "d"] for url in server.asked)


# --- recheck


def known_posts(*local_ids: str) -> tuple[Known, ...]:
    return tuple(Known(f"{BASE}/users/mairi/statuses/{one}", one) for one in local_ids)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        KNOWN_SOFTWARE,
        {"software": "akkoma", "version": "3.15.2"},
        {"software": "mastodon", "version": "4.2.8+glitch"},
        {"software": "gotosocial", "version": "0.17.0"},
    ],
)
@pytest.mark.parametrize("batches", [True, False])
def test_recheck_finds_updates_and_deletions(
    facts: Mapping[str, str], *, batches: bool
) -> None:
    server = Server(numbers(1, 60), batches=batches)
    known = known_posts(*map(str, range(31, 91)))
    pages = pages_of(server, ask("recheck", known=known, terms=(), facts=facts))
    assert sorted(map(int, ids_of(pages))) == list(range(31, 61))
    gone = [uri for page in pages for uri in page.deletions]
    assert sorted(gone) == sorted(k.uri for k in known[30:])


def test_recheck_names_the_parameter_as_the_server_does() -> None:
    known = known_posts("1", "2")
    url = MASTODON.first(ask("recheck", known=known, facts={"software": "pleroma"})).url
    assert url.params.get_list("ids[]") == ["1", "2"]


def test_an_answer_with_posts_nobody_asked_for_deletes_nothing() -> None:
    """A server that does not know the question may answer another one."""
    query = ask("recheck", known=known_posts("1", "2"))
    response = httpx.Response(
        200, json=[make_status("77")], request=MASTODON.first(query)
    )
    page = MASTODON.parse(response, query)
    assert page.deletions == ()
    assert page.next is not None
    assert page.next.url.path == "/api/v1/statuses/1"


def test_a_proxy_that_answers_404_for_everything_deletes_nothing() -> None:
    query = ask("recheck", known=known_posts("1"), facts={"software": "gotosocial"})
    response = httpx.Response(404, html="<h1>Moved</h1>", request=MASTODON.first(query))
    assert MASTODON.explain(response, query) is None


def test_an_item_without_an_id_deletes_nothing() -> None:
    query = ask("recheck", known=known_posts("1", "2"))
    body = [make_status("1"), {"content": "?"}]
    page = MASTODON.parse(httpx.Response(200, json=body), query)
    assert page.deletions == ()
    assert len(page.rejected) == 1


def test_a_local_id_cannot_lead_to_another_path() -> None:
    known = (Known("https://x.example/1", "../../admin"), *known_posts("5"))
    query = ask("recheck", known=known, facts={"software": "gotosocial"})
    assert MASTODON.first(query).url.path == "/api/v1/statuses/5"
    page = MASTODON.parse(httpx.Response(200, json=make_status("5")), query)
    assert page.skipped == {"no id on this server": 1}
    with pytest.raises(ValueError, match="no"):
        MASTODON.first(ask("recheck", known=known[:1]))
