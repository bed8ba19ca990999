"""What gradients were like, and what was cut off them."""

import math
from collections.abc import Iterable

from torch import nn

from seqbench.contract.architecture import Recipe


class Gradients:
    """Clips the gradients of a network step by step, and remembers what it saw.

    By norm (Pascanu, Mikolov and Bengio, 2013): all are scaled by one factor, so that together
    they are no longer than `clip`. By value: each number is brought between -clip and clip.
    """

    def __init__(self, weights: Iterable[nn.Parameter], recipe: Recipe) -> None:
        self.weights = [w for w in weights if w.requires_grad]
        self.most, self.by = recipe.clip or math.inf, recipe.clip_by
        self.norms: list[float] = []  # before clipping, of every step
        self.clipped = 0  # steps

    def clip(self) -> float:
        """Clip what backward left in the weights; the norm of all of it before."""
        if self.by == "norm":
            norm = nn.utils.clip_grad_norm_(self.weights, self.most).item()
            self.clipped += norm > self.most
        else:
            norm = self.norm(2.0)
            self.clipped += self.norm(math.inf) > self.most
            nn.utils.clip_grad_value_(self.weights, self.most)
        self.norms.append(norm)
        return norm

    def norm(self, kind: float) -> float:
        """A norm of all gradients together."""
        return nn.utils.clip_grad_norm_(self.weights, math.inf, kind).item()

    def notes(self) -> dict[str, float]:
        """For the record."""
        return {
            "clipped_share": self.clipped / len(self.norms),
            "gradient_norm_mean": math.fsum(self.norms) / len(self.norms),
            "gradient_norm_max": max(self.norms),
            # 0 where a training came to its end: the first one ends it, as diverged.
            "nonfinite_steps": sum(not math.isfinite(norm) for norm in self.norms),
        }
