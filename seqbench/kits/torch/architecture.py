"""The base class of every architecture that is a torch module."""

from dataclasses import dataclass

from torch import nn

from seqbench.contract.architecture import Architecture, Lesson, Model
from seqbench.contract.signature import Signature
from seqbench.kits.torch.network import Network
from seqbench.kits.torch.training import seeded, train


@dataclass(frozen=True, kw_only=True)
class TorchArchitecture(Architecture):
    """Say `mixer(width, io)`; the kit supplies what is around it, and the training.

    Every architecture gets the same embedding or projection, readout, loss, optimiser, clipping,
    early stopping and prediction, so that a difference in a table is a difference of mixers.
    """

    width: int = 64

    def mixer(self, width: int, io: Signature) -> nn.Module:
        """A module from (N, T, width) to (N, T, width), for the author to write.

        A forward with a second parameter named `lengths` is given the sequences' lengths, (N,)
        int64, or None; padding is at the end. For streaming it may offer
        `initial_state(batch)` and `step(x, state) -> (y, state)` with x and y (N, width).
        """
        raise NotImplementedError(f"{type(self).__name__} needs mixer(width, io) or module(io)")

    def module(self, io: Signature) -> nn.Module:
        """The whole network, from inputs to (N, T, channels); for who must own all of it."""
        return Network(io, self.width, self.mixer(self.width, io))

    def fit(self, lesson: Lesson) -> Model:
        """Build the network and train it, with torch's randomness drawn from the lesson's."""
        with seeded(lesson.rng):
            return train(self.module(lesson.io), lesson)
