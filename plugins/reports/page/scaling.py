"""Costs of bare mixers against length, on logarithmic axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqbench import Frames
from seqbench_plugins.reports.page.picture import Picture, Rows, axis, behind, lines
from seqbench_plugins.reports.page.scores import Parts
from seqbench_plugins.reports.scaling import ScalingReport
from seqbench_plugins.reports.scaling.ledger import Ledger, ledgers

COSTS = {
    "flops": "floating-point operations",
    "seconds": "seconds",
    "peak_bytes": "bytes at the peak",
}
FORMS = {"flops": "~s", "seconds": "~g", "peak_bytes": "~s"}


def raced(frames: Frames) -> list[str]:
    """The architectures of all races, as their lines are labelled."""
    found = [one.label(line, way=False) for one in ledgers(frames) for line in one.lines]
    return list(dict.fromkeys(found))


def growth(frames: Frames, names: Sequence[str]) -> Parts:
    """A picture for each cost and pass of each race."""
    pictures = [picture for one in ledgers(frames) for picture in of_race(one, names)]
    lead = (
        "Untrained mixers, both axes logarithmic: a straight line of slope k is a cost that grows"
        " as the length to the k. Operations are exact; seconds and bytes are of this machine."
    )
    tables = list(ScalingReport().tables(frames)) if pictures else []
    return "scaling", "At what cost?", lead, pictures, tables


def of_race(ledger: Ledger, names: Sequence[str]) -> Iterator[Picture]:
    """Operations first, then times, then memory."""
    ways = list(dict.fromkeys(line.way for line in ledger.lines))
    for cost, unit in COSTS.items():
        for way in ways:
            rows: Rows = []
            for line in ledger.lines:
                for length, value in ledger.curve(cost, line).items():
                    if line.way == way and value > 0:
                        name = ledger.label(line, way=False)
                        rows.append({"architecture": name, "length": int(length), "cost": value})
            if rows:
                title = f"{ledger.title}: {unit}, {way}, by length"
                fields = {"architecture": "", "length": "length", "cost": unit}
                x, y = axis("length", "length", True, "~s"), axis("cost", unit, True, FORMS[cost])
                alt = f"{unit.capitalize()} of a {way} pass by sequence length. {ledger.where}"
                yield Picture(title, alt, lines(rows, names, x, y), behind(title, rows, fields))
