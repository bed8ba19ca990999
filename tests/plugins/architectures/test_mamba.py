"""The selective state space block against its recurrence, channel by channel."""

import torch
from torch.nn import functional as F

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.mamba import Mamba

IO = Signature(Tokens(3), Tokens(3), 5)


def block(width=5, **settings):
    return Mamba(layers=1, **settings).mixer(width, IO).layers[0].layer


def test_it_is_the_formula():
    layer, steps = block(state=3, conv=4).double(), 40
    for weight in layer.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    given = torch.randn(2, steps, 5).double()
    x, gate = (given @ layer.enter.weight.T).split(10, -1)
    wanted, h = [], torch.zeros(2, 10, 3).double()
    for t in range(steps):
        near = layer.conv.bias.clone()
        for tap in range(4):  # the last tap is the present
            if t - 3 + tap >= 0:
                near = near + layer.conv.weight[:, 0, tap] * x[:, t - 3 + tap]
        near = near * near.sigmoid()
        rank, b, c = (near @ layer.select.weight.T).split([1, 3, 3], -1)
        pace = (1 + (rank @ layer.pace.weight.T + layer.pace.bias).exp()).log()
        for channel in range(10):
            for at in range(3):
                rate = -layer.decay[channel, at].exp()
                kept = (pace[:, channel] * rate).exp() * h[:, channel, at]
                h = h.clone()
                h[:, channel, at] = kept + pace[:, channel] * near[:, channel] * b[:, at]
        y = (h * c[:, None]).sum(-1) + layer.skip * near
        wanted.append((y * F.silu(gate[:, t])) @ layer.leave.weight.T)
    assert torch.allclose(layer(given), torch.stack(wanted, 1), atol=1e-10)


def test_it_starts_as_the_paper_says():
    layer = block(width=64)
    assert torch.allclose(layer.decay.exp(), torch.arange(1.0, 17).expand(128, 16))  # S4D-Real
    assert (layer.skip == 1).all()
    pace = F.softplus(layer.pace.bias)
    assert 0.0009 < pace.min() < 0.002
    assert 0.05 < pace.max() < 0.11
    assert 0.005 < pace.median() < 0.02
    rank = 4  # width / 16
    assert layer.pace.weight.shape == (128, rank)
    assert 0.95 * rank**-0.5 < layer.pace.weight.abs().max() <= rank**-0.5
    assert layer.enter.bias is None
    assert layer.leave.bias is None


def test_what_backward_computes_again_changes_nothing():
    layer, x = block().double(), torch.randn(2, 50, 5).double()
    with torch.no_grad():
        wanted = layer(x)
    assert torch.equal(layer(x), wanted)
