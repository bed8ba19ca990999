"""What architectures cost by length, from what the race `scaling` measured.

tables.py: what was counted, timed and held, and what follows from it
claims.py: what the numbers say of two claims
ledger.py: one race's numbers, to be looked up
figures.py: numbers as a reader wants them
"""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator
from dataclasses import dataclass

from seqbench import Frames, Report, hookimpl
from seqbench.kits.table import Table, TablesReport
from seqbench_plugins.reports.scaling.claims import Claim, grows, pays
from seqbench_plugins.reports.scaling.figures import once
from seqbench_plugins.reports.scaling.ledger import ledgers
from seqbench_plugins.reports.scaling.tables import absent, measured


@dataclass(frozen=True)
class ScalingReport(TablesReport):
    """FLOPs, seconds and memory by length, exponents, crossings, what is missing, two claims."""

    name = "scaling"
    attention: str = "transformer"  # the architecture whose cost is said to grow with every token
    recurrent: tuple[str, ...] = ("rnn", "lstm", "birnn")  # those whose cost is said not to
    both: str = "birnn"  # the one said to see both directions at a price

    def tables(self, frames: Frames) -> Iterator[Table]:
        """Those of each race, operations before times; then the claims."""
        claims: list[Claim] = []
        races = list(ledgers(frames))
        for ledger in races:
            yield from measured(ledger)
            claims += grows(ledger, self.attention, self.recurrent)
            claims += pays(ledger, self.both, self.attention)
            if rows := absent(ledger):
                yield Table(f"{ledger.title}: not measured", ("", "why"), rows, text=True)
        if claims:
            columns = ("task, cost", "claim", "verdict", "because")
            yield Table("Claims", columns, tuple(once(claims)), NOTES, text=True)
        if not races:
            text = "nothing to tell: `measure: [scaling]` asks for it"
            yield Table("Scaling", ("",), (), (text,))


NOTES = (
    "a cost grows with every token where the interval of its exponent over the long half of the"
    " lengths is above 1, and to that extent where it is above the other's; FLOPs are exact",
    "a price is what one costs beyond the other at every length; a time is beyond another where"
    " neither's error could make it less",
)


@hookimpl
def reports() -> list[type[Report]]:
    return [ScalingReport]
