"""How often a moment at which nothing happened is told as an effect on a term, held against
another one; how often a true effect is found, by the share of posts that
carry both. A part of `./run bench placebo`."""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks._figures import note
from benchmarks.placebo import START, WORLDS, World, rate_of, simulated
from groundswell.effects import Effect, lookback, measure
from groundswell.effects_model import HOUR, Series
from groundswell.effects_overlap import MOST

AIM = 0.05
# Of the control term's posts, those that carry the measured one too.
SHARES = (0.0, 0.1, 0.2, 0.4)


def measured(seeds: Sequence[int]) -> int:
    """Note the rates; 1 where placebo dates show more than 5 %."""
    rate = _placebos(seeds)
    _power(seeds)
    _of_both(seeds)
    return int(rate > AIM)


def two_terms(
    seed: int,
    world: World,
    rate: float,
    length: int,
    *,
    share: float,
    begin: int | None = None,
    times: float = 1.0,
    other: float = 1.0,
) -> tuple[Series, Series]:
    """Two terms of one campaign, each about so many posts an hour, with the days in common;
    from `begin` on the first has so many times as many, the second `other` times. share:
    of the second's posts that are the first's too, and rise with it."""
    own = simulated(seed, world, rate, length, begin=begin, times=times, common=seed)
    alone = simulated(
        seed + 900_001,
        world,
        (1 - share) * rate,
        length,
        begin=begin,
        times=other,
        common=seed,
    ).counts
    dice = random.Random(seed + 1_800_003)
    both = [
        None if count is None else sum(dice.random() < share for _ in range(int(count)))
        for count in own.counts
    ]
    # The same walk reads both terms: what was not seen of one was not of the other.
    counts = [
        None if first is None or second is None else first + second
        for first, second in zip(alone, both, strict=True)
    ]
    return own, Series(start=START, counts=counts)


def with_control_term(
    seeds: Sequence[int],
    world: World,
    rate: float,
    *,
    share: float,
    hours: int = 24,
    times: float = 1.0,
    other: float = 1.0,
    control: bool = True,
) -> list[Effect]:
    """What is said of one moment in each simulated campaign, of a term against another, or
    without a control."""
    effects = []
    for seed in seeds:
        begin = lookback(hours).days * 24 + seed * 5 % 24
        own, second = two_terms(
            seed,
            world,
            rate,
            begin + hours,
            share=share,
            begin=begin,
            times=times,
            other=other,
        )
        at = START + begin * HOUR
        against = second if control else None
        effects.append(measure(own, at, hours=hours, control=against))
    return effects


def _placebos(seeds: Sequence[int]) -> float:
    """Placebo dates of a term against another one of its campaign, at each share of posts
    with both that is not refused."""
    everything: list[Effect] = []
    for share in (share for share in SHARES if share <= MOST):
        cells = [
            effect
            for world in WORLDS.values()
            for rate in (2.0, 20.0)
            for effect in with_control_term(seeds, world, rate, share=share)
        ]
        everything += cells
        name = (
            f"placebo dates with an effect, a control term, {_percent(share)} with both"
        )
        note(name, _percent(rate_of(cells)), aim="at most 5 %")
    rate = rate_of(everything)
    note(
        "placebo dates with an effect, a control term",
        _percent(rate),
        aim="at most 5 %",
    )
    return rate


def _power(seeds: Sequence[int]) -> None:
    """How many effects a control term leaves, by the share of posts with both."""
    for rate in (2.0, 20.0):
        for share in SHARES:
            cells = [
                rate_of(
                    with_control_term(
                        seeds, WORLDS["scatter"], rate, share=share, times=times
                    )
                )
                for times in (2.0, 5.0)
            ]
            told = ", ".join(
                f"{times:g} times: {_percent(cell)}"
                for times, cell in zip((2.0, 5.0), cells, strict=True)
            )
            name = f"effects found, a control term, {_percent(share)} with both"
            note(f"{name}, {rate:g} posts an hour", told)


def _of_both(seeds: Sequence[int]) -> None:
    """How often what triples both terms alike is told as the effect of an event of one."""
    for rate in (2.0, 20.0):
        rates = [
            rate_of(
                with_control_term(
                    seeds,
                    WORLDS["scatter"],
                    rate,
                    share=0.1,
                    times=3,
                    other=3,
                    control=control,
                )
            )
            for control in (False, True)
        ]
        alone, against = map(_percent, rates)
        told = f"{alone} without a control, {against} against the other"
        note(f"both terms tripled, {rate:g} posts an hour", told)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
