"""A perceptron at each step, and over a window of steps."""

import pytest
import torch
from torch.nn import functional as F

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.ffn import FeedForward
from seqbench_plugins.architectures.window_ffn import WindowFeedForward

IO = Signature(Tokens(3), Tokens(3), 5)


def normalised(x, norm):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt() * norm.weight + (
        norm.bias
    )


def perceptron(x, block):
    first, last = block.layer.first, block.layer.last
    hidden = F.gelu(normalised(x, block.norm) @ first.weight.T + first.bias)
    return x + hidden @ last.weight.T + last.bias


def test_it_is_the_formula():
    network, x = FeedForward(layers=3).mixer(5, IO).double(), torch.randn(2, 7, 5).double()
    wanted = x
    for block in network.layers:
        wanted = perceptron(wanted, block)
    assert torch.allclose(network(x), normalised(wanted, network.end), atol=1e-12)


def test_a_step_sees_itself_alone():
    network, x = FeedForward().mixer(5, IO), torch.randn(2, 7, 5)
    order = torch.randperm(7)
    assert torch.allclose(network(x[:, order]), network(x)[:, order], atol=1e-6)


def test_a_window_is_the_formula():
    network = WindowFeedForward(layers=2, window=3).mixer(5, IO).double()
    x = torch.randn(2, 7, 5).double()
    block, second = network.layers
    inside = torch.cat([torch.zeros(2, 2, 5), normalised(x, block.norm)], 1)
    wanted = []
    for t in range(7):
        weight = block.layer.first.weight  # (hidden, width, window)
        read = sum(inside[:, t + tap] @ weight[:, :, tap].T for tap in range(3))
        wanted.append(block.layer.last(F.gelu(read + block.layer.first.bias)))
    wanted = perceptron(x + torch.stack(wanted, 1), second)
    assert torch.allclose(network(x), normalised(wanted, network.end), atol=1e-12)


@pytest.mark.parametrize("window", [1, 2, 8])
def test_a_window_is_as_long_as_it_says(window):
    network, x = WindowFeedForward(window=window).mixer(5, IO), torch.randn(1, 30, 5)
    changed = x.clone()
    changed[:, 10] += torch.randn(5)
    moved = (network(changed) - network(x)).abs().amax(-1)[0] > 1e-5
    assert moved.nonzero().flatten().tolist() == list(range(10, 10 + window))
