"""One batch, one step; or one batch, a step for each chunk of its sequences."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqbench.contract.architecture import Recipe
from seqbench.contract.data import Split
from seqbench.contract.errors import Diverged, Unsuited
from seqbench.contract.signature import Signature, Transcript
from seqbench.kits.torch.gradients import Gradients
from seqbench.kits.torch.loss import loss, unpack
from seqbench.kits.torch.network import apply
from seqbench.kits.torch.optimizer import optimizer
from seqbench.kits.torch.schedule import set_lr


class Learner:
    """A network under a recipe, which it follows batch by batch."""

    def __init__(self, network: nn.Module, io: Signature, recipe: Recipe) -> None:
        self.network, self.io, self.recipe = network, io, recipe
        self.optimizer = optimizer(network, recipe)
        self.gradients = Gradients(network.parameters(), recipe)
        self.steps = 0
        self.optimizer.zero_grad()  # a network may come with gradients

    def learn(self, part: Split, seen: int) -> float:
        """Learn from a batch, `seen` examples having come before it; its mean loss.

        The network must be in training mode. Raises Diverged where a loss or a gradient is not
        finite, before the weights are touched by it.
        """
        set_lr(self.optimizer, self.recipe, seen, len(part))
        if self.recipe.tbptt:
            return self.learn_chunks(part, self.recipe.tbptt)
        inputs, targets, mask, lengths = unpack(part)
        # No name for the answers: their memory, still in the cache, then serves the way back.
        value = loss(self.io, apply(self.network, inputs, lengths), targets, mask, lengths)
        return self.step(value)

    def learn_chunks(self, part: Split, steps: int) -> float:
        """Truncated backpropagation through time (Williams and Peng, 1990), in chunks of steps.

        The mixer's state goes on from chunk to chunk, its gradient does not. A chunk in which no
        step counts is run for its state alone.
        """
        if isinstance(self.io.outputs, Transcript):
            raise Unsuited("train.tbptt: a transcript belongs to whole sequences, not to chunks")
        run = getattr(self.network, "chunk", None)
        if run is None:
            kind = type(self.network).__name__
            raise Unsuited(
                f"train.tbptt needs a network with chunk(inputs, state); {kind} has none"
            )
        inputs, targets, mask, _ = unpack(part)  # padding comes last, so no state needs lengths
        state, total = None, 0.0
        for start in range(0, mask.shape[1], steps):
            at = slice(start, start + steps)
            counted = int(np.count_nonzero(part.mask[:, at]))
            with torch.set_grad_enabled(counted > 0):
                answers, state = run(inputs[:, at], state)
            state = detached(state)
            if counted:
                total += counted * self.step(loss(self.io, answers, targets[:, at], mask[:, at]))
        return total / int(np.count_nonzero(part.mask))

    def step(self, value: Tensor) -> float:
        """One step down the gradient of a loss; what the loss is."""
        value.backward()  # type: ignore[no-untyped-call]
        norm, told = self.gradients.clip(), value.item()
        self.steps += 1
        if not math.isfinite(told):
            raise Diverged(f"the training loss is {told} at step {self.steps}")
        if not math.isfinite(norm):
            raise Diverged(f"the gradient's norm is {norm} at step {self.steps}")
        self.optimizer.step()
        self.optimizer.zero_grad()  # now, so that the next way there has the gradients' memory
        return told


def detached(state: Any) -> Any:
    """A state, of tensors in tuples, lists and dicts, without its history."""
    if isinstance(state, Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {key: detached(it) for key, it in state.items()}
    if isinstance(state, tuple | list):
        make = getattr(state, "_make", type(state))  # a namedtuple takes its items one by one
        return make(detached(it) for it in state)
    return state
