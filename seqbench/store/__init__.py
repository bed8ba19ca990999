"""Records on disk, only ever added to."""

from seqbench.store.merge import Conflict, Merged, merge
from seqbench.store.store import Store

__all__ = ["Conflict", "Merged", "Store", "merge"]
