"""The LSTM's speed over torch.nn.LSTM's: python tests/benchmarks/bench_lstm.py [--threads 1 2].

Ours, torch's and the floor take turns in one process, so that other work on the machine disturbs
all alike, and what is printed are ratios of medians. The floor is the matrix products that any
LSTM has to do, alone, by torch.mm into memory that is there already. With --assert the exit status
is 1 where a ratio is below what is promised: of CPU time on one thread, of wall time on more.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from seqbench_plugins.architectures.lstm import LSTM

Work = Callable[[], None]
Shape = tuple[int, int, int, int]  # batch, steps, inputs, units

SHAPES: list[Shape] = [
    (32, 128, 32, 64),
    (32, 256, 64, 128),
    (64, 512, 64, 128),
    (16, 1024, 64, 256),
    (1, 1024, 64, 128),
]
KINDS = ("training", "inference")
CLOCKS = ("CPU", "wall")
# At least so much at each shape, and in the geometric mean, on one thread and on more.
PROMISED = {
    1: {"training": (1.5, 1.8), "inference": (1.0, 1.0)},
    2: {"training": (1.0, 1.5), "inference": (1.0, 1.0)},
}


class Taken(NamedTuple):
    """Seconds of one repeat."""

    cpu: float
    wall: float


def training(layer: nn.LSTM, shape: Shape) -> Work:
    """Forward and backward, with gradients by the inputs and all weights."""
    batch, steps, inputs, units = shape
    x = torch.randn(steps, batch, inputs, requires_grad=True)
    by_y = torch.randn(steps, batch, units)

    def work() -> None:
        layer.zero_grad()
        x.grad = None
        y, _ = layer(x)
        y.backward(by_y)

    return work


def inference(layer: nn.LSTM, shape: Shape) -> Work:
    """Forward alone."""
    batch, steps, inputs, _ = shape
    x = torch.randn(steps, batch, inputs)

    def work() -> None:
        with torch.inference_mode():
            layer(x)

    return work


def floor(kind: str, shape: Shape) -> Work:
    """The products of either, and nothing else."""
    batch, steps, inputs, units = shape
    x, h = torch.randn(steps * batch, inputs), torch.randn(steps * batch, units)
    w_x, w_h = torch.randn(inputs, 4 * units), torch.randn(units, 4 * units)
    gates, sums = torch.empty(steps * batch, 4 * units), torch.empty(batch, 4 * units)
    dx, dh, rows = torch.empty_like(x), torch.empty(batch, units), h.view(steps, batch, units)
    by_step = gates.view(steps, batch, 4 * units).unbind()
    by_w_x, by_w_h = torch.empty_like(w_x), torch.empty_like(w_h)

    def forward() -> None:
        torch.mm(x, w_x, out=gates)
        for before in rows.unbind():
            torch.mm(before, w_h, out=sums)

    def both() -> None:
        forward()
        for step in by_step:
            torch.mm(step, w_h.T, out=dh)
        torch.mm(gates, w_x.T, out=dx)
        torch.mm(x.T, gates, out=by_w_x)
        torch.mm(h.T, gates, out=by_w_h)

    return both if kind == "training" else forward


def works(kind: str, shape: Shape) -> dict[str, Work]:
    """What is compared: ours and torch's, with the same weights, and the floor."""
    _, _, inputs, units = shape
    ours, torchs = LSTM(inputs, units), nn.LSTM(inputs, units)
    torchs.load_state_dict(ours.state_dict())
    make = training if kind == "training" else inference
    return {"ours": make(ours, shape), "torch": make(torchs, shape), "floor": floor(kind, shape)}


def seconds(work: Work, repeats: int) -> Taken:
    """Of one repeat, in the mean over some."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(repeats):
        work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Taken(cpu / repeats, wall / repeats)


def medians(compared: dict[str, Work], rounds: int) -> dict[str, Taken]:
    """Of each, in alternating turns of at least 20 ms."""
    repeats = {}
    for name, work in compared.items():
        work()  # compiles, and takes the first memory
        repeats[name] = max(1, int(0.02 / max(seconds(work, 1).wall, 1e-6)))
    taken: dict[str, list[Taken]] = {name: [] for name in compared}
    for turn in range(rounds):
        for name in sorted(compared, reverse=turn % 2 == 1):
            taken[name].append(seconds(compared[name], repeats[name]))
    return {
        name: Taken(*map(statistics.median, zip(*times, strict=True)))
        for name, times in taken.items()
    }


def measure(threads: int, rounds: int) -> dict[tuple[str, str], list[float]]:
    """Print a line a shape; return torch's time over ours by kind and clock, a number a shape."""
    torch.set_num_threads(threads)
    print(f"\ntorch's time over ours (ours and torch's over the floor), {threads} thread(s)")
    heads = [f"{kind}, {clock}" for kind in KINDS for clock in CLOCKS]
    print(f"{'batch, steps, inputs, units':<28}" + "".join(f"{head:>21}" for head in heads))
    ratios: dict[tuple[str, str], list[float]] = {(k, c): [] for k in KINDS for c in CLOCKS}
    for shape in SHAPES:
        line = f"{shape!s:<28}"
        for kind in KINDS:
            taken = medians(works(kind, shape), rounds)
            for clock, ours, torchs, least in zip(CLOCKS, *taken.values(), strict=True):
                ratios[kind, clock].append(torchs / ours)
                line += f"{torchs / ours:>8.2f} ({ours / least:.2f}, {torchs / least:.2f})"
        print(line, flush=True)
    means = "".join(f"{statistics.geometric_mean(it):>8.2f}{'':13}" for it in ratios.values())
    print(f"{'geometric mean':<28}{means}", flush=True)
    return ratios


def short_of(threads: int, ratios: dict[tuple[str, str], list[float]]) -> list[str]:
    """What is promised and was not reached, a line each."""
    clock, lines = CLOCKS[0 if threads == 1 else 1], []
    for kind, (each, mean) in PROMISED[min(threads, 2)].items():
        found = ratios[kind, clock]
        where = f"{kind}, {clock} time, {threads} thread(s)"
        for shape, ratio in zip(SHAPES, found, strict=True):
            if ratio < each:
                lines.append(f"{where}, {shape}: {ratio:.2f}, not {each}")
        if statistics.geometric_mean(found) < mean:
            lines.append(f"{where}, mean: {statistics.geometric_mean(found):.2f}, not {mean}")
    return lines


def main() -> None:
    """Measure, and say what fell short."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--threads", type=int, nargs="+", default=[1])
    options.add_argument("--assert", action="store_true", dest="strict")
    given = options.parse_args()
    print(f"medians of {given.rounds} rounds, float32, torch {torch.__version__}")
    lines = [
        line
        for threads in given.threads
        for line in short_of(threads, measure(threads, given.rounds))
    ]
    if lines:
        print("\nshort of what is promised:", *lines, sep="\n")
    sys.exit(1 if given.strict and lines else 0)


if __name__ == "__main__":
    main()
