"""A batch dealt to threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import torch

Share = Callable[[int, int], None]


def on_threads(share: Share, batch: int, least: int) -> None:
    """Do share(first, last) for all of a batch, on at most as many threads as torch uses.

    No share is of fewer than `least` sequences, unless the batch is. Shares do not depend on
    timing, so that the same number of threads gives the same bits. What a share raises is raised.
    """
    count = max(1, min(torch.get_num_threads(), batch // least))
    bounds = [batch * i // count for i in range(count + 1)]
    others = [pool(os.getpid(), count).submit(share, *bounds[i : i + 2]) for i in range(1, count)]
    try:
        share(0, bounds[1])
    finally:
        done = [other.exception() for other in others]  # no share outlives the arrays it works on
    for error in filter(None, done):
        raise error


@lru_cache
def pool(process: int, count: int) -> ThreadPoolExecutor:
    """Threads that wait for shares; a forked process has none of its parent's, and gets its own."""
    return ThreadPoolExecutor(count - 1, thread_name_prefix="lstm")
