"""RNN's and GRU's speed over torch's: python tests/benchmarks/bench_recurrent.py [--threads 1 2].

As bench_lstm.py: in turns in one process, ratios of medians. A cell is worth its kernels from a
ratio of 1.3 on, in the geometric mean over shapes, in training. With --assert the exit status is 1
where one is not, or where one is slower than torch at a shape.
"""

import argparse
import statistics
import sys

import torch
from bench_lstm import CLOCKS, KINDS, SHAPES, Shape, Work, inference, medians, training
from torch import nn

from seqbench_plugins.architectures.fused import GRU, RNN

CELLS = {
    "rnn": (RNN, nn.RNN, {}),
    "rnn, relu": (RNN, nn.RNN, {"nonlinearity": "relu"}),
    "gru": (GRU, nn.GRU, {}),
}
WORTH = 1.3


def works(cell: str, kind: str, shape: Shape) -> dict[str, Work]:
    """Ours and torch's, with the same weights."""
    ours_of, torchs_of, options = CELLS[cell]
    _, _, inputs, units = shape
    ours, torchs = ours_of(inputs, units, **options), torchs_of(inputs, units, **options)
    torchs.load_state_dict(ours.state_dict())
    make = training if kind == "training" else inference
    return {"ours": make(ours, shape), "torch": make(torchs, shape)}


def measure(cell: str, threads: int, rounds: int) -> dict[tuple[str, str], list[float]]:
    """Print a line a shape; return torch's time over ours by kind and clock, a number a shape."""
    torch.set_num_threads(threads)
    print(f"\n{cell}: torch's time over ours, {threads} thread(s)")
    heads = [f"{kind}, {clock}" for kind in KINDS for clock in CLOCKS]
    print(f"{'batch, steps, inputs, units':<28}" + "".join(f"{head:>18}" for head in heads))
    ratios: dict[tuple[str, str], list[float]] = {(k, c): [] for k in KINDS for c in CLOCKS}
    for shape in SHAPES:
        line = f"{shape!s:<28}"
        for kind in KINDS:
            taken = medians(works(cell, kind, shape), rounds)
            for clock, ours, torchs in zip(CLOCKS, *taken.values(), strict=True):
                ratios[kind, clock].append(torchs / ours)
                line += f"{torchs / ours:>18.2f}"
        print(line, flush=True)
    means = "".join(f"{statistics.geometric_mean(it):>18.2f}" for it in ratios.values())
    print(f"{'geometric mean':<28}{means}", flush=True)
    return ratios


def main() -> None:
    """Measure, and say where it does not pay."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--threads", type=int, nargs="+", default=[1])
    options.add_argument("--assert", action="store_true", dest="strict")
    given = options.parse_args()
    print(f"medians of {given.rounds} rounds, float32, torch {torch.__version__}")
    short = []
    for threads in given.threads:
        clock = "CPU" if threads == 1 else "wall"
        for cell in CELLS:
            found = measure(cell, threads, given.rounds)
            mean = statistics.geometric_mean(found["training", clock])
            least = min(min(found[kind, clock]) for kind in KINDS)
            if mean < WORTH or least < 1:
                short.append(f"{cell}, {threads} thread(s): mean {mean:.2f}, least {least:.2f}")
    if short:
        print("\nnot worth it:", *short, sep="\n")
    sys.exit(1 if given.strict and short else 0)


if __name__ == "__main__":
    main()
