"""The training loop's time over a bare one's: python tests/benchmarks/bench_training.py.

The two do the same steps on the same data and take turns in one process, on one thread; what is
compared is CPU time, round by round, so that other work on the machine disturbs both alike. A
ratio of 1.03 says that the loop of seqbench takes 3 % longer than one written by hand. The bare
loop knows nothing of masks where every step counts.
"""

import argparse
import statistics
import time
from dataclasses import replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from seqbench import Lesson, Recipe, Signature, Split, Tokens
from seqbench.kits.torch import TorchArchitecture, seeded, train
from seqbench_plugins.architectures.lstm import LongShortTermMemory
from seqbench_plugins.architectures.rnn import RNN
from seqbench_plugins.architectures.transformer import Transformer

BATCH, LENGTH, WIDTH, VOCAB = 32, 64, 32, 64
IO = Signature(Tokens(VOCAB), Tokens(VOCAB), LENGTH)


def lesson(steps: int, sparse: bool) -> Lesson:
    """So many batches; every step counts, or one in four."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, VOCAB, (512, LENGTH))
    mask = np.ones(x.shape, bool) if not sparse else np.arange(LENGTH) % 4 + 0 * x == 3
    split = Split(x, x[:, ::-1].copy(), mask)
    recipe = Recipe(examples=steps * BATCH, batch=BATCH, evaluations=1, patience=0)
    return Lesson(IO, split, split[:1], recipe, np.random.default_rng(1))


def network(architecture: TorchArchitecture) -> nn.Module:
    """The same each time."""
    with seeded(np.random.default_rng(2)):
        return architecture.module(IO)


def bare(net: nn.Module, given: Lesson, sparse: bool) -> None:
    """What one writes by hand."""
    weights = [w for w in net.parameters() if w.ndim > 1]
    biases = [w for w in net.parameters() if w.ndim == 1]
    groups = [{"params": weights, "weight_decay": 0.01}, {"params": biases, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=given.recipe.lr, fused=True)
    net.train()
    inputs, targets = torch.from_numpy(given.train.inputs), torch.from_numpy(given.train.targets)
    mask = torch.from_numpy(given.train.mask)
    seen = 0
    while seen < given.recipe.examples:
        order = torch.from_numpy(given.rng.permutation(len(inputs)))
        for rows in order.split(BATCH):
            if seen >= given.recipe.examples:
                return
            optimizer.zero_grad()
            answers, wanted = net(inputs[rows]), targets[rows]
            if sparse:
                counts = mask[rows]
                value = F.cross_entropy(answers[counts], wanted[counts])
            else:
                value = F.cross_entropy(answers.flatten(0, 1), wanted.flatten())
            value.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            value.item()
            seen += len(rows)


def ratio(architecture: TorchArchitecture, sparse: bool, rounds: int, steps: int) -> list[float]:
    """Ours over bare, round by round."""
    found = []
    for turn in range(rounds + 1):
        took = {}
        for name in ("ours", "bare") if turn % 2 else ("bare", "ours"):
            net, given = network(architecture), lesson(steps, sparse)
            start = time.process_time()
            if name == "ours":
                train(net, replace(given, rng=np.random.default_rng(1)))
            else:
                bare(net, given, sparse)
            took[name] = time.process_time() - start
        found.append(took["ours"] / took["bare"])
    return found[1:]  # the first warms up


def main() -> None:
    """Print a line for each architecture."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--steps", type=int, default=64)
    given = parser.parse_args()
    torch.set_num_threads(1)
    for architecture in (
        RNN(width=WIDTH),
        LongShortTermMemory(width=WIDTH),
        Transformer(width=WIDTH),
    ):
        for sparse in (False, True):
            found = ratio(architecture, sparse, given.rounds, given.steps)
            counts = "one step in four counts" if sparse else "every step counts"
            print(
                f"{architecture.name:12} {counts:24} ours / bare {statistics.median(found):.3f} "
                f"({min(found):.3f} .. {max(found):.3f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
