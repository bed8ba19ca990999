"""The temporal convolutional network against torch's convolutions on padded inputs."""

import pytest
import torch
from torch.nn import functional as F

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.tcn import TCN

IO = Signature(Tokens(3), Tokens(3), 5)


def test_it_is_padded_convolutions_with_torchs_weight_norm():
    network, x = TCN(layers=3).mixer(6, IO).double(), torch.randn(2, 40, 6).double()
    wanted = x.mT
    for level, block in enumerate(network.layers):
        y = wanted
        for mine in (block.one, block.two):
            torch.nn.init.normal_(mine.length)  # no longer that of the direction
            conv = torch.nn.Conv1d(6, 6, 3, dilation=2**level).double()
            conv = torch.nn.utils.parametrizations.weight_norm(conv)
            conv.bias.data = mine.bias.data
            conv.parametrizations.weight.original0.data = mine.length.data[:, None, None]
            conv.parametrizations.weight.original1.data = mine.direction.data
            y = F.relu(conv(F.pad(y, (2 * 2**level, 0))))
        wanted = F.relu(wanted + y)
    assert torch.allclose(network(x), wanted.mT, atol=1e-12)
    assert wanted.abs().max() > 0.1


@pytest.mark.parametrize(("layers", "kernel"), [(1, 2), (3, 2), (2, 4), (3, 1)])
def test_it_sees_as_far_back_as_it_says(layers, kernel):
    network = TCN(layers=layers, kernel=kernel).mixer(4, IO).double()
    for weight in network.parameters():
        torch.nn.init.uniform_(weight, 0.5, 1.0)  # all positive, so that nothing is cut off
    x = torch.rand(1, 60, 4).double().requires_grad_()
    (slope,) = torch.autograd.grad(network(x)[0, -1].sum(), x)
    reach = 1 + 2 * (kernel - 1) * (2**layers - 1)
    seen = slope[0].abs().amax(-1).nonzero().flatten()
    assert seen.min() == 60 - reach
    assert seen.max() == 59


@pytest.mark.parametrize("init", ["uniform", "normal"])
def test_weights_start_as_torchs_or_as_the_authors_meant(init):
    block = TCN(layers=1, init=init).mixer(64, IO).layers[0]
    bound = (64 * 3) ** -0.5
    wanted = {"uniform": bound / 3**0.5, "normal": 0.01}[init]
    for convolution in (block.one, block.two):
        assert 0.98 < convolution.direction.std() / wanted < 1.02
        assert abs(convolution.direction.mean()) < 0.03 * wanted
        if init == "uniform":
            assert 0.99 * bound < convolution.direction.abs().max() <= bound
        assert torch.allclose(convolution.length, convolution.direction.flatten(1).norm(dim=1))
        assert 0.9 * bound < convolution.bias.abs().max() <= bound


def test_dropout_takes_whole_channels_and_only_in_training():
    network = TCN(layers=1, block_dropout=0.5).mixer(64, IO)
    x = torch.randn(1, 30, 64)
    assert torch.equal(network.eval()(x), network(x))
    network.train()
    dropped = (network.layers[0].dropout(torch.ones(1, 64, 30)) == 0)[0]
    assert (dropped.all(1) == dropped.any(1)).all()
    assert 10 < dropped.all(1).sum() < 54
