"""What was measured, as measurements: numbers at their places, then exponents and crossings."""

from collections.abc import Iterator, Mapping
from itertools import permutations
from math import isfinite, log
from typing import Any, TypeVar

import numpy as np

from seqbench import Measurement
from seqbench.kits.scaling import (
    crossings,
    laws,
    meets,
    polynomial,
    redrawn,
    spread,
)
from seqbench.kits.torch.weight import size, unfilled
from seqbench_plugins.probes.scaling.clock import reached
from seqbench_plugins.probes.scaling.place import Entrants, Fate, Line, Place

T = TypeVar("T")
FEWEST = 4  # lengths of a fit, which has three unknowns


def told(
    name: str, value: float, unit: str, at: Mapping[str, Any], exact: bool = False
) -> Measurement:
    """One number of the race."""
    return Measurement(name, float(value), unit, "probe", at, exact=exact)


def told_sizes(entrants: Entrants, length: int) -> Iterator[Measurement]:
    """Numbers learned by each entrant, and what of it runs."""
    for (name, width), entrant in entrants.items():
        part = "network" if entrant.whole else "mixer"
        try:
            many = size(unfilled(lambda one=entrant: one.network(length)))  # type: ignore[misc]
        except Exception:  # each place will say why
            continue
        at = {"architecture": name, "width": width, "part": part}
        yield told("parameters", many, "", at, exact=True)


def told_counts(counts: Mapping[Place, int | None]) -> Iterator[Measurement]:
    """FLOPs, what they are a polynomial of, their exponent at the longest lengths, crossings."""
    known = {place: count for place, count in counts.items() if count is not None}
    for place, count in known.items():
        yield told("flops", count, "", place.at, exact=True)
    lines = by_line(known)
    for line, mine in lines.items():
        if law := polynomial(list(mine), list(mine.values())):
            for name, part in zip(("constant", "linear", "quadratic"), law, strict=True):
                yield told(f"flops_{name}", float(part), "", line.at, exact=True)
        *_, (short, few), (long, many) = [(0, 0), (0, 0), *mine.items()]
        if few > 0 and many > 0:
            at = {**line.at, "of": "flops", "from": short, "to": long}
            yield told("exponent", log(many / few) / log(long / short), "", at, exact=True)
    for at, one, other in pairs(lines, "flops"):
        where = counted_crossing(one, other)
        if isfinite(where):
            yield told("crossing", where, "steps", at, exact=True)


def counted_crossing(one: dict[int, int], other: dict[int, int]) -> float:
    """Of counts by length: between those lengths as their polynomials say, if they have them."""
    lengths = list(one)
    laws_of = [polynomial(lengths, list(counts.values())) for counts in (one, other)]
    costs = [np.array([list(counts.values())], float) for counts in (one, other)]
    if not all((cost > 0).all() for cost in costs):
        return np.inf
    where = float(crossings(lengths, *costs)[0])
    if isfinite(where) and laws_of[0] and laws_of[1]:
        return meets(laws_of[0], laws_of[1], where)
    return where


def told_peaks(held: Mapping[Place, float | Fate]) -> Iterator[Measurement]:
    """Bytes, or why there are none; and the exponents of those that are."""
    for place, one in held.items():
        if isinstance(one, Fate):
            yield told_fate(place, one)
        else:
            yield told("peak_bytes", one, "B", place.at)
    numbers = {place: one for place, one in held.items() if not isinstance(one, Fate) and one > 0}
    for line, mine in by_line(numbers).items():
        for lengths in ranges(list(mine)):
            law = laws(lengths, np.array([[mine[length] for length in lengths]]))
            yield from told_law(line, lengths, "bytes", law)


