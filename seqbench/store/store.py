"""A results folder: records, and what running trials need beside them."""

import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from seqbench.contract.executor import Site, Watch
from seqbench.contract.record import from_record, to_record
from seqbench.contract.trial import Result, Trial
from seqbench.store import spool
from seqbench.store.claims import Claims
from seqbench.store.index import Damage, Index
from seqbench.store.journal import Journal, writing
from seqbench.store.lock import Lock
from seqbench.store.sweep import Swept, sweep
from seqbench.store.verify import Verdict, verify

if TYPE_CHECKING:
    from seqbench.contract.report import Frames


class Store:
    """The results in a folder. Making one touches nothing: folders come with the first need.

        records/<run>.jsonl         what was found; only ever added to
        spool/<run>/<trial>.json    what a trial's process has left and is not yet a record
        claims/<trial>              held by the run that has the trial in hand
        logs/<run>/<trial>.log      what a trial printed
        .cache/                     frames, read faster; may go at any time

    Several runs may use one folder at once. Close it, or use it in a `with`, to give back claims.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder).absolute()
        self.run = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid.uuid4().hex[:8]}"
        self._journal = Journal(self.folder / "records", self.run)
        self._index = Index(self.folder)
        self._claims = Claims(self.folder / "claims")
        self._lock: Lock | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing

    def add(self, result: Result) -> None:
        """Make a result a record, durably; then its claim and what it left in the spool go.

        The trial must be no other run's. Raises SeqbenchError where the record cannot be written;
        the results already stored are untouched by that.
        """
        self._journal.append({**to_record(result), "run": self.run})
        for file in self._left(result.trial.id):  # of a run that died as we began, perhaps
            with suppress(OSError):
                file.unlink()
        self.release(result.trial.id)

    def claim(self, trial_id: str) -> bool:
        """Take a trial in hand, unless a living run has it; the claim dies with this process."""
        return self._claims.take(trial_id)

    def release(self, trial_id: str) -> None:
        """Give a claim back; nothing happens where there is none."""
        self._claims.release(trial_id)

    def take(
        self,
        trials: Iterable[Trial],
        retry: frozenset[str] = frozenset(),
        again: Collection[str] = (),
    ) -> Iterator[Trial]:
        """Claim trials one by one, as they are asked for, and yield those that still have to run.

        What another living run has in hand, or has finished since, is passed over, and so is what
        a dead one left; the ids in `again` run whatever is known of them.
        """
        for trial in trials:
            if self.claim(trial.id):
                self._inherit(trial.id)
                if trial.id not in again and self.done([trial], retry):
                    self.release(trial.id)
                else:
                    yield trial

    def adopt(self) -> list[Result]:
        """Make records of what the trials of dead runs had finished; the results adopted.

        For the start of a run: it must not have claims yet.
        """
        adopted = []
        for folder in sorted(self.folder.joinpath("spool").glob("*/")):
            if folder.name == self.run:
                continue
            with writing(folder), spool.abandoned(folder) as dead:
                for file in sorted(folder.glob("*.json")) if dead else ():
                    if self.claim(file.stem):  # whoever else has it looks here before it starts
                        try:
                            adopted += self._inherit(file.stem)
                        finally:
                            self.release(file.stem)
        return adopted

    def _inherit(self, trial_id: str) -> list[Result]:
        """Make records of what others left of a trial that is ours: they are dead, or it was not.

        Only under its claim, or a run that is about to start the trial would not know of this.
        """
        adopted = []
        for file in self._left(trial_id):
            run = file.parent.name
            if run == self.run or (result := spool.left(file)) is None:
                continue
            self._index.refresh()
            if (run, result.trial.id) not in self._index.seen:
                self._journal.append({**to_record(result), "run": run})
                adopted.append(result)
            with suppress(OSError):
                file.unlink()
        return adopted

    def site(self, watch: Watch) -> Site:
        """Folders for an executor, made now: ask when there is something to run."""
        logs = self.folder / "logs" / self.run
        with writing(self.folder):
            if self._lock is None:
                self._lock = spool.settle(self._spool)
            logs.mkdir(parents=True, exist_ok=True)
        return Site(self._spool, logs, watch)

    def close(self) -> None:
        """Give back what is held, and remove this run's folders where they are empty."""
        self._journal.close()
        self._claims.close()
        if self._lock is not None:
            spool.leave(self._spool, self._lock)
            self._lock = None
            with suppress(OSError):  # there are logs in it
                (self.folder / "logs" / self.run).rmdir()

    # Reading

    def done(self, trials: Iterable[Trial], retry: frozenset[str] = frozenset()) -> set[str]:
        """The ids of the trials that need not run, `retry` naming statuses that do not count.

        A success counts where it has every metric and coordinate asked for; a skip for want of
        something this machine may have by now does not.
        """
        self._index.refresh()
        winners = self._index.winners
        return {
            trial.id
            for trial in trials
            if trial.id in winners and winners[trial.id].settles(trial, retry)
        }

    def records(self) -> Iterator[dict[str, Any]]:
        """The winning record of each trial: `ok` before anything else, then the latest."""
        self._index.refresh()
        return self._index.records()

    def results(self) -> Iterator[Result]:
        """The winning records as Results."""
        return map(from_record, self.records())

    def frames(self) -> "Frames":
        """The winning records as tidy tables; see seqbench.store.tables for their columns."""
        from seqbench.store.cache import frames

        return frames(self.folder)

    def damaged(self) -> list[Damage]:
        """The lines that were skipped because they are not as they were written."""
        self._index.refresh()
        return self._index.damaged()

    def verify(self) -> Verdict:
        """Check every line of every file."""
        return verify(self.folder)

    def gc(self) -> Swept:
        """Remove logs, caches and claims that no living run needs. Records are never touched."""
        with writing(self.folder):
            return sweep(self.folder)

    def _left(self, trial_id: str) -> list[Path]:
        """Where this or another run may have left a result of a trial."""
        spools = self.folder.joinpath("spool").glob("*/")
        return [folder / f"{trial_id}.json" for folder in sorted(spools)]

    @property
    def _spool(self) -> Path:
        return self.folder / "spool" / self.run
