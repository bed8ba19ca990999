"""The LSTM's speed over torch.nn.LSTM's: python tests/benchmarks/bench_lstm.py [--rounds 9].

The two take turns in one process, on one thread, and what is compared is CPU time: other work on
the machine then disturbs both alike. A ratio above 1 says that ours is the faster.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from seqbench_plugins.architectures.lstm import LSTM

SHAPES = [  # batch, steps, inputs, units
    (32, 128, 32, 64),
    (32, 256, 64, 128),
    (64, 512, 64, 128),
    (16, 1024, 64, 256),
    (1, 1024, 64, 128),
]


def layers(shape: tuple[int, int, int, int]) -> dict[str, nn.LSTM]:
    """Ours and torch's, with the same weights."""
    _, _, inputs, units = shape
    ours, torchs = LSTM(inputs, units), nn.LSTM(inputs, units)
    torchs.load_state_dict(ours.state_dict())
    return {"ours": ours, "torch": torchs}


def training(layer: nn.LSTM, shape: tuple[int, int, int, int]) -> Callable[[], None]:
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


def inference(layer: nn.LSTM, shape: tuple[int, int, int, int]) -> Callable[[], None]:
    """Forward alone."""
    batch, steps, inputs, _ = shape
    x = torch.randn(steps, batch, inputs)

    def work() -> None:
        with torch.inference_mode():
            layer(x)

    return work


def seconds(work: Callable[[], None], repeats: int) -> float:
    """CPU time of one repeat."""
    start = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - start) / repeats


def medians(works: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Median CPU seconds of each, in alternating turns of at least 20 ms."""
    repeats = {}
    for name, work in works.items():
        work()  # compiles, and takes the first memory
        repeats[name] = max(1, int(0.02 / max(seconds(work, 1), 1e-6)))
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds):
        for name in sorted(works, reverse=turn % 2 == 1):
            taken[name].append(seconds(works[name], repeats[name]))
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    """Print a line a shape."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=9)
    rounds = options.parse_args().rounds
    torch.set_num_threads(1)
    print("torch's CPU time over ours, medians of", rounds, "rounds, one thread, float32")
    print(f"{'batch, steps, inputs, units':<30}{'training':>10}{'inference':>11}")
    for shape in SHAPES:
        both, line = layers(shape), ""
        for kind in (training, inference):
            taken = medians({name: kind(layer, shape) for name, layer in both.items()}, rounds)
            line += f"{taken['torch'] / taken['ours']:>10.2f} "
        print(f"{shape!s:<30}{line}", flush=True)


if __name__ == "__main__":
    main()
