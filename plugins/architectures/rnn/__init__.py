"""The simple recurrent network, and the ways in which what it gave may come back to it."""

from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from seqbench import Architecture, Lesson, Model, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture
from seqbench_plugins.architectures.fused import ran
from seqbench_plugins.architectures.rnn.elman import Recurrent
from seqbench_plugins.architectures.rnn.wiring import Init, Wired, Wiring

Feedback = Literal["elman", "direct", "lateral", "full", "indirect"]


@dataclass(frozen=True, kw_only=True)
class RNN(TorchArchitecture):
    """h = tanh(W x + U h + b), in layers; `feedback` says which units' h comes back to which.

    elman: every unit of a layer feeds every unit of that layer. direct: each feeds itself.
    lateral: it feeds the others of its layer, not itself. full: it feeds every unit of every
    layer. indirect: the layer `feedback_from` feeds the earlier layer `feedback_to`, and no other
    feedback is there. Whatever comes back was given a step ago.
    """

    name = "rnn"
    version = 3  # compiled kernels, whose gates then changed: other last digits
    source = "Elman, Finding structure in time, 1990; direct: Li et al., Independently recurrent "
    source += "neural network, 2018; indirect: Jordan, Serial order, 1986"
    width: int = 128
    layers: int = 1
    nonlinearity: Literal["tanh", "relu"] = "tanh"
    init: Init = "uniform"  # of the weights; identity is meant for relu (Le et al., 2015)
    feedback: Feedback = "elman"
    feedback_from: int = 0  # the layer that indirect feedback comes from; 0: the last
    feedback_to: int = 1  # the earlier layer that it goes to; 1: the first

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers")
        if self.feedback == "lateral" and self.init == "identity":
            raise SeqbenchError(
                "rnn.init is identity, which feeds each unit itself, and lateral feedback never "
                "does; it takes uniform, xavier or orthogonal"
            )
        if self.feedback == "indirect":
            self.check_ends()
        elif (self.feedback_from, self.feedback_to) != (0, 1):
            raise SeqbenchError(
                f"rnn.feedback is {self.feedback}, which has no feedback_from and feedback_to; "
                "it takes indirect for these"
            )

    def check_ends(self) -> None:
        """Refuse indirect feedback but from a layer to an earlier one."""
        if self.layers < 2:
            raise SeqbenchError(
                f"rnn.layers is {self.layers}; it takes 2 or more for indirect feedback, "
                "from a layer to an earlier one"
            )
        if not 2 <= self.last <= self.layers:
            raise SeqbenchError(
                f"rnn.feedback_from is {self.feedback_from}; "
                f"it takes 2 to {self.layers}, or 0 for the last layer"
            )
        if not 1 <= self.feedback_to < self.last:
            raise SeqbenchError(
                f"rnn.feedback_to is {self.feedback_to}; it takes 1 to {self.last - 1}, "
                "an earlier layer than feedback_from"
            )

    @property
    def last(self) -> int:
        """The layer that indirect feedback comes from, counted from 1."""
        return self.feedback_from or self.layers

    def mixer(self, width: int, io: Signature) -> nn.Module:
        if self.feedback == "elman":
            return Recurrent(width, self.layers, self.nonlinearity, self.init)
        wiring: Wiring = self.feedback
        ends = (self.feedback_to, self.last)
        return Wired(width, self.layers, self.nonlinearity, self.init, wiring, ends)

    def fit(self, lesson: Lesson) -> Model:
        """As all that are taught, with a note of what computed it: kernels, or torch and where."""
        model = super().fit(lesson)
        return replace(model, notes={**model.notes, "rnn": ran(model.network) or "torch"})


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [RNN]
