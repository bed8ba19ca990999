"""One side of a rerun: a process that fits a suite's trials when it is told to, and says how long.

It is run as a script by the side's own Python, which may have another version of seqbench, so it
keeps to what has stood for long: `open_suite`, `plan`, the catalogue, and a lesson's parts. The
protocol is a line of JSON each way; whatever plugins print goes to stderr.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer on the real stdout until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import torch

    torch.set_num_threads(1)
    laps = Laps(Path(sys.argv[1]))
    print(json.dumps(laps.labels()), file=answers)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(laps.run(asked["cell"], asked["examples"])), file=answers)


class Laps:
    """The trials of a suite's first seed, with their data drawn once."""

    def __init__(self, suite: Path) -> None:
        from seqbench.suite import open_suite, plan

        asked, self.catalogue = open_suite(suite, (), allow_plugins=True)
        trials = [t for t in plan(asked, self.catalogue, only={}) if not (t.baseline or t.runners)]
        seed = min(t.seed for t in trials) if trials else 0
        self.trials = [t for t in trials if t.seed == seed]
        self.ready: dict[int, Any] = {}

    def labels(self) -> list[dict[str, str]]:
        """What each cell is; both sides have to say the same."""
        return [{"task": str(t.task), "architecture": t.architecture.name} for t in self.trials]

    def run(self, cell: int, examples: int) -> dict[str, Any]:
        """CPU and wall seconds of a fit on so many examples, or why there is none."""
        try:
            architecture, lesson = self.prepared(cell)
            once = replace(lesson.recipe, examples=examples, patience=0, evaluations=1)
            given = replace(lesson, recipe=once)
            wall, busy = time.perf_counter(), time.process_time()
            architecture.fit(given)
            return {
                "cpu": time.process_time() - busy,
                "wall": time.perf_counter() - wall,
                "examples": lesson.recipe.examples,
            }
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def prepared(self, cell: int) -> tuple[Any, Any]:
        """The architecture and the lesson of a cell, rehearsed; made once."""
        if cell not in self.ready:
            from seqbench.bench.rehearsal import rehearse
            from seqbench.bench.splits import drawn, signature
            from seqbench.bench.streams import stream
            from seqbench.contract.architecture import Lesson, Recipe

            trial = self.trials[cell]
            task = self.catalogue.make("tasks", trial.task.name, trial.task.settings)
            wanted = trial.architecture
            architecture = self.catalogue.make("architectures", wanted.name, wanted.settings)
            io = signature(trial, task)
            if why := architecture.unsuited(io):
                raise ValueError(why)
            data, _ = drawn(trial, task, self.catalogue)
            rng = stream(trial.seed, "model", trial.architecture)
            lesson = Lesson(io, data.train, data.valid[:32], Recipe(**trial.train), rng)
            rehearse(architecture, lesson)
            self.ready[cell] = architecture, lesson
        found: tuple[Any, Any] = self.ready[cell]
        return found


if __name__ == "__main__":
    main()
