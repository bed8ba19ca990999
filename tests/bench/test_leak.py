"""The check before a score catches what looks ahead, and lets through what does not."""

import numpy as np
import pytest

from seqbench import Model, Reals, Signature, Tokens
from seqbench.bench.leak import leak
from seqbench.testing.tiny import tiny

IO = Signature(Reals(2), Reals(2), 40)


def cumulative(x):
    return np.cumsum(x, axis=1)


def window(x):
    return x + np.pad(x, ((0, 0), (3, 0), (0, 0)))[:, :-3]


def ahead_by_one(x):
    return np.concatenate([x[:, 1:], x[:, :1] * 0], axis=1)


def whole_mean(x):
    return x + 1e-2 * x.mean(axis=1, keepdims=True)


def block_mean(size):
    def mix(x):
        parts = [x[:, at : at + size] for at in range(0, x.shape[1], size)]
        return np.concatenate(
            [np.broadcast_to(p.mean(1, keepdims=True), p.shape) for p in parts], 1
        )

    return mix


def circular(x):
    kernel = np.exp(-np.arange(x.shape[1]))[None, :, None]
    return np.fft.ifft(np.fft.fft(x, axis=1) * np.fft.fft(kernel, axis=1), axis=1).real


def detached_maximum(x):
    return x - x.max(axis=1, keepdims=True)


def causal_fft(x):
    n = 2 * x.shape[1]
    kernel = np.fft.rfft(np.exp(-np.arange(x.shape[1]))[None, :, None], n, axis=1)
    return np.fft.irfft(np.fft.rfft(x, n, axis=1) * kernel, n, axis=1)[:, : x.shape[1]]


def found(mix, io=IO):
    split = tiny(io, np.random.default_rng(0))
    return leak(Model(lambda x, lengths: mix(x), 0), io, split, np.random.default_rng(1))


NAMES = ["cumulative", "window", "causal_fft", "nothing"]


@pytest.mark.parametrize("mix", [cumulative, window, causal_fft, lambda x: x], ids=NAMES)
def test_a_causal_answer_passes(mix):
    assert found(mix) is None


@pytest.mark.parametrize(
    "mix",
    [ahead_by_one, whole_mean, block_mean(2), block_mean(16), circular, detached_maximum],
    ids=["ahead", "mean", "block 2", "block 16", "circular", "maximum"],
)
def test_a_look_ahead_is_caught_with_its_place(mix):
    assert "answers before step" in found(mix)


def test_tokens_are_perturbed_within_their_vocabulary():
    io = Signature(Tokens(3), Tokens(3), 12)
    seen = []

    def answer(x):
        seen.append(x)
        return np.eye(3)[x]

    assert found(answer, io) is None
    assert min(x.min() for x in seen) == 0 and max(x.max() for x in seen) == 2
    assert found(lambda x: np.eye(3)[np.roll(x, -1, axis=1)], io) is not None
