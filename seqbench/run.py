"""From trials to records: what is not done yet goes to the executor, what comes back is stored."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from seqbench.bench.trial import run_trial
from seqbench.catalogue import Catalogue
from seqbench.contract.executor import Executor, Watch
from seqbench.contract.trial import Result, Trial
from seqbench.store import Store

FINE = ("ok", "skipped")


@dataclass(frozen=True)
class Run:
    """What a run needs beside its trials: plugin files, an executor, and what to try again."""

    catalogue: Catalogue
    executor: Executor
    files: tuple[Path, ...] = ()
    retry: frozenset[str] = frozenset()  # statuses that do not count as done
    again: frozenset[str] = frozenset()  # ids that run whatever is known of them
    most_failures: int = 0  # after so many no other trial is started; 0: go on to the end
    facts: Mapping[str, Any] = field(default_factory=dict)

    def todo(self, trials: Iterable[Trial], store: Store) -> list[Trial]:
        """The trials that are not done, after adopting what a killed run had finished."""
        store.adopt()
        trials = list(trials)
        done = store.done(trials, self.retry)
        return [trial for trial in trials if trial.id in self.again or trial.id not in done]

    def results(self, todo: list[Trial], store: Store, watch: Watch) -> Iterator[Result]:
        """Run trials; each result is a record on disk before it is yielded."""
        hook = self.catalogue.hook
        observed(hook.run_started, trials=todo)
        work = Job(self.files, self.described())
        failures: list[Result] = []

        def trials() -> Iterator[Trial]:
            for trial in store.take(todo, self.retry, self.again):
                if self.most_failures and len(failures) >= self.most_failures:
                    store.release(trial.id)
                    return
                yield trial

        for result in self.executor.run(work, trials(), store.site(watch)):
            store.add(result)
            failures += [] if result.status in FINE else [result]
            observed(hook.trial_finished, result=result)
            yield result

    def described(self) -> dict[str, Any]:
        """What every record of this run says of it."""
        settings = {name: str(value) for name, value in vars(self.executor).items()}
        known = {"executor": self.executor.name, "executor_settings": settings}
        return {**known, "workers": self.executor.parallel, "commit": commit(), **self.facts}


def observed(hook: Callable[..., object], **told: object) -> None:
    """Tell who looks on; one who stumbles is said, and stops nothing."""
    try:
        hook(**told)
    except Exception as error:
        print(f"a plugin that looks on raised {type(error).__name__}: {error}", file=sys.stderr)


@dataclass(frozen=True)
class Job:
    """What an executor does with a trial, in whatever process or machine."""

    files: tuple[Path, ...]  # plugin files
    more: Mapping[str, Any]  # facts for every record

    def __call__(self, trial: Trial, watch: Watch) -> Result:
        """run_trial; each process loads the catalogue once."""
        stamps = tuple(file.stat().st_mtime_ns for file in self.files)
        result = run_trial(trial, catalogue_of(self.files, stamps), watch)
        return replace(result, facts={**result.facts, **self.more})

    def moved(self, files: tuple[Path, ...]) -> "Job":
        """The same with the plugin files elsewhere."""
        return replace(self, files=files)


@cache
def catalogue_of(files: tuple[Path, ...], stamps: tuple[int, ...]) -> Catalogue:
    """What is installed, and these files as they were at these times."""
    return Catalogue.installed(*files)


@cache
def commit() -> str | None:
    """The commit of the working tree that the run was started in, with a + where it is changed."""
    try:
        named = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return named.stdout.strip() or None
