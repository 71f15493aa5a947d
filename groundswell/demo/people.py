"""The invented people of a simulated world."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from groundswell.demo import texts
from groundswell.demo.ids import did
from groundswell.demo.records import ELSEWHERE, SERVERS, Network, OptOut, Person

_HOST_WEIGHTS = (40, 22, 14, 8, 8, 5, 3)


def draw_people(seed: int, start: datetime) -> list[Person]:
    """Everyone, in order of how much they write, most first."""
    rng = Random(f"{seed}/people")
    counts: tuple[tuple[Network, int], ...] = (("mastodon", 240), ("bluesky", 280))
    networks = [network for network, count in counts for _ in range(count)]
    rng.shuffle(networks)
    return [
        _draw(rng, index, network, start=start)
        for index, network in enumerate(networks)
    ]


def _draw(rng: Random, index: int, network: Network, *, start: datetime) -> Person:
    name, user = texts.person_name(index)
    host = _host(rng, network)
    uri = f"https://{host}/users/{user}" if network == "mastodon" else did(user)
    bridged = rng.random() < 0.12
    away, gone_at = _account_events(rng, start)
    on_bluesky = network == "bluesky" and not bridged
    return Person(
        index=index,
        network=network,
        name=name,
        user=user,
        host=host,
        uri=uri,
        lang=_lang(rng),
        followers=int(rng.paretovariate(0.8) * 20),
        joined=start - timedelta(days=rng.randint(40, 2000)),
        bot=rng.random() < 0.03,
        opt_out=_opt_out(rng, network),
        indexable=rng.random() < 0.6,
        bridged=bridged,
        renamed_at=_moment(rng, start, share=0.02 if on_bluesky else 0),
        away=away if on_bluesky else None,
        gone_at=gone_at if on_bluesky else None,
    )


def _host(rng: Random, network: Network) -> str:
    hosts = [*(server.host for server in SERVERS), *ELSEWHERE]
    chosen: str = rng.choices(hosts, _HOST_WEIGHTS)[0]
    return chosen if network == "mastodon" else "bsky.example"


def _lang(rng: Random) -> str:
    codes = [code for code, _ in texts.LANGUAGES]
    weights = [weight for _, weight in texts.LANGUAGES]
    chosen: str = rng.choices(codes, weights)[0]
    return chosen


def _opt_out(rng: Random, network: Network) -> OptOut | None:
    draw = rng.random()
    if network == "bluesky":
        return "no_unauthenticated" if draw < 0.05 else None
    if draw < 0.03:
        return "nobot"
    return "noindex" if draw < 0.05 else None


def _moment(rng: Random, start: datetime, *, share: float) -> datetime | None:
    """With a chance of `share` a moment in the first ten days."""
    drawn, days = rng.random(), rng.uniform(0.2, 10)
    return start + timedelta(days=days) if drawn < share else None


def _account_events(
    rng: Random, start: datetime
) -> tuple[tuple[datetime, datetime] | None, datetime | None]:
    """A span in which the account is switched off, or when it is deleted; rarely."""
    off, gone = _moment(rng, start, share=0.02), _moment(rng, start, share=0.01)
    hours = timedelta(hours=rng.uniform(2, 30))
    if off is not None:
        return (off, off + hours), None
    return None, gone
