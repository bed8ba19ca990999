"""How fast the store is: python tests/benchmarks/bench_store.py [records].

Prints milliseconds for an append, with and without its fsync, and seconds for 100,000 records: the
resume decision, frames without a cache and with one, the table of them.
"""

import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from seqbench import Choice, Measurement, Point, Result, Sizes, Trial
from seqbench.catalogue import Catalogue
from seqbench.contract.record import to_record
from seqbench.store import Store
from seqbench.store.line import encode

METRICS = ("accuracy", "cross_entropy", "macro_f1", "brier")


def result(n: int) -> Result:
    """A record of the usual size: four metrics at three coordinates, a curve of twenty points."""
    trial = Trial(
        Choice("associative_recall", {"pairs": 4 + n % 13, "vocab": 64}),
        Choice("lstm", {"layers": 1 + n % 2, "width": 64}),
        seed=n,
        train={"examples": 20_000, "batch": 32, "lr": 0.003, "clip": 1.0},
        sizes=Sizes(),
        metrics=METRICS,
        tests=({"pairs": 4}, {"pairs": 8}),
    )
    return Result(
        trial,
        "ok",
        measurements=tuple(
            Measurement(name, 1 / (n + k + 1), "", "test", {"pairs": pairs} if pairs else {})
            for name in METRICS
            for k, pairs in enumerate((0, 4, 8))
        ),
        curve=tuple(Point(1000 * k, 1 / (k + 1), 1.1 / (k + 1)) for k in range(20)),
        costs={"seconds": 1.5, "parameters": 33_282.0, "peak_bytes": 3e8},
        facts={"machine": "x86_64", "threads": 1, "workers": 2, "torch": "2.13.0"},
    )


def clock(job: Callable[[], object]) -> float:
    """Seconds a job takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def appended(folder: Path, times: int = 300) -> tuple[float, float]:
    """Median wall seconds of one append, and those of them beside the fsync."""
    some = [result(n) for n in range(times)]
    fsync, spent = os.fsync, [0.0]

    def timed(handle: int) -> None:
        spent[0] = clock(lambda: fsync(handle))

    with mock.patch("os.fsync", timed), Store(folder) as store:
        store.add(some[0])
        took = [(clock(lambda one=one: store.add(one)), spent[0]) for one in some[1:]]
    beside = statistics.median(both - sync for both, sync in took)
    return statistics.median(both for both, _ in took), beside


def filled(folder: Path, records: int) -> list[Trial]:
    """Twenty files with so many records in all; their trials, whose ids are known by then."""
    files = folder / "records"
    files.mkdir(parents=True)
    trials = []
    for part in range(20):
        results = [result(n) for n in range(part * records // 20, (part + 1) * records // 20)]
        lines = [encode({**to_record(one), "run": f"run{part:02}"}) for one in results]
        (files / f"run{part:02}.jsonl").write_bytes(b"".join(lines))
        trials += [one.trial for one in results]
    os.sync()  # or the system writes them while we read
    return trials


def table(folder: Path) -> str:
    """The report that every suite may ask for."""
    report = Catalogue.installed().make("reports", "table", {})
    text: str = report.render(Store(folder).frames())
    return text


LOADING = """
import sys, time
import pandas, seqbench  # whose import is not the store's time
wall, cpu = time.perf_counter(), time.process_time()
seqbench.load(sys.argv[1])
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def loaded(folder: Path) -> tuple[float, float]:
    """Seconds, and CPU seconds, that a process takes to load a folder that has no cache."""
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    done = subprocess.run([sys.executable, "-c", LOADING, folder], capture_output=True, check=True)
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu


def jobs(folder: Path, trials: list[Trial]) -> dict[str, Callable[[], object]]:
    """What is asked of a full folder, in an order in which each finds what it needs."""

    return {
        "resume decision": lambda: Store(folder).done(trials),
        "frames, cached": lambda: Store(folder).frames(),
        "table": lambda: table(folder),
    }


def measured(records: int = 100_000) -> dict[str, tuple[float, float]]:
    """Seconds of each job, and CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        trials = filled(Path(folder), records)
        found = {"frames, no cache": loaded(Path(folder))}
        for name, job in jobs(Path(folder), trials).items():
            start = time.process_time()
            seconds = clock(job)
            found[name] = seconds, time.process_time() - start
        return found


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[[], object]]:
    folder = tmp_path_factory.mktemp("full")
    return jobs(folder, filled(folder, 100_000))


def test_append(benchmark, tmp_path):
    numbers = itertools.count()
    with Store(tmp_path) as store:
        benchmark(lambda: store.add(result(next(numbers))))


@pytest.mark.parametrize("name", ["resume decision", "frames, cached", "table"])
def test_reading(benchmark, full, name):
    benchmark.pedantic(full[name], rounds=1)


def test_loading(benchmark, tmp_path):
    filled(tmp_path, 100_000)
    benchmark.pedantic(lambda: loaded(tmp_path), rounds=1)


def main() -> None:
    """Print a line a question."""
    import pandas  # noqa: F401  # its import is not the store's time

    with tempfile.TemporaryDirectory() as folder:
        whole, beside = appended(Path(folder))
    print(f"append {whole * 1e3:.2f} ms, {beside * 1e3:.2f} ms of it beside the fsync (medians)")
    records = int(sys.argv[1]) if sys.argv[1:] else 100_000
    for name, (seconds, cpu) in measured(records).items():
        print(f"{records:,} records, {name}: {seconds:.2f} s, {cpu:.2f} s of CPU", flush=True)


if __name__ == "__main__":
    main()
