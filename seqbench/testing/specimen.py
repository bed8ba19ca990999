"""One architecture, fitted once on each tiny lesson that it takes."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqbench.contract.architecture import Architecture, Model
from seqbench.contract.data import Split
from seqbench.contract.errors import Missing
from seqbench.contract.signature import Signature
from seqbench.testing.tiny import LONG, fitted, real, shortened, taken

Fitted = tuple[Signature, Model, Split]


@dataclass(frozen=True)
class Specimen:
    """What architecture's checks look at; all of them together fit it as seldom as they can."""

    architecture: Architecture
    _known: dict[Signature, tuple[Model, Split]] = field(default_factory=dict)
    _sound: dict[Signature, bool] = field(default_factory=dict)

    def fits(self) -> Iterator[Fitted]:
        """On every signature it takes and answers in the right shape: one check tells the others.

        Missing where there is none.
        """
        sound = [io for io in taken(self.architecture) if self.sound(io)]
        if not sound:
            raise Missing("it works on no kind of task")
        yield from (self.fit(io) for io in sound)

    def sound(self, io: Signature) -> bool:
        """Whether it can be fitted, and its outputs follow the signature."""
        if io not in self._sound:
            try:
                follows(*self.fit(io))
            except Missing:
                raise
            except Exception:
                self._sound[io] = False
            else:
                self._sound[io] = True
        return self._sound[io]

    def fit(self, io: Signature) -> Fitted:
        """The model for a signature, the same one each time, and the split it learned from."""
        if io not in self._known:
            self._known[io] = fitted(self.architecture, io)
        return io, *self._known[io]

    def long(self) -> Iterator[Fitted]:
        """On sequences longer than what a mixer may mix in one block, where it takes them."""
        suited = [io for io in LONG if self.architecture.unsuited(io) is None]
        short = {(io.inputs, io.outputs) for io, *_ in self.fits() if io.causal}
        asked = [io for io in suited if (io.inputs, io.outputs) in short]
        yield from (self.fit(io) for io in asked[:1])

    def networks(self, long: bool = False) -> Iterator[tuple[Signature, Any, Split]]:
        """Copies of the fitted torch networks; Missing where there are none."""
        found = False
        for io, model, split in (*self.fits(), *(self.long() if long else ())):
            if hasattr(model.network, "state_dict"):
                found = True
                yield io, copy.deepcopy(model.network).eval(), split
        if not found:
            raise Missing("its models have no torch network")


def follows(io: Signature, model: Model, split: Split) -> None:
    """All rows, one row, one step."""
    for part in (split, split[:1], shortened(split, 1)):
        told = answers(model, part)
        wanted = (*part.inputs.shape[:2], io.outputs.channels)
        assert told.shape == wanted, f"on {io} it gives {told.shape}, not {wanted}"
        assert np.isfinite(told[real(part)]).all(), f"on {io} an answer is not finite"


def answers(model: Model, split: Split) -> np.ndarray:
    """The model's answers to a split."""
    return np.asarray(model.predict(split.inputs, split.lengths))


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference, where the largest number counts as at least 1; inf for a NaN."""
    most = np.abs(one - other).max(initial=0) / max(1.0, np.abs(other).max(initial=0))
    return float(most) if np.isfinite(most) else np.inf
