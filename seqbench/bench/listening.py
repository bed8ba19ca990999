"""What a training says of itself on the way, and when it has said enough."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, isnan

from seqbench.contract.architecture import Point
from seqbench.contract.errors import Pruned
from seqbench.contract.executor import Progress, Watch
from seqbench.contract.trial import Trial


@dataclass
class Listener:
    """Keeps the points of a learning curve, passes them on, and gives up where a bar is missed."""

    trial: Trial
    watch: Watch
    heard: list[Point] = field(default_factory=list)

    def __call__(self, point: Point) -> None:
        """Raises Pruned where the best loss so far is above the bar for so many examples."""
        self.heard.append(point)
        self.watch(Progress("point", self.trial, point=point))
        losses = [one.valid_loss for one in self.heard if not isnan(one.valid_loss)]
        best = min(losses, default=inf)
        bar = bar_at(self.trial.bars, point.examples)
        if bar is not None and best > bar:
            raise Pruned(
                f"given up after {point.examples:,} examples: its best loss on valid was"
                f" {best:.4g}, and half of the settings before it had {bar:.4g} or less by then"
            )


def bar_at(bars: Sequence[tuple[int, float]], examples: int) -> float | None:
    """The bar of the last stage that was reached, or None before the first."""
    reached = [bar for stage, bar in bars if stage <= examples]
    return reached[-1] if reached else None
