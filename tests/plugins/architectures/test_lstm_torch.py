"""Torch's LSTM against the formula, and against the compiled one with the same weights."""

from itertools import chain

import numpy as np
import pytest
import torch

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.lstm import LongShortTermMemory
from seqbench_plugins.architectures.lstm_torch import TorchLSTM

IO = Signature(Tokens(3), Tokens(3), 5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_it_is_the_formula():
    network = TorchLSTM().mixer(4, IO).double()
    w, u, b, c = (weight.detach().numpy() for weight in network.lstm.all_weights[0])
    x = np.random.default_rng(0).normal(size=(3, 6, 4))
    h = cell = np.zeros((3, 4))
    answers = network(torch.from_numpy(x)).detach().numpy()
    for t in range(6):
        i, f, g, o = np.split(x[:, t] @ w.T + b + h @ u.T + c, 4, axis=1)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(cell)
        assert np.allclose(answers[:, t], h, atol=1e-12)


def test_it_is_the_compiled_ones_twin():
    one, other = TorchLSTM(layers=2).mixer(9, IO), LongShortTermMemory(layers=2).mixer(9, IO)
    one.load_state_dict(other.state_dict())
    x = torch.randn(4, 30, 9)
    assert torch.allclose(one(x), other(x), atol=1e-5)
    assert TorchLSTM(layers=2).weigh(IO) == LongShortTermMemory(layers=2).weigh(IO)


@pytest.mark.parametrize("init", ["uniform", "xavier", "orthogonal"])
def test_both_start_alike(init):
    one, other = (
        cls(layers=2, init=init, forget_bias=2.0).mixer(64, IO).lstm.all_weights
        for cls in (TorchLSTM, LongShortTermMemory)
    )
    for mine, theirs in zip(chain(*one), chain(*other), strict=True):
        assert mine.shape == theirs.shape
        assert abs(mine.std() - theirs.std()) < 0.1 * theirs.std() + 1e-9
        assert abs(mine.mean() - theirs.mean()) < 0.02
    assert (one[0][2][64:128] == 2).all()
    assert (one[0][3][64:128] == 0).all()
