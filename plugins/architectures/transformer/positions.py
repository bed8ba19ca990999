"""Ways to tell attention where a step stands."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from seqbench import Unsuited

BASE = 10_000.0  # the slowest pair turns by 1 / BASE a step
Turn = tuple[Tensor, Tensor]  # cosines and sines


class Positions(nn.Module):
    """Nothing is told; a subclass says more, in one of three ways."""

    def __init__(self, width: int, heads: int, depth: int, length: int) -> None:
        super().__init__()
        self.width, self.heads, self.depth, self.length = width, heads, depth, length

    def added(self, x: Tensor, at: Tensor, last: int | Tensor) -> Tensor:
        """x (N, T, width) with what tells its steps' positions at (T,), up to `last`, added."""
        return x

    def turn(self, at: Tensor, like: torch.dtype) -> Turn | None:
        """Cosines and sines, (T, depth / 2), by which queries and keys are turned."""
        return None

    def bias(self, far: Tensor, like: torch.dtype) -> Tensor | None:
        """What scores have added, (heads, ...), of keys so far back (...); or ahead, below 0."""
        return None


class Rotary(Positions):
    """Each pair of a query's or a key's numbers turns with the position (Su et al., 2021)."""

    def turn(self, at: Tensor, like: torch.dtype) -> Turn:
        angles = slow(at, self.depth)
        return angles.cos().to(like), angles.sin().to(like)


class Sinusoidal(Positions):
    """Waves are added to the inputs, sines and cosines in turn (Vaswani et al., 2017)."""

    def added(self, x: Tensor, at: Tensor, last: int | Tensor) -> Tensor:
        angles = slow(at, self.width + self.width % 2)
        waves = torch.stack([angles.sin(), angles.cos()], -1).flatten(1)[:, : self.width]
        return x + waves.to(x.dtype)


class Learned(Positions):
    """A vector for each position is added, and learned (Gehring et al., 2017).

    Vectors are drawn from N(0, 1) as those of tokens are. Raises Unsuited for a sequence longer
    than the task said its longest would be.
    """

    def __init__(self, width: int, heads: int, depth: int, length: int) -> None:
        super().__init__(width, heads, depth, length)
        self.table = nn.Parameter(torch.empty(length, width).normal_())

    def added(self, x: Tensor, at: Tensor, last: int | Tensor) -> Tensor:
        if int(last) >= self.length:
            raise Unsuited(
                f"transformer.positions is learned, of {self.length} steps, and a sequence has "
                f"{int(last) + 1}; rotary, sinusoidal, alibi and none take any length"
            )
        return x + self.table[at]


class Alibi(Positions):
    """Scores fall with the distance, in each head at its own rate (Press et al., 2021)."""

    def bias(self, far: Tensor, like: torch.dtype) -> Tensor:
        slopes = torch.tensor(rates(self.heads), dtype=like, device=far.device)
        return -slopes.view(-1, *[1] * far.ndim) * far.abs()


def slow(at: Tensor, numbers: int) -> Tensor:
    """Angles of each pair of so many numbers at each position, (T, numbers / 2)."""
    pairs = torch.arange(0, numbers, 2, device=at.device)
    # In float64: a late position times a fast turn is a large angle, and must be a sharp one.
    return at.double()[:, None] * BASE ** (-pairs.double() / numbers)


def rates(heads: int) -> list[float]:
    """2^(-8/n), 2^(-16/n), ... of n heads; where n is no power of two, as its authors fill up:

    those of the power of two below, then every other one of those of twice that power.
    """
    below: int = 1 << (heads.bit_length() - 1)
    found = [2.0 ** (-8 * at / below) for at in range(1, below + 1)]
    between = [2.0 ** (-4 * at / below) for at in range(1, 2 * below + 1, 2)]
    return found + between[: heads - below]


KINDS: dict[str, Callable[[int, int, int, int], Positions]] = {
    "rotary": Rotary,
    "learned": Learned,
    "sinusoidal": Sinusoidal,
    "alibi": Alibi,
    "none": Positions,
}
