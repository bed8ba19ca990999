"""How long 10,000 trials take to plan: python tests/benchmarks/bench_plan.py.

After imports, in CPU seconds: the suite's text read, each architecture sized to its budget, each
trial named, and the rough time worked out.
"""

import tempfile
import time
from pathlib import Path

import pytest

from seqbench.estimate import rough_seconds
from seqbench.store import Store
from seqbench.suite import open_suite, plan

TASKS = """
tasks: [char_lm, japanese_vowels, associative_recall: {pairs: [4, 8]}]
"""
GRID = f"""
suite: grid
seeds: 100
parameters: 40000
train: {{lr: [0.001, 0.003, 0.01, 0.03, 0.1]}}
{TASKS}
architectures: [rnn, lstm: {{layers: [1, 2]}}, transformer: {{dropout: [0.0, 0.1]}}]
"""
SEARCH = f"""
suite: search
seeds: 1
parameters: 40000
train: {{patience: 0}}
search: {{trials: 1250, over: {{lr: {{log: [1e-4, 3e-2]}}, dropout: {{from: 0.0, to: 0.5}}}}}}
{TASKS}
architectures: [rnn, lstm]
"""
SUITES = {"grid": GRID, "search": SEARCH}


def planned(text: str) -> tuple[int, float]:
    """How many trials it has, and the seconds they take to plan."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "suite.yaml")
        file.write_text(text)
        start = time.process_time()
        suite, catalogue = open_suite(file)
        trials = plan(suite, catalogue, yes=True)
        store = Store(Path(folder, "results"))
        assert store.done(trials) == set()
        rough_seconds(trials, catalogue, store, 2)
        return len(trials), time.process_time() - start


def measured() -> dict[str, tuple[int, float]]:
    """Trials and seconds of each suite, after one that pays for the imports."""
    planned(GRID.replace("seeds: 100", "seeds: 1"))
    return {name: planned(text) for name, text in SUITES.items()}


@pytest.mark.parametrize("name", SUITES)
def test_plan(benchmark, name):
    benchmark.pedantic(planned, args=(SUITES[name],), rounds=2, warmup_rounds=1)


if __name__ == "__main__":
    for name, (trials, seconds) in measured().items():
        print(f"{name}: {trials:,} trials in {seconds:.2f} s")
