"""The one training loop: patience on valid, the best weights kept unless the last are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from seqbench.contract.architecture import Lesson, Model, Point
from seqbench.kits.torch.answers import evaluate, predictor
from seqbench.kits.torch.best import Best
from seqbench.kits.torch.learner import Learner
from seqbench.kits.torch.network import sizes


def train(network: nn.Module, lesson: Lesson) -> Model:
    """Teach the network by the lesson's recipe and give back the state that it says to keep.

    The curve has a point every examples / evaluations examples, at the end of the batch that
    reaches them. Raises Diverged where a loss or a gradient is no longer finite, Unsuited where
    the network cannot be taught so.
    """
    recipe = lesson.recipe
    learner, best = Learner(network, lesson.io, recipe), Best(network, recipe.patience)
    every = recipe.examples / recipe.evaluations
    seen, stopped = 0, "examples"
    losses: list[float] = []
    network.train()
    for part in lesson.batches(recipe.batch):
        losses.append(learner.learn(part, seen))
        seen += len(part)
        if seen >= every * (len(best.curve) + 1) or seen >= recipe.examples:
            valid = evaluate(network, lesson.io, lesson.valid)
            point = Point(seen, float(np.mean(losses)), valid.loss)
            losses = []
            network.train()
            lesson.report(point)
            if best.is_over(point, learner.steps, valid):
                stopped = "patience"
                break
    valid = best.restore() if recipe.keep == "best" else valid
    notes = {
        "examples_seen": seen,
        "steps": learner.steps,
        "stopped": stopped,  # by what: the examples were all seen, or patience was at its end
        "best_at": best.point.examples,
        "best_epoch": best.point.examples / len(lesson.train),
    }
    return Model(
        predict=predictor(network),
        parameters=sum(weight.numel() for weight in network.parameters()),
        curve=tuple(best.curve),
        notes=notes | learner.gradients.notes() | sizes(network),
        network=network,
        valid=valid.told(),
    )


@contextmanager
def seeded(rng: np.random.Generator) -> Iterator[None]:
    """Torch's global stream from rng, and put back afterwards."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        seed(int(rng.integers(2**63)))
        yield


def seed(number: int) -> None:
    """Seed torch's global generators.

    Without an accelerator the one there is: torch.random.manual_seed notes for each that is not
    there where it was called from, which takes longer than a step of a small network.
    """
    if torch.cuda.is_available() or torch.backends.mps.is_available() or torch.xpu.is_available():
        torch.random.manual_seed(number)
    else:
        torch.default_generator.manual_seed(number)
