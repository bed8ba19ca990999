"""Random streams that depend on what they are for, and on nothing else."""

import hashlib

import numpy as np

from seqbench.contract.trial import Choice, canonical


def stream(seed: int, role: str, owner: Choice) -> np.random.Generator:
    """A stream for one role of one plugin with its settings.

    Two architectures draw the same data of a task, whatever either drew before.
    """
    name = canonical([role, owner.name, owner.settings, owner.version])
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest[:16], np.uint32)])
