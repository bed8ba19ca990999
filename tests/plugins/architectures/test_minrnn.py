"""The minimal recurrent networks against their step by step formulas, without logarithms."""

import pytest
import torch

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.minrnn import GRU, LSTM, MinGRU, MinLSTM, log_positive

IO = Signature(Tokens(3), Tokens(3), 5)


def positive(v):
    return torch.where(v >= 0, v + 0.5, v.sigmoid())


@pytest.mark.parametrize("steps", [1, 60])
@pytest.mark.parametrize("cell", [GRU, LSTM])
def test_it_is_the_formula(cell, steps):
    layer = cell(4, 7, {GRU: 2, LSTM: 3}[cell]).double()
    for weight in layer.parameters():
        torch.nn.init.normal_(weight)
    x = torch.randn(3, steps, 4).double()
    answers, h = layer(x), torch.full((3, 7), 0.5).double()
    for t in range(steps):
        read = x[:, t] @ layer.read.weight.T + layer.read.bias
        if cell is GRU:
            z, v = read[:, :7].sigmoid(), positive(read[:, 7:])
            h = (1 - z) * h + z * v
        else:
            f, i, v = read[:, :7].sigmoid(), read[:, 7:14].sigmoid(), positive(read[:, 14:])
            h = f / (f + i) * h + i / (f + i) * v
        wanted = h @ layer.write.weight.T + layer.write.bias
        assert torch.allclose(answers[:, t], wanted, atol=1e-10)


def test_what_comes_in_is_made_positive():
    v = torch.linspace(-30, 30, 101).double()
    assert torch.allclose(log_positive(v).exp(), positive(v), rtol=1e-12)
    assert torch.isfinite(log_positive(torch.tensor([-1e30, 0.0, 1e30]))).all()


@pytest.mark.parametrize(("cls", "gates"), [(MinGRU, 1), (MinLSTM, 2)])
def test_it_is_as_small_as_the_paper_says(cls, gates):
    network = cls(layers=1, conv=1, ratio=0, expansion=3).mixer(10, IO)
    recurrence = network.layers[0].layer
    matrices = sum(weight.numel() for weight in recurrence.read.parameters())
    assert matrices == (gates + 1) * (10 * 30 + 30)
    most = recurrence.read.weight.abs().max()  # linear layers start as torch's do
    assert 0.95 * 10**-0.5 < most <= 10**-0.5
