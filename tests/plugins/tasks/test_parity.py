from functools import reduce
from operator import xor

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.kits.linear import bag
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks.parity import Parity


def sample(n=100, seed=0, **settings):
    return Parity(**settings).sample(n, np.random.default_rng(seed))


@pytest.mark.parametrize("length", [1, 2, 16])
@pytest.mark.parametrize("every", [True, False])
def test_an_answer_is_the_exclusive_or_of_the_bits_so_far(length, every):
    split = sample(length=length, every=every)
    for inputs, targets, mask in zip(split.inputs.tolist(), split.targets, split.mask, strict=True):
        wanted = [reduce(xor, inputs[: t + 1]) for t in range(length)]
        assert mask.tolist() == [every or t == length - 1 for t in range(length)]
        assert targets[mask].tolist() == [w for w, counts in zip(wanted, mask) if counts]  # noqa: B905


def test_odd_and_even_are_alike_at_every_step():
    split = sample(n=20_000)
    assert np.abs(split.targets.mean(axis=0) - 1 / 2).max() < 0.018  # 5 standard deviations


def test_all_bits_but_one_tell_nothing():
    """What is linear in the bits stays at chance, however many examples it has."""
    train, test = (sample(4000, seed, length=8, every=False) for seed in (0, 1))
    io = Parity(length=8).signature()
    lesson = Lesson(io, train, test, Recipe(), np.random.default_rng(0))
    model = bag(lambda inputs, lengths: inputs.astype(float))(lesson)
    assert accuracy(test, model.predict(test.inputs, None)) == pytest.approx(1 / 2, abs=0.04)


def test_what_cannot_be_is_refused():
    with pytest.raises(SeqbenchError, match=r"parity\.length is 0; it takes 1 or more"):
        Parity(length=0)
