import numpy as np
import pytest

from seqbench import Split
from seqbench_plugins.metrics.within import within


def test_a_step_counts_where_every_value_is_near_enough():
    off = np.array(
        [[[0.0, 0.0], [0.039, -0.039], [0.041, 0.0]], [[0.0, -0.041], [0.0, 0.03], [9, 9]]]
    )
    targets = np.random.default_rng(0).normal(size=off.shape)
    mask = np.array([[True, True, True], [True, True, False]])
    split = Split(targets, targets, mask)
    assert within(split, targets + off) == pytest.approx(3 / 5)


def test_it_is_what_counting_gives_on_answers_at_random():
    rng = np.random.default_rng(1)
    targets, outputs = rng.random((2, 300, 7, 1))
    mask = rng.random((300, 7)) < 0.3
    near = [
        abs(float(outputs[i, t, 0]) - float(targets[i, t, 0])) < 0.04 for i, t in np.argwhere(mask)
    ]
    assert within(Split(targets, targets, mask), outputs) == pytest.approx(sum(near) / len(near))
    assert sum(near) / len(near) == pytest.approx(1 - 0.96**2, abs=0.06)
