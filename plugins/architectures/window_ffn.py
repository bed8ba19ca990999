"""A perceptron over the last steps: what is reached with a memory of fixed length."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch.stack import Layer, Perceptron, Residual, Stack, StackedArchitecture


@dataclass(frozen=True, kw_only=True)
class WindowFeedForward(StackedArchitecture):
    """It sees `window` steps, the present one among them, and nothing before."""

    name = "window_ffn"
    source = "Bengio et al., A neural probabilistic language model, 2003; pre-norm blocks: 2020"
    width: int = 39
    ratio: float = 2.0  # of a perceptron's hidden width to the width
    window: int = 8  # steps

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("window")
        if not self.ratio:
            raise SeqbenchError("window_ffn.ratio is 0; it takes a number above 0, to 1000")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        hidden = max(1, round(self.ratio * width))
        layers: list[Layer] = [Window(width, hidden, self.window)]
        layers += [Perceptron(width, hidden) for _ in range(self.layers - 1)]
        return Stack([Residual(width, layer) for layer in layers], nn.LayerNorm(width))


class Window(Layer):
    """A perceptron over the steps of a window; its state is the inputs that are still in it."""

    def __init__(self, width: int, hidden: int, window: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(width, hidden, window)  # a matrix (hidden, width * window)
        self.last = nn.Linear(hidden, width)

    def initial_state(self, batch: int) -> Tensor:
        """Zeros, (N, window - 1, width): before the start there is nothing."""
        weight = self.first.weight
        return weight.new_zeros(batch, weight.shape[2] - 1, weight.shape[1])

    def chunk(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """From x (N, t, width) and the inputs before it."""
        seen = torch.cat([state, x], 1)
        return self.last(F.gelu(self.first(seen.mT)).mT), seen[:, x.shape[1] :]


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [WindowFeedForward]
