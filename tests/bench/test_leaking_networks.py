"""Networks that look ahead in the ways that published ones do, and ten that do not."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seqbench import Model, Reals, Signature, Tokens
from seqbench.bench.leak import leak
from seqbench.catalogue import Catalogue
from seqbench.kits.torch import Network, predictor, seeded
from seqbench.testing.tiny import tiny

WIDTH = 16


class Mix(nn.Module):
    """A mixer made of one function of (N, T, width), with a linear layer before and after."""

    def __init__(self, mix):
        super().__init__()
        self.inward, self.outward = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.mix = mix

    def forward(self, x):
        return self.outward(self.mix(self.inward(x)))


class BothWays(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(WIDTH, WIDTH // 2, batch_first=True, bidirectional=True)

    def forward(self, x):
        return self.cell(x)[0]


class OneWay(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell = kind(WIDTH, WIDTH, 2, batch_first=True)

    def forward(self, x):
        return self.cell(x)[0]


class Attention(nn.Module):
    """One head of attention; where and when its mask is applied is the fault, if any."""

    def __init__(self, fault="", dropout=0.0):
        super().__init__()
        self.qkv, self.fault = nn.Linear(WIDTH, 3 * WIDTH), fault
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        late = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        score = q @ k.transpose(1, 2) / math.sqrt(WIDTH)
        if self.fault == "mask after softmax":
            weight = score.softmax(-1).masked_fill(late, 0)
        elif self.fault == "mask dropped with dropout" and self.training and self.dropout.p:
            weight = score.softmax(-1)
        else:
            weight = score.masked_fill(late, -torch.inf).softmax(-1)
        return x + self.dropout(weight) @ v


class DilatedConvolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 3, dilation=2**k) for k in range(4))

    def forward(self, x):
        x = x.transpose(1, 2)
        for k, layer in enumerate(self.layers):
            x = x + F.relu(layer(F.pad(x, (2 * 2**k, 0))))
        return x.transpose(1, 2)


class BatchNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(WIDTH)

    def forward(self, x):
        return self.norm(x.transpose(1, 2)).transpose(1, 2)


def block_mean(size):
    def mix(x):
        return torch.cat([p.mean(1, keepdim=True).expand_as(p) for p in x.split(size, 1)], 1)

    return mix


def chunk_mean_behind(size):
    """Each chunk hears the mean of the chunks before it: clean."""

    def mix(x):
        means = [torch.zeros_like(x[:, :1]), *(p.mean(1, keepdim=True) for p in x.split(size, 1))]
        parts = x.split(size, 1)
        return torch.cat([p + m for p, m in zip(parts, means, strict=False)], 1)

    return mix


def fourier(x, n):
    fade = torch.exp(-torch.arange(x.shape[1]) / 4.0)[None, :, None]
    return torch.fft.irfft(torch.fft.rfft(x, n, 1) * torch.fft.rfft(fade, n, 1), n, 1)


def over_time(x):
    return (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1)


def detached_maximum(x):
    return x - x.amax(1, keepdim=True).detach()


LEAKS = {
    "a layer of both directions": BothWays,
    "means of blocks of 16": lambda: Mix(block_mean(16)),
    "means of blocks of 64": lambda: Mix(block_mean(64)),
    "circular convolution": lambda: Mix(lambda x: fourier(x, x.shape[1])),
    "normalisation over time": lambda: Mix(over_time),
    "normalisation over the batch": BatchNorm,
    "mask after softmax": lambda: Attention("mask after softmax"),
    "mask dropped with dropout": lambda: Attention("mask dropped with dropout", 0.1),
    "ahead by one": lambda: Mix(lambda x: x + F.pad(x, (0, 0, 0, 1))[:, 1:]),
    "a detached maximum": lambda: Mix(detached_maximum),
    "a gradient alone": lambda: Mix(lambda x: x + 1e-7 * x.flip(1) * x.abs().amax().detach() * 1e3),
}

CLEAN = {
    "nothing": lambda: Mix(lambda x: x),
    "elman": lambda: OneWay(nn.RNN),
    "gru": lambda: OneWay(nn.GRU),
    "lstm": lambda: OneWay(nn.LSTM),
    "attention": Attention,
    "attention with dropout": lambda: Attention(dropout=0.3),
    "dilated convolution": DilatedConvolution,
    "cumulative mean": lambda: Mix(
        lambda x: x.cumsum(1) / torch.arange(1, x.shape[1] + 1)[:, None]
    ),
    "padded Fourier convolution": lambda: Mix(
        lambda x: fourier(x, 2 * x.shape[1])[:, : x.shape[1]]
    ),
    "means of the chunks before": lambda: Mix(chunk_mean_behind(16)),
    "layer norm": lambda: nn.LayerNorm(WIDTH),
}

GIVEN = {"tokens": Tokens(7), "reals": Reals(3)}


def examined(mixer, given, steps=100):
    io = Signature(given, Tokens(5), steps)
    with seeded(np.random.default_rng(0)):
        network = Network(io, WIDTH, mixer())
    model = Model(predictor(network), 0, network=network)
    return leak(model, io, tiny(io, np.random.default_rng(1)), np.random.default_rng(2))


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("fault", LEAKS)
def test_a_leak_is_caught(fault, given):
    assert examined(LEAKS[fault], GIVEN[given]) is not None


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("mixer", CLEAN)
def test_a_clean_network_passes(mixer, given):
    assert examined(CLEAN[mixer], GIVEN[given]) is None


@pytest.mark.parametrize("name", ["rnn", "lstm", "transformer"])
def test_the_bundled_architectures_pass(name):
    architecture = Catalogue.installed().make("architectures", name, {})
    io = Signature(Tokens(7), Tokens(5), 100)
    network = architecture.module(io)
    model = Model(predictor(network), 0, network=network)
    split = tiny(io, np.random.default_rng(1))
    assert leak(model, io, split, np.random.default_rng(2)) is None


def test_a_batch_statistic_is_a_leak_only_in_training():
    found = examined(BatchNorm, Reals(3))
    assert "in training" in found


def test_the_network_is_left_as_it_was():
    io = Signature(Reals(3), Tokens(5), 40)
    network = Network(io, WIDTH, BatchNorm())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    model = Model(predictor(network), 0, network=network)
    leak(model, io, tiny(io, np.random.default_rng(1)), np.random.default_rng(2))
    after = network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(weight.grad is None for weight in network.parameters())
