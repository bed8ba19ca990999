from collections import deque

import numpy as np
import pytest

from seqbench import SeqbenchError
from seqbench_plugins.tasks.delayed_echo import DelayedEcho


def sample(n=50, **settings):
    return DelayedEcho(**settings).sample(n, np.random.default_rng(0))


@pytest.mark.parametrize(("delay", "length"), [(0, 3), (1, 1), (4, 16), (9, 2)])
def test_a_queue_of_delay_places_gives_the_answers(delay, length):
    split = sample(delay=delay, length=length)
    assert split.inputs.shape == (50, delay + length)
    for inputs, targets, mask in zip(split.inputs, split.targets, split.mask, strict=True):
        queue = deque([None] * delay)
        for given, wanted, counts in zip(inputs, targets, mask, strict=True):
            queue.append(given)
            echo = queue.popleft()
            assert counts == (echo is not None)
            assert not counts or echo == wanted


def test_every_symbol_comes_alike_at_every_step():
    split = sample(n=20_000, vocab=4)
    for step in (0, 7, 19):
        shares = np.bincount(split.inputs[:, step], minlength=4) / 20_000
        assert np.abs(shares - 1 / 4).max() < 0.016  # 5 standard deviations


def test_what_cannot_be_is_refused():
    for settings, hint in (
        ({"delay": -1}, "delayed_echo.delay is -1; it takes 0 or more"),
        ({"length": 0}, "delayed_echo.length is 0; it takes 1 or more"),
        ({"vocab": 1}, "delayed_echo.vocab is 1; it takes 2 or more"),
    ):
        with pytest.raises(SeqbenchError, match=hint):
            DelayedEcho(**settings)
