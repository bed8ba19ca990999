"""The one training loop: AdamW, clipping, patience on valid, the best weights kept."""

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqbench.contract.architecture import Lesson, Model, Point, Predict, Recipe
from seqbench.contract.data import Split
from seqbench.contract.errors import Diverged
from seqbench.contract.signature import Signature
from seqbench.kits.torch.loss import loss, tensors
from seqbench.kits.torch.network import apply

EVALUATION_BATCH = 256  # of no consequence but for memory


def train(network: nn.Module, lesson: Lesson) -> Model:
    """Teach the network and give back the state that was best on valid.

    Raises Diverged where a loss is no longer finite.
    """
    recipe, optimizer = lesson.recipe, adamw(network, lesson.recipe)
    best = Best(network, recipe.patience)
    every = recipe.examples / recipe.evaluations
    seen, steps, losses = 0, 0, []
    for part in lesson.batches(recipe.batch):
        losses.append(step(network, optimizer, lesson.io, part, recipe.clip))
        seen, steps = seen + len(part), steps + 1
        if not math.isfinite(losses[-1]):
            raise Diverged(f"the training loss is {losses[-1]} at step {steps}")
        if seen >= every * (len(best.curve) + 1) or seen >= recipe.examples:
            point = Point(seen, float(np.mean(losses)), evaluate(network, lesson.io, lesson.valid))
            losses = []
            lesson.report(point)
            if best.is_over(point):
                break
    best.restore()
    notes = {"examples_seen": seen, "steps": steps, "best_at": best.point.examples}
    return Model(
        predict=predictor(network),
        parameters=sum(weight.numel() for weight in network.parameters()),
        curve=tuple(best.curve),
        notes=notes,
        network=network,
    )


def step(
    network: nn.Module, optimizer: torch.optim.Optimizer, io: Signature, part: Split, clip: float
) -> float:
    """One step of gradient descent; the loss before it."""
    network.train()
    inputs, targets, mask, lengths = unpack(part)
    optimizer.zero_grad()
    value = loss(io, apply(network, inputs, lengths), targets, mask)
    value.backward()  # type: ignore[no-untyped-call]
    if clip:
        nn.utils.clip_grad_norm_(network.parameters(), clip)
    optimizer.step()
    return value.item()


def adamw(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter, 2019), with no decay on biases and norms."""
    weights = [w for w in network.parameters() if w.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [w for w in weights if w.ndim >= 2], "weight_decay": recipe.weight_decay},
        {"params": [w for w in weights if w.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=recipe.lr, fused=True)


class Best:
    """The best state on valid so far, and how long ago it was."""

    def __init__(self, network: nn.Module, patience: int) -> None:
        self.network, self.patience = network, patience
        self.curve: list[Point] = []
        self.state = copy.deepcopy(network.state_dict())
        self.point = Point(0, math.inf, math.inf)

    def is_over(self, point: Point) -> bool:
        """Take note of a point; say whether patience is at its end."""
        if not math.isfinite(point.valid_loss):
            raise Diverged(f"the loss on valid is {point.valid_loss} at {point.examples} examples")
        self.curve.append(point)
        if point.valid_loss < self.point.valid_loss:
            self.point, self.state = point, copy.deepcopy(self.network.state_dict())
        since = len(self.curve) - 1 - self.curve.index(self.point)
        return bool(self.patience) and since >= self.patience

    def restore(self) -> None:
        """Put the best state back into the network."""
        self.network.load_state_dict(self.state)


@torch.no_grad()
def evaluate(network: nn.Module, io: Signature, split: Split) -> float:
    """The mean loss over all counted steps of a split."""
    network.eval()
    total, counted = 0.0, 0
    for start in range(0, len(split), EVALUATION_BATCH):
        inputs, targets, mask, lengths = unpack(split[start : start + EVALUATION_BATCH])
        value = loss(io, apply(network, inputs, lengths), targets, mask).item()
        total, counted = total + value * int(mask.sum()), counted + int(mask.sum())
    return total / counted


def predictor(network: nn.Module) -> Predict:
    """The network's answers as a function of arrays, in evaluation mode and without gradients."""
    return partial(_predict, network)


@torch.no_grad()
def _predict(
    network: nn.Module, inputs: np.ndarray, lengths: np.ndarray | None = None
) -> np.ndarray:
    network.eval()
    answers = []
    for start in range(0, len(inputs), EVALUATION_BATCH):
        rows = slice(start, start + EVALUATION_BATCH)
        (x,) = tensors(inputs[rows])
        long = None if lengths is None else tensors(lengths[rows])[0]
        answers.append(apply(network, x, long))
    out: np.ndarray = torch.cat(answers).numpy()
    return out


def unpack(split: Split) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Inputs, targets, mask and lengths as tensors."""
    inputs, targets, mask = tensors(split.inputs, split.targets, split.mask)
    return inputs, targets, mask, None if split.lengths is None else tensors(split.lengths)[0]


@contextmanager
def seeded(rng: np.random.Generator) -> Iterator[None]:
    """Torch's global stream from rng, and put back afterwards."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.random.manual_seed(int(rng.integers(2**63)))
        yield
