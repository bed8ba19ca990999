"""Which trials a run has in hand."""

from pathlib import Path

from seqbench.store.journal import writing
from seqbench.store.lock import Lock


class Claims:
    """The claims of one run in a folder of them; they die with its process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._locks: dict[str, Lock] = {}

    def take(self, trial_id: str) -> bool:
        """Claim a trial, unless a living run has it."""
        if trial_id in self._locks:
            return True
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = Lock.take(self.folder / trial_id)
        if lock is not None:
            self._locks[trial_id] = lock
        return lock is not None

    def release(self, trial_id: str) -> None:
        """Give a claim back; nothing happens where there is none."""
        lock = self._locks.pop(trial_id, None)
        if lock is not None:
            lock.release()

    def close(self) -> None:
        """Give all of them back."""
        for trial_id in list(self._locks):
            self.release(trial_id)
