"""What a trial takes beside its work: python tests/benchmarks/bench_trials.py [--examples N].

Two questions. A whole trial of the quickstart's models (its first seed, shorter if --examples says
so) over a bare one, which draws the same data, trains as many steps with the same evaluations,
answers on test and takes its metric: CPU time, in turns. And what the executor adds to a trial of
nothing: wall time, one worker, so it means little on a machine with other work.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
import torch
from bench_training import bare, busy, data, network
from idle import nothing

from seqbench import Choice, Lesson, Recipe, Result, Site, Trial
from seqbench.bench import rehearsal
from seqbench.bench.splits import drawn, signature
from seqbench.bench.streams import stream
from seqbench.bench.trial import run_trial
from seqbench.catalogue import Catalogue
from seqbench.suite import open_suite, plan
from seqbench_plugins.executors.process import Process

SUITE = Path(__file__).parents[2] / "suites" / "quickstart.yaml"


class Over(NamedTuple):
    """A trial's time over a bare one's."""

    name: str
    training: float
    whole: float
    seconds: float  # CPU time of the bare one


def quickstart(examples: int) -> tuple[Catalogue, list[Trial]]:
    """Its trials of the first seed, tested only as they are trained."""
    suite, catalogue = open_suite(SUITE, ["seeds=1"])
    found = [replace(trial, tests=()) for trial in plan(suite, catalogue) if not trial.baseline]
    if examples:
        found = [replace(one, train={**one.train, "examples": examples}) for one in found]
    return catalogue, found


def ours(trial: Trial, catalogue: Catalogue) -> Result:
    """A trial as in a process of its own; `fit_seconds` in CPU time."""
    rehearsal._rehearsed.clear()
    with mock.patch("time.perf_counter", time.process_time):
        return run_trial(trial, catalogue, lambda event: None)


def by_hand(trial: Trial, catalogue: Catalogue, examples: int) -> float:
    """A bare trial: draw, train, one metric on test; CPU seconds of the training alone."""
    task = catalogue.make("tasks", trial.task.name, trial.task.settings)
    io, (splits, _) = signature(trial, task), drawn(trial, task, catalogue)
    made = catalogue.make("architectures", trial.architecture.name, trial.architecture.settings)
    net, order = network(made, io), stream(trial.seed, "order", trial.task)
    given = Lesson(io, splits.train, splits.valid, Recipe(**trial.train), order)
    took = busy(lambda: bare(net, given, examples))
    net.eval()
    test = data(splits.test)
    with torch.no_grad():
        parts = (slice(at, at + 256) for at in range(0, len(test.inputs), 256))
        some = [test.part(part) for part in parts]
        answers = torch.cat([net(part.inputs, part.lengths) for part in some])
    catalogue.get("metrics", trial.metrics[0]).of(splits.test, answers.numpy())
    return took


def compared(trial: Trial, catalogue: Catalogue, rounds: int) -> Over | None:
    """Both in turns; None for a trial that is skipped."""
    first = ours(trial, catalogue)
    if first.status == "skipped":
        return None
    assert first.status == "ok", first.reason
    seen, found = first.facts["model"]["examples_seen"], []
    for turn in range(rounds):
        took: dict[str, tuple[float, float]] = {}
        for name in ("ours", "bare") if turn % 2 else ("bare", "ours"):
            start = time.process_time()
            if name == "ours":
                fit = ours(trial, catalogue).costs["fit_seconds"]
            else:
                fit = by_hand(trial, catalogue, seen)
            took[name] = (fit, time.process_time() - start)
        found.append([a / b for a, b in zip(took["ours"], took["bare"], strict=True)])
    training, whole = (statistics.median(ratios) for ratios in zip(*found, strict=True))
    name = f"{trial.architecture.name} on {trial.task.name}"
    return Over(name, training, whole, took["bare"][1])


def measured(examples: int = 0, rounds: int = 3) -> Iterator[Over]:
    """Every model of the quickstart."""
    torch.set_num_threads(1)
    catalogue, trials = quickstart(examples)
    yield from filter(None, (compared(trial, catalogue, rounds) for trial in trials))


def overhead(trials: int = 100) -> float:
    """Median wall seconds from one trial's result to the next one's, in one warm worker."""
    asked = [Trial(Choice("task"), Choice("nothing"), seed) for seed in range(trials)]
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder, "spool"), Path(folder, "logs"), lambda event: None)
        ends = [time.perf_counter() for _ in Process(workers=1).run(nothing, asked, site)]
    return statistics.median(after - before for before, after in pairwise(ends[2:]))


def test_tiny_trials(benchmark):
    """Ten of them, and the start of the server once."""
    benchmark.pedantic(overhead, args=(10,), rounds=2)


@pytest.mark.parametrize("at", range(4))
def test_whole_trial(benchmark, at):
    catalogue, trials = quickstart(640)
    benchmark.pedantic(ours, args=(trials[at], catalogue), rounds=3, warmup_rounds=1)


def main() -> None:
    """Print a line a model, and what the executor adds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=0, help="to train on; 0: as the suite does")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for one in measured(given.examples, given.rounds):
        print(
            f"{one.name:34} training {one.training:.3f}, whole trial {one.whole:.3f}"
            f" of a bare one's {one.seconds:.1f} s",
            flush=True,
        )
    print(f"a trial that does nothing takes {overhead() * 1e3:.0f} ms in a warm worker")


if __name__ == "__main__":
    main()
