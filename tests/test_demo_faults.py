"""Each fault as a real client on a real socket sees it, and the control endpoint."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import pytest
import websockets

from groundswell.demo.faults import Fault, Faults, fault_from, outage
from groundswell.demo.server import Simulator, serve
from groundswell.demo.world import World
from tests.clocks import Clock

NOW = datetime(2026, 3, 2, 20, tzinfo=UTC)
START = NOW - timedelta(hours=20)
TAG = "/social/api/v1/timelines/tag/labourleaks?limit=10"
Made = TypeVar("Made")
_WORLD = World(7, START, live_per_minute=None)  # only ever extended: safe to share


def simulated(*plan: Fault, clock: Clock | None = None) -> Simulator:
    async def soon(_: float) -> None:
        await asyncio.sleep(0)

    return Simulator(_WORLD, clock or Clock(NOW), Faults(plan, seed=1), pause=soon)


def ask(
    simulator: Simulator, talk: Callable[[httpx.AsyncClient], Awaitable[Made]]
) -> Made:
    """Run `talk` with a client of the really served simulator."""

    async def go() -> Made:
        async with (
            serve(simulator) as base,
            httpx.AsyncClient(base_url=base, trust_env=False) as client,
        ):
            return await talk(client)

    return asyncio.run(go())


def get(simulator: Simulator, path: str = TAG) -> httpx.Response:
    return ask(simulator, lambda client: client.get(path))


@pytest.mark.parametrize(
    ("form", "header", "read"),
    [
        ("retry-after-seconds", "retry-after", float),
        ("seconds-from-now", "x-ratelimit-reset", float),
        (
            "ratelimit-reset-epoch",
            "ratelimit-reset",
            lambda t: float(t) - NOW.timestamp(),
        ),
        (
            "x-ratelimit-reset-iso",
            "x-ratelimit-reset",
            lambda text: (datetime.fromisoformat(text) - NOW).total_seconds(),
        ),
        (
            "retry-after-date",
            "retry-after",
            lambda text: (parsedate_to_datetime(text) - NOW).total_seconds(),
        ),
    ],
)
def test_every_form_of_asking_for_a_pause(
    form: Any,  # noqa: ANN401 - a Literal in the record
    header: str,
    read: Callable[[str], float],
) -> None:
    answer = get(simulated(Fault("social", "rate_limited", form=form, wait_s=90)))
    assert answer.status_code == 429
    assert answer.json()["error"]
    assert read(answer.headers[header]) == 90


def test_a_pause_can_be_asked_for_without_a_header() -> None:
    answer = get(simulated(Fault("*", "rate_limited", form="none")))
    assert answer.status_code == 429
    assert not [name for name in answer.headers if "limit" in name or "retry" in name]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors_are_pages_of_html(status: int) -> None:
    answer = get(simulated(Fault("social", "server_error", status=status)))
    assert answer.status_code == status
    assert "html" in answer.headers["content-type"]


def test_html_where_json_was_due() -> None:
    answer = get(simulated(Fault("social", "html")))
    assert answer.status_code == 200
    assert answer.text.startswith("<!DOCTYPE html>")


def test_truncated_json_is_not_json() -> None:
    answer = get(simulated(Fault("social", "truncated")))
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_slow_bytes_are_whole_in_the_end() -> None:
    slow, usual = simulated(Fault("social", "slow")), simulated()
    assert get(slow).json() == get(usual).json()


def test_an_endless_cursor_gives_the_same_page_for_ever() -> None:
    simulator = simulated(Fault("*", "endless"))

    async def talk(client: httpx.AsyncClient) -> tuple[Any, Any, str]:
        first = (await client.get(TAG)).json()
        second = (await client.get(f"{TAG}&max_id={first[-1]['id']}")).json()
        feed = (await client.get("/feeds/branch-notes?page=7")).json()
        return first, second, feed["next_url"]

    first, second, older = ask(simulator, talk)
    assert first == second != []
    assert older


def test_a_hanging_server_never_answers() -> None:
    simulator = simulated(Fault("social", "hang"))

    async def talk(client: httpx.AsyncClient) -> None:
        await client.get(TAG, timeout=httpx.Timeout(5, read=0.05))

    with pytest.raises(httpx.ReadTimeout):
        ask(simulator, talk)


@pytest.mark.parametrize("kind", ["reset", "outage"])
def test_a_connection_that_is_cut(kind: Any) -> None:  # noqa: ANN401 - a Literal
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        get(simulated(Fault("social", kind)))


def test_an_outage_ends_with_its_hours_and_hits_one_source() -> None:
    clock = Clock(NOW)
    simulator = simulated(outage("social", NOW, hours=3), clock=clock)

    async def talk(client: httpx.AsyncClient) -> tuple[int, int]:
        other = await client.get(TAG.replace("social", "union"))
        with pytest.raises(httpx.TransportError):
            await client.get(TAG)
        clock.now += timedelta(hours=3)
        return other.status_code, (await client.get(TAG)).status_code

    assert ask(simulator, talk) == (200, 200)


def on_stream(
    simulator: Simulator,
    listen: Callable[[websockets.ClientConnection], Awaitable[Made]],
) -> Made:
    async def go() -> Made:
        async with serve(simulator) as base:
            url = f"ws{base.removeprefix('http')}/jetstream/subscribe?cursor=1"
            async with websockets.connect(url, proxy=None) as connection:
                return await listen(connection)

    return asyncio.run(go())


async def _count(connection: websockets.ClientConnection) -> int:
    count = 0
    try:
        while True:
            await connection.recv()
            count += 1
    except websockets.ConnectionClosedError:
        return count


def test_a_dropped_websocket_closes_without_a_goodbye() -> None:
    simulator = simulated(Fault("jetstream", "drop", after=7))
    assert on_stream(simulator, _count) <= 7


def test_an_outage_cuts_a_stream_that_is_open() -> None:
    clock = Clock(NOW)
    simulator = simulated(outage("jetstream", NOW + timedelta(hours=1), 2), clock=clock)

    async def listen(connection: websockets.ClientConnection) -> int:
        await connection.recv()
        clock.now += timedelta(hours=1)
        return await _count(connection)

    assert on_stream(simulator, listen) >= 0


def test_a_truncated_message_is_not_json() -> None:
    simulator = simulated(Fault("jetstream", "truncated", after=2))

    async def listen(connection: websockets.ClientConnection) -> list[str | bytes]:
        return [await connection.recv() for _ in range(4)]

    messages = on_stream(simulator, listen)
    for place in (0, 1, 3):
        json.loads(messages[place])
    with pytest.raises(json.JSONDecodeError):
        json.loads(messages[2])


def test_a_stream_can_be_refused() -> None:
    simulator = simulated(Fault("jetstream", "rate_limited", wait_s=9))
    with pytest.raises(websockets.InvalidStatus) as refused:
        on_stream(simulator, _count)
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["retry-after"] == "9"


def test_a_plan_strikes_every_nth_request_and_only_so_often() -> None:
    faults = Faults([Fault("social", "html", every=3, times=2)])
    struck = [faults.draw("social", NOW) is not None for _ in range(12)]
    assert struck == [False, False, True, False, False, True] + [False] * 6
    assert faults.draw("union", NOW) is None


def test_a_share_of_the_requests_is_drawn_from_the_seed() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults([Fault("*", "html", share=0.3)], seed=seed)
        return [faults.draw("social", NOW) is not None for _ in range(200)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 30 <= sum(strikes(1)) <= 90


def test_the_control_endpoint_changes_the_plan() -> None:
    simulator = simulated()
    plan = [{"source": "social", "kind": "server_error", "status": 502, "times": 1}]

    async def talk(client: httpx.AsyncClient) -> list[int]:
        asked = [await client.post("/control/faults", json=plan)]
        asked += [await client.get(TAG) for _ in range(2)]
        asked.append(await client.post("/control/faults", json=[{"kind": "odd"}]))
        state = (await client.get("/control")).json()
        assert state["done"] == [1]
        assert state["requests"]["social"] == 2
        truth = (await client.get("/control/truth")).json()
        assert {"uri", "served", "visible_at"} <= set(truth[0])
        return [answer.status_code for answer in asked]

    assert ask(simulator, talk) == [200, 502, 200, 400]


def test_the_control_endpoint_is_for_this_machine_alone() -> None:
    async def go() -> list[int]:
        transport = httpx.ASGITransport(app=simulated().app, client=("203.0.113.9", 1))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://x"
        ) as client:
            answers = [await client.get(f"/control{part}") for part in ("", "/truth")]
            answers.append(await client.post("/control/faults", json=[]))
            return [answer.status_code for answer in answers]

    assert asyncio.run(go()) == [403, 403, 403]


@pytest.mark.parametrize(
    "told",
    [
        {"source": "*", "kind": "odd"},
        {"source": "*", "kind": "html", "every": 0},
        {"source": "*", "kind": "html", "from_at": "soon"},
        {"source": "*", "kind": "html", "colour": "red"},
        {"kind": "html"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        fault_from(told)


def test_every_source_has_its_own_address_and_is_told_apart() -> None:
    simulator = simulated(Fault("*", "server_error"))

    async def talk(client: httpx.AsyncClient) -> dict[str, int]:
        base = str(client.base_url).rstrip("/")
        sources = [*simulator.sources(base), simulator.search_source(base)]
        assert all(source["allow_private"] for source in sources)
        servers = [s["base_url"] for s in sources if s["platform"] != "feed"]
        assert len({url.rsplit(":", 1)[1] for url in servers}) == len(servers)
        for source in sources:
            url = source["base_url"].replace("ws:", "http:")
            assert (await client.get(url)).status_code == 503
        assert (await client.get("/control")).status_code == 200
        assert set(simulator.stage.requests) == {source["slug"] for source in sources}
        return simulator.stage.requests

    asked = ask(simulator, talk)
    assert asked == dict.fromkeys(asked, 1)


def test_a_server_on_its_own_port_is_the_same_server() -> None:
    simulator = simulated()

    async def talk(client: httpx.AsyncClient) -> tuple[Any, Any, str]:
        base = str(client.base_url).rstrip("/")
        address = simulator.sources(base)[0]["base_url"]
        own = await client.get(TAG.replace("/social", address))
        return own.json(), (await client.get(TAG)).json(), own.headers["link"]

    own, below, link = ask(simulator, talk)
    assert own == below != []
    assert "/social/" not in link


def test_a_port_in_use_is_an_os_error() -> None:
    async def go() -> None:
        async with serve(simulated()) as base:
            port = int(base.rsplit(":", 1)[1])
            async with serve(simulated(), port):
                pass

    with pytest.raises(OSError, match="in use"):
        asyncio.run(go())
