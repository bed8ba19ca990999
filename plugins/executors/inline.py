"""One trial after another, in this process: for debugging and for small suites."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path

from seqbench import Executor, Progress, Result, SeqbenchError, Site, Trial, Watch, Work, hookimpl
from seqbench_plugins.executors.outcome import failure, outcome


@dataclass(frozen=True)
class Inline(Executor):
    """No isolation and no limits, but a breakpoint works."""

    name = "inline"

    threads: int = 1  # another number changes the last digits of results

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise SeqbenchError(f"inline.threads is {self.threads}; it takes 1 or more")

    def run(self, work: Work, trials: Iterable[Trial], site: Site) -> Iterator[Result]:
        for trial in trials:
            site.watch(Progress("started", trial, "this process"))
            with logged(site.logs / f"{trial.id}.log"), threaded(self.threads):
                result = one(work, trial, site.watch)
            yield result


def one(work: Work, trial: Trial, watch: Watch) -> Result:
    """What comes of a trial, be it that it wants to leave."""
    try:
        return outcome(work, trial, watch)
    except SystemExit as error:  # a plugin's: nobody else would leave from in there
        return failure(trial, error)


@contextmanager
def threaded(number: int) -> Iterator[None]:
    """So many threads for torch and for NumPy's linear algebra, and then as before.

    As in a process of its own: the same threads give the same digits.
    """
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        with threadpool_limits(number):
            yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def logged(file: Path) -> Iterator[None]:
    """What a trial says on stderr goes to its log; stdout stays, for a debugger."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("w") as log, redirect_stderr(log):
            yield
    finally:
        if not file.stat().st_size:
            file.unlink()


@hookimpl
def executors() -> list[type[Executor]]:
    return [Inline]
