"""How long a word of the command line takes: python tests/benchmarks/bench_start.py."""

import statistics
import subprocess
import sys
import time

HEAVY = ("torch", "numba", "pandas", "scipy", "pydantic", "pyarrow")
START = "import sys; sys.argv = ['seqbench', '--help']; from seqbench.cli import main; main()"
LOOK = START.replace("; main()", "\ntry:\n    main()\nfinally:\n    print(*sys.modules)")


def help_text() -> None:
    """`seqbench --help`, in a process of its own."""
    subprocess.run([sys.executable, "-c", START], check=True, capture_output=True)


def imported() -> set[str]:
    """The heavy ones among the modules that `seqbench --help` imports."""
    told = subprocess.run([sys.executable, "-c", LOOK], check=True, capture_output=True, text=True)
    return set(HEAVY) & set(told.stdout.split())


def measured(rounds: int = 9) -> float:
    """Median wall seconds of `seqbench --help`."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        help_text()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def test_help(benchmark):
    benchmark(help_text)


if __name__ == "__main__":
    print(f"seqbench --help: {measured():.2f} s, importing {imported() or 'nothing heavy'}")
