"""How fast the store is. Run as a script: `python tests/benchmarks/bench_store.py [records]`.

Prints milliseconds for an append (with and without its fsync) and seconds for 100,000 records:
the resume decision, frames without a cache, frames with one; wall time, and CPU time, which depends
less on whatever runs beside.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from seqbench import Choice, Measurement, Point, Result, Sizes, Trial
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


def appends(folder: Path, times: int = 300) -> None:
    """Print what one record costs."""
    some = [result(n) for n in range(times)]
    fsync, spent = os.fsync, [0.0]

    def timed(handle: int) -> None:
        spent[0] = clock(lambda: fsync(handle))

    os.fsync = timed  # type: ignore[assignment]
    try:
        with Store(folder) as store:
            store.add(some[0])
            took = [(clock(lambda one=one: store.add(one)), spent[0]) for one in some[1:]]
    finally:
        os.fsync = fsync
    whole = statistics.median(both for both, _ in took)
    beside = statistics.median(both - sync for both, sync in took)
    print(f"append {whole * 1e3:.2f} ms, {beside * 1e3:.2f} ms of it beside the fsync (medians)")


def reading(folder: Path, records: int) -> None:
    """Print what a folder of many records costs to resume from and to report on."""
    files = folder / "records"
    files.mkdir(parents=True)
    trials = []
    for part in range(20):
        results = [result(n) for n in range(part * records // 20, (part + 1) * records // 20)]
        lines = [encode({**to_record(one), "run": f"run{part:02}"}) for one in results]
        (files / f"run{part:02}.jsonl").write_bytes(b"".join(lines))
        trials += [one.trial for one in results]  # their ids are known by now, as after planning
    size = sum(file.stat().st_size for file in files.iterdir()) / 2**20
    print(f"{records} records in 20 files, {size:.0f} MiB")
    say("resume decision", lambda: Store(folder).done(trials))
    say("frames, no cache", lambda: Store(folder).frames())
    say("frames, cached", lambda: Store(folder).frames())


def say(what: str, job: Callable[[], object]) -> None:
    """Print how long a job takes."""
    busy = time.process_time()
    wall = clock(job)
    print(f"{what}: {wall:.2f} s, {time.process_time() - busy:.2f} s of CPU")


if __name__ == "__main__":
    import pandas  # noqa: F401  # its import is not the store's time

    with tempfile.TemporaryDirectory() as temporary:
        appends(Path(temporary, "appends"))
        reading(Path(temporary, "reading"), int(sys.argv[1]) if sys.argv[1:] else 100_000)
