"""Each test finds torch with the same random stream, and on one thread."""

import numpy as np
import pytest
import torch

from seqbench.kits.torch import seeded


@pytest.fixture(autouse=True)
def same_start():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with seeded(np.random.default_rng(0)):
        yield
    torch.set_num_threads(threads)
