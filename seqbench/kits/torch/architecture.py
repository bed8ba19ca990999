"""The base class of every architecture that is a torch module."""

from dataclasses import dataclass

from torch import nn

from seqbench.contract.architecture import Architecture, Lesson, Model, Weight
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.signature import Signature
from seqbench.kits.torch.network import Network
from seqbench.kits.torch.training import seeded, train
from seqbench.kits.torch.weight import weigh


@dataclass(frozen=True, kw_only=True)
class TorchArchitecture(Architecture):
    """Say `mixer(width, io)`; the kit supplies what is around it, and the training.

    Every architecture gets the same embedding or projection, readout, loss, optimiser, clipping,
    early stopping and prediction, so that a difference in a table is a difference of mixers.
    """

    weightless = frozenset({"dropout"})

    width: int = 64
    dropout: float = 0.0  # of what comes into the mixer and of what comes out of it

    def __post_init__(self) -> None:
        """Refuse settings that make no network; who overrides this calls it first."""
        self.at_least_one("width")
        if not 0 <= self.dropout < 1:
            raise SeqbenchError(
                f"{self.name}.dropout is {self.dropout}; it takes a number from 0 to below 1"
            )

    def at_least_one(self, *settings: str) -> None:
        """Refuse a setting below 1."""
        for setting in settings:
            if (value := getattr(self, setting)) < 1:
                raise SeqbenchError(f"{self.name}.{setting} is {value}; it takes 1 or more")

    def mixer(self, width: int, io: Signature) -> nn.Module:
        """A module from (N, T, width) to (N, T, width), for the author to write.

        A forward with a second parameter named `lengths` is given the sequences' lengths, (N,)
        int64, or None; padding is at the end. For streaming it may offer
        `initial_state(batch)` and `step(x, state) -> (y, state)` with x and y (N, width); for
        truncated backpropagation `chunk(x, state) -> (y, state)` with x and y (N, t, width) and
        a state of tensors in tuples, lists or dicts, None at the start; where it computes outside
        torch, `flops(batch, steps)`, the FLOPs of a forward pass.
        """
        raise NotImplementedError(f"{type(self).__name__} needs mixer(width, io) or module(io)")

    @property
    def between(self) -> int:
        """How wide encoder, mixer and readout meet; for mixers that not any width suits."""
        return self.width

    def module(self, io: Signature) -> nn.Module:
        """The whole network, from inputs to (N, T, channels); for who must own all of it."""
        return Network(io, self.between, self.mixer(self.between, io), self.dropout)

    def weigh(self, io: Signature, flops: bool = True) -> Weight | None:
        """Counted on the network itself, built without its numbers."""
        return weigh(lambda: self.module(io), io, flops)

    def fit(self, lesson: Lesson) -> Model:
        """Build the network and train it, with torch's randomness drawn from the lesson's."""
        with seeded(lesson.rng):
            return train(self.module(lesson.io), lesson)
