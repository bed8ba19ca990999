"""The Transformer (Vaswani et al., 2017), with normalisation first."""

from dataclasses import dataclass
from typing import Literal

from torch import nn

from seqbench import Architecture, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture
from seqbench_plugins.architectures.transformer.blocks import Block, Blocks, Causal
from seqbench_plugins.architectures.transformer.positions import KINDS

Init = Literal["uniform", "xavier", "orthogonal"]


@dataclass(frozen=True, kw_only=True)
class Transformer(TorchArchitecture):
    """Attention and a perceptron by turns. It looks ahead only where the task is not causal.

    Positions are told by rotated queries and keys (rotary), by a table learned for as many steps
    as the task's longest sequence has (learned), by waves added to the inputs (sinusoidal), by
    scores that fall with the distance (alibi), or not at all (none). A window is applied as a
    mask: in training it saves no work, and a step at a time it bounds what is kept.
    """

    name = "transformer"
    source = "Vaswani et al., 2017; pre-norm: Xiong et al., 2020; rotary positions: Su et al., "
    source += "2021; alibi: Press et al., 2021; window: Beltagy et al., 2020"
    width: int = 40
    layers: int = 2
    heads: int = 4
    ratio: float = 3.0  # of the perceptron's hidden width to the width
    init: Init = "uniform"  # of the blocks' matrices; xavier is the paper's
    positions: Literal["rotary", "learned", "sinusoidal", "alibi", "none"] = "rotary"
    window: int = 0  # steps seen, one's own and those before (as many after, ahead); 0: all

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers", "heads")
        if not 0 < self.ratio <= 1000:
            raise SeqbenchError(
                f"transformer.ratio is {self.ratio}; it takes a number above 0, to 1000"
            )
        if self.window < 0:
            raise SeqbenchError(
                f"transformer.window is {self.window}; it takes 1 or more, or 0 for no window"
            )

    def mixer(self, width: int, io: Signature) -> nn.Module:
        hidden = max(1, round(self.ratio * width))
        blocks = [Block(width, self.heads, hidden) for _ in range(self.layers)]
        if self.init != "uniform":
            for block in blocks:
                block.start(self.init)
        attention = blocks[0].attention
        positions = KINDS[self.positions](width, attention.heads, attention.depth, io.length)
        return (Causal if io.causal else Blocks)(blocks, positions, self.window)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [Transformer]
