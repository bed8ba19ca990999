import numpy as np
import pytest

from seqbench import SeqbenchError
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks.copy import Copy


def sample(n=50, **settings):
    return Copy(**settings).sample(n, np.random.default_rng(0))


@pytest.mark.parametrize(("delay", "length", "vocab"), [(0, 1, 2), (8, 4, 8), (1, 3, 5)])
def test_what_was_heard_is_said_after_the_go_sign(delay, length, vocab):
    split = sample(delay=delay, length=length, vocab=vocab)
    blank, go = vocab, vocab + 1
    for inputs, targets, mask in zip(split.inputs, split.targets, split.mask, strict=True):
        heard = list(inputs[:length])
        assert max(heard) < vocab
        assert list(inputs[length:]) == [blank] * delay + [go] + [blank] * length
        assert list(targets[mask]) == heard
        assert list(np.flatnonzero(mask)) == list(range(len(inputs)))[-length:]


def test_the_published_variant():
    """T + 20 steps for T = 100: ten symbols of eight, 99 blanks, a delimiter, ten blanks."""
    task = Copy(delay=99, length=10, vocab=8)
    io = task.signature()
    assert (io.length, io.inputs.vocab, io.outputs.vocab) == (120, 10, 8)
    assert np.flatnonzero(sample(1, delay=99, length=10).inputs[0] == 9).tolist() == [109]


def test_symbols_are_drawn_evenly_and_apart():
    symbols = sample(n=20_000, length=2, vocab=4).inputs[:, :2]
    pairs = np.bincount(symbols[:, 0] * 4 + symbols[:, 1], minlength=16) / 20_000
    assert np.abs(pairs - 1 / 16).max() < 0.009  # 5 standard deviations


def test_guessing_is_at_chance():
    split = sample(n=5000)
    scores = np.random.default_rng(1).random((*split.inputs.shape, 8))
    assert accuracy(split, scores) == pytest.approx(Copy().chance()["accuracy"], abs=0.012)


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"delay": -1}, "copy.delay is -1; it takes 0 or more"),
        ({"length": 0}, "copy.length is 0; it takes 1 or more"),
        ({"vocab": 1}, "copy.vocab is 1; it takes 2 or more"),
    ],
)
def test_what_cannot_be_is_refused(settings, hint):
    with pytest.raises(SeqbenchError, match=hint):
        Copy(**settings)