def told_times(
    samples: Mapping[Place, list[float] | Fate], clock: str, rng: np.random.Generator
) -> Iterator[Measurement]:
    """Medians and quartiles, and exponents and crossings with their intervals."""
    both: dict[Place, np.ndarray] = {}  # of each place the median, then those drawn: (1 + draws,)
    for place, sample in samples.items():
        if isinstance(sample, Fate):
            yield told_fate(place, sample)
        else:
            yield from told_sample(place, sample, clock)
            drawn = redrawn([np.array(sample)], rng)[:, 0]
            both[place] = np.concatenate([[np.median(sample)], drawn])
    lines = by_line(both)
    for line, mine in lines.items():
        for lengths in ranges(list(mine)):
            law = laws(lengths, np.stack([mine[length] for length in lengths], 1))
            yield from told_law(line, lengths, "seconds", law)
    for at, one, other in pairs(lines, "seconds"):
        found = crossings(list(one), np.stack([*one.values()], 1), np.stack([*other.values()], 1))
        ends = (
            ("crossing", found[0]),
            *zip(("crossing_low", "crossing_high"), spread(found[1:]), strict=True),
        )
        if isfinite(found[0]):
            # An end that lies beyond the range is not known.
            yield from (told(name, it, "steps", at) for name, it in ends if isfinite(it))


def told_sample(place: Place, sample: list[float], clock: str) -> Iterator[Measurement]:
    """What was timed at a place."""
    at = {**place.at, "clock": clock}
    low, middle, high = np.quantile(sample, (0.25, 0.5, 0.75))
    for name, value in (("seconds", middle), ("seconds_q1", low), ("seconds_q3", high)):
        yield told(name, value, "s", at)
    yield told("relative_error", reached(sample), "", at)
    yield told("rounds", len(sample), "", at)


def told_law(line: Line, lengths: list[int], of: str, law: Any) -> Iterator[Measurement]:
    """a + b T^k of the first draw, and the interval of k over the others where there are any."""
    at = {**line.at, "of": of, "from": lengths[0], "to": lengths[-1]}
    unit = {"seconds": "s", "bytes": "B"}[of]
    for name, values, its in (
        ("exponent", law.exponent, ""),
        ("overhead", law.overhead, unit),
        ("factor", law.factor, unit),
        ("misfit", law.off, ""),
    ):
        yield told(name, values[0], its, at)
    if len(law.exponent) > 1:
        low, high = spread(law.exponent[1:])
        yield told("exponent_low", low, "", at)
        yield told("exponent_high", high, "", at)


def told_fate(place: Place, one: Fate) -> Measurement:
    """Why there is no number."""
    at = {**place.at, "why": one.why} if one.why else place.at
    return told(one.name, one.value, one.unit, at)


def by_line(found: Mapping[Place, T]) -> dict[Line, dict[int, T]]:
    """By line, and within it from the shortest length to the longest."""
    lines: dict[Line, dict[int, T]] = {}
    for place in sorted(found):
        lines.setdefault(place.line, {})[place.length] = found[place]
    return lines


def ranges(lengths: list[int]) -> list[list[int]]:
    """What laws are fitted on: all lengths and the long half; nothing where they are too few."""
    half = lengths[-max(FEWEST, -(-len(lengths) // 2)) :]
    if len(lengths) < FEWEST:
        return []
    return [lengths] if half == lengths else [lengths, half]


def pairs(
    lines: Mapping[Line, dict[int, T]], of: str
) -> Iterator[tuple[dict[str, Any], dict[int, T], dict[int, T]]]:
    """Both orders of two lines that stand against each other, at the lengths that both have.

    Of equal batch and pass; and of equal width, unless each architecture has one of its own.
    """
    widths = {
        one.architecture: {o.width for o in lines if o.architecture == one.architecture}
        for one in lines
    }
    swept = any(len(mine) > 1 for mine in widths.values())
    for one, other in permutations(lines, 2):
        alike = (one.batch, one.way) == (other.batch, other.way)
        if one.architecture == other.architecture or not alike:
            continue
        if swept and one.width != other.width:
            continue
        both = [length for length in lines[one] if length in lines[other]]
        if len(both) > 1:
            at = {**one.at, "over": other.architecture, "of": of, "from": both[0], "to": both[-1]}
            mine, theirs = ({t: lines[line][t] for t in both} for line in (one, other))
            yield at, mine, theirs
