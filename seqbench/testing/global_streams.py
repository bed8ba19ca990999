"""The random streams that belong to nobody, and that no plugin may draw from."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def disturbed(seed: int) -> Iterator[None]:
    """They stand somewhere else in here, and afterwards where they stood."""
    import torch

    plain, numbers = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(plain)
            np.random.set_state(numbers)
