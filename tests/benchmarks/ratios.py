"""Every figure that seqbench promises of its speed: python tests/benchmarks/ratios.py [--quick].

One line each, with what is wanted; exit 1 where one is missed. CPU time on one thread where no
other is named, so that other work on the machine disturbs it little; what is wall time (start-up,
tiny trials, two workers) wants a machine with nothing else to do. About half an hour; --quick
leaves out two workers, and takes the other figures from fewer turns and shorter trials.
"""

import argparse
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import bench_plan
import bench_start
import bench_store
import bench_training
import bench_trials

HERE = Path(__file__).parent
SUITE = bench_trials.SUITE
SHELL = "import sys; from seqbench.cli import main; main()"


class Figure(NamedTuple):
    """What was measured, and how much or how little is wanted."""

    name: str
    value: float
    most: float = math.inf
    least: float = -math.inf

    @property
    def met(self) -> bool:
        """Whether it is what was wanted."""
        return self.least <= self.value <= self.most

    def __str__(self) -> str:
        wanted = f"at most {self.most:g}" if self.most < math.inf else f"at least {self.least:g}"
        return f"{self.name:66} {self.value:9.3f}  {wanted:15} {'' if self.met else 'MISSED'}"


def start() -> Iterator[Figure]:
    """The command line."""
    yield Figure("seqbench --help, seconds", bench_start.measured(), most=0.25)
    yield Figure("heavy packages that it imports", len(bench_start.imported()), most=0)
    for name, (trials, seconds) in bench_plan.measured().items():
        yield Figure(f"planning a {name} of 10,000 trials, seconds", seconds * 1e4 / trials, most=3)


def store() -> Iterator[Figure]:
    """A folder of many records."""
    with tempfile.TemporaryDirectory() as folder:
        beside = bench_store.appended(Path(folder))[1]
    yield Figure("appending a record, milliseconds beside the fsync", beside * 1e3, most=2)
    wanted = {"resume decision": 5, "frames, no cache": 3, "frames, cached": 3, "table": 15}
    for name, (seconds, _) in bench_store.measured().items():
        yield Figure(f"100,000 records, {name}, seconds", seconds, most=wanted[name])


def trials(quick: bool) -> Iterator[Figure]:
    """What seqbench adds to a training and to a trial."""
    for name, ratio in bench_training.measured(5 if quick else 15).items():
        yield Figure(f"small model over a bare loop: {name}", ratio, most=1.03)
    found = []
    for one in bench_trials.measured(3200 if quick else 0, 1 if quick else 3):
        print(f"    {one.name:34} training {one.training:.3f}, whole trial {one.whole:.3f}")
        found.append(one)
    training = [math.log(one.training) for one in found]
    yield Figure("quickstart's trainings over bare loops", mean(training), most=1.03)
    if not quick:  # a short trial is checked for leaks as long as a long one
        whole = [math.log(one.whole) for one in found]
        yield Figure("quickstart's whole trials over bare ones", mean(whole), most=1.03)
    ms = bench_trials.overhead() * 1e3
    yield Figure("a trial that does nothing, in a warm worker, milliseconds", ms, most=30)


def mean(logs: list[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(logs) / len(logs))


def workers() -> Iterator[Figure]:
    """The quickstart with two workers over one, start of the run included."""
    took = {}
    for number in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            options = ["--results", folder, "--set", f"executor={{process: {{workers: {number}}}}}"]
            begin = time.perf_counter()
            command = [sys.executable, "-c", SHELL, "run", str(SUITE), *options]
            subprocess.run(command, check=True, capture_output=True)
            took[number] = time.perf_counter() - begin
    yield Figure("trials an hour, 2 workers over 1", took[1] / took[2], least=1.8)


def kernels(quick: bool) -> bool:
    """The compiled kernels over torch's, as their own benchmarks print and judge them."""
    rounds = ["--rounds", "3"] if quick else []
    commands = [[sys.executable, str(file), "--assert", *rounds] for file in KERNELS]
    return all([subprocess.run(command, check=False).returncode == 0 for command in commands])


KERNELS = (HERE / "bench_lstm.py", HERE / "bench_recurrent.py")


def main() -> int:
    """Print a line a figure."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true")
    quick = options.parse_args().quick
    met = True
    for part in (start(), store(), trials(quick), workers() if not quick else ()):
        for figure in part:
            print(figure, flush=True)
            met = met and figure.met
    return 0 if kernels(quick) and met else 1


if __name__ == "__main__":
    sys.exit(main())
