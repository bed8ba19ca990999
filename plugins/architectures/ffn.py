"""A perceptron at each step by itself: what is reached without any memory."""

from dataclasses import dataclass

from torch import nn

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch.stack import Perceptron, Residual, Stack, StackedArchitecture


@dataclass(frozen=True, kw_only=True)
class FeedForward(StackedArchitecture):
    """The Transformer's perceptrons without its attention: it cannot see the past."""

    name = "ffn"
    source = "position-wise perceptrons: Vaswani et al., 2017; pre-norm: Xiong et al., 2020"
    width: int = 46
    ratio: float = 4.0  # of a perceptron's hidden width to the width

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ratio:
            raise SeqbenchError("ffn.ratio is 0; it takes a number above 0, to 1000")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        hidden = max(1, round(self.ratio * width))
        blocks = [Residual(width, Perceptron(width, hidden)) for _ in range(self.layers)]
        return Stack(blocks, nn.LayerNorm(width))


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [FeedForward]
