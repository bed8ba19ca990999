"""One trial, straight through: task -> data -> model -> answers -> numbers."""

import sys
import traceback
from typing import Any

from seqbench.bench.examination import examined
from seqbench.bench.facts import facts, fingerprint
from seqbench.bench.fitting import fitted
from seqbench.bench.listening import Listener
from seqbench.bench.race import raced
from seqbench.bench.splits import drawn, signature
from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.architecture import Architecture, Lesson, Recipe
from seqbench.contract.errors import Diverged, Missing, Pruned, Unsuited
from seqbench.contract.executor import Watch
from seqbench.contract.task import Task
from seqbench.contract.trial import Result, Trial


def run_trial(trial: Trial, catalogue: Catalogue, watch: Watch) -> Result:
    """Run one trial. Whatever a plugin raises becomes a result, never a crash."""
    known, listener = facts(catalogue), Listener(trial, watch)
    try:
        if trial.runners:
            return raced(trial, catalogue, known)
        return _run(trial, catalogue, listener, known)
    except Missing as lack:
        return Result(trial, "skipped", str(lack), facts=known, missing=True)
    except Unsuited as reason:
        return Result(trial, "skipped", str(reason), facts=known)
    except Diverged as end:
        return Result(trial, "diverged", str(end), curve=tuple(listener.heard), facts=known)
    except Pruned as end:
        return Result(trial, "skipped", str(end), curve=tuple(listener.heard), facts=known)
    except Exception as error:
        trace = traceback.format_exc()
        print(trace, file=sys.stderr)  # where an executor keeps its log
        known["log"] = trace[-4000:]
        return Result(trial, "failed", f"{type(error).__name__}: {error}", facts=known)


def _run(trial: Trial, catalogue: Catalogue, listener: Listener, known: dict[str, Any]) -> Result:
    task: Task = catalogue.make("tasks", trial.task.name, trial.task.settings)
    known["task_code"] = fingerprint(type(task))
    io = signature(trial, task)
    architecture: Architecture | None = None
    if not trial.baseline:
        wanted = trial.architecture
        architecture = catalogue.make("architectures", wanted.name, wanted.settings)
        known["architecture_code"] = fingerprint(type(architecture))
        if reason := architecture.unsuited(io):
            raise Unsuited(reason)
    data, levels = drawn(trial, task, catalogue)
    lesson = Lesson(
        io,
        data.train,
        data.valid,
        Recipe(**trial.train),
        stream(trial.seed, "model", trial.architecture),
        listener,
        levels,
        stream(trial.seed, "order", trial.task),
    )
    costs: dict[str, float] = {}
    model = fitted(trial, task, architecture, lesson, costs)
    known["model"] = dict(model.notes)
    outcome = Result(trial, "ok", None, (), model.curve, costs, known)
    return examined(outcome, catalogue, task, architecture, lesson, model, data.test)
