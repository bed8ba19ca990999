"""A small training's time over a bare one's: python tests/benchmarks/bench_training.py.

The two do the same steps and the same evaluations on the same data and take turns in one process,
on one thread; what is compared is CPU time, round by round, so that other work on the machine
disturbs both alike. A ratio of 1.03 says that seqbench takes 3 % longer than what one writes by
hand. The bare loop knows nothing of masks where every step counts, of shares that were clipped or
of the weights that were best.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqbench import Lesson, Recipe, Signature, Split, Tokens
from seqbench.kits.torch import TorchArchitecture, seeded, train
from seqbench_plugins.architectures.lstm import LongShortTermMemory
from seqbench_plugins.architectures.rnn import RNN
from seqbench_plugins.architectures.transformer import Transformer

BATCH, LENGTH, WIDTH, VOCAB = 32, 64, 32, 64
IO = Signature(Tokens(VOCAB), Tokens(VOCAB), LENGTH)
MODELS = (RNN(width=WIDTH), LongShortTermMemory(width=WIDTH), Transformer(width=WIDTH))


@dataclass(frozen=True)
class Data:
    """A split as tensors."""

    inputs: Tensor
    targets: Tensor
    mask: Tensor | None  # None where every step counts
    lengths: Tensor | None

    def part(self, rows: Tensor | slice) -> "Data":
        """Some examples."""
        some = [None if it is None else it[rows] for it in (self.mask, self.lengths)]
        return Data(self.inputs[rows], self.targets[rows], *some)

    def loss(self, net: nn.Module, io: Signature) -> Tensor:
        """Mean over the steps that count."""
        given, wanted = net(self.inputs, self.lengths), self.targets
        if self.mask is None:
            given, wanted = given.flatten(0, 1), wanted.flatten(0, 1)
        else:
            given, wanted = given[self.mask], wanted[self.mask]
        if isinstance(io.outputs, Tokens):
            return F.cross_entropy(given, wanted)
        return (F.l1_loss if io.outputs.error == "absolute" else F.mse_loss)(given, wanted)


def data(split: Split) -> Data:
    """Converted once."""

    def made(array: np.ndarray) -> Tensor:
        found = torch.from_numpy(array)
        return found.float() if found.is_floating_point() else found.long()

    mask = None if split.mask.all() else torch.from_numpy(split.mask)
    lengths = None if split.lengths is None else made(split.lengths)
    return Data(made(split.inputs), made(split.targets), mask, lengths)


def bare(net: nn.Module, given: Lesson, examples: int) -> None:
    """What one writes by hand."""
    recipe, rng = given.recipe, given.order or given.rng
    weights = [w for w in net.parameters() if w.ndim > 1]
    biases = [w for w in net.parameters() if w.ndim == 1]
    groups = [{"params": weights, "weight_decay": 0.01}, {"params": biases, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=recipe.lr, fused=True)
    learned, valid = data(given.train), data(given.valid)
    every, seen, points = recipe.examples / recipe.evaluations, 0, 0
    net.train()
    while seen < examples:
        for rows in torch.from_numpy(rng.permutation(len(learned.inputs))).split(recipe.batch):
            optimizer.zero_grad()
            value = learned.part(rows).loss(net, given.io)
            value.backward()
            nn.utils.clip_grad_norm_(net.parameters(), recipe.clip)
            optimizer.step()
            value.item()
            seen += len(rows)
            if seen >= every * (points + 1) or seen >= examples:
                points += 1
                net.eval()
                with torch.no_grad():
                    for start in range(0, len(valid.inputs), 256):
                        valid.part(slice(start, start + 256)).loss(net, given.io).item()
                net.train()
            if seen >= examples:
                return


def lesson(steps: int, sparse: bool) -> Lesson:
    """So many batches; every step counts, or one in four."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, VOCAB, (512, LENGTH))
    mask = np.ones(x.shape, bool) if not sparse else np.arange(LENGTH) % 4 + 0 * x == 3
    split = Split(x, x[:, ::-1].copy(), mask)
    recipe = Recipe(examples=steps * BATCH, batch=BATCH, evaluations=1, patience=0)
    return Lesson(IO, split, split[:1], recipe, np.random.default_rng(1))


def busy(work: Callable[[], object]) -> float:
    """CPU seconds of some work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def network(architecture: TorchArchitecture, io: Signature) -> nn.Module:
    """The same each time."""
    with seeded(np.random.default_rng(2)):
        return architecture.module(io)


def small(architecture: TorchArchitecture, sparse: bool, rounds: int, steps: int) -> list[float]:
    """Ours over bare, round by round; the first warms up and does not count."""
    found = []
    for turn in range(rounds + 1):
        took: dict[str, float] = {}
        for name in ("ours", "bare") if turn % 2 else ("bare", "ours"):
            net, given = network(architecture, IO), lesson(steps, sparse)
            if name == "ours":
                took[name] = busy(lambda net=net, given=given: train(net, given))
            else:
                took[name] = busy(lambda net=net, given=given: bare(net, given, steps * BATCH))
        found.append(took["ours"] / took["bare"])
    return found[1:]


def measured(rounds: int = 11, steps: int = 64) -> dict[str, float]:
    """By architecture and kind of mask, the median ratio."""
    torch.set_num_threads(1)
    return {
        f"{one.name}, {'one step in four counts' if sparse else 'every step counts'}": (
            statistics.median(small(one, sparse, rounds, steps))
        )
        for one in MODELS
        for sparse in (False, True)
    }


@pytest.mark.parametrize("name", ["ours", "bare"])
@pytest.mark.parametrize("architecture", MODELS, ids=lambda one: one.name)
def test_training(benchmark, architecture, name):
    given = lesson(16, sparse=False)
    net = network(architecture, IO)
    if name == "ours":
        benchmark(train, net, given)
    else:
        benchmark(bare, net, given, given.recipe.examples)


def main() -> None:
    """Print a line for each architecture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--steps", type=int, default=64)
    given = parser.parse_args()
    for name, ratio in measured(given.rounds, given.steps).items():
        print(f"{name:40} ours / bare {ratio:.3f}")


if __name__ == "__main__":
    main()
