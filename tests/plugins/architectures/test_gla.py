"""Gated linear attention against its recurrence."""

import pytest
import torch
from torch.nn import functional as F

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.gla import GLA, attended

IO = Signature(Tokens(3), Tokens(3), 5)


def test_it_is_the_formula():
    layer, steps = GLA(heads=2, layers=1).mixer(6, IO).layers[0].layer.double(), 40
    x = torch.randn(3, steps, 6).double()
    q, k = (x @ layer.read.weight.T).split(4, -1)
    v, (low, high) = x @ layer.value.weight.T, layer.decay
    keep = (x @ low.weight.T @ high.weight.T + high.bias).sigmoid() ** (1 / 16)
    gate = x @ layer.gate.weight.T + layer.gate.bias
    wanted = []
    state = torch.zeros(3, 2, 2, 3).double()
    for t in range(steps):
        heads = []
        for head in range(2):
            key, value = slice(2 * head, 2 * head + 2), slice(3 * head, 3 * head + 3)
            write = k[:, t, key, None] * v[:, t, None, value]
            state = state.clone()
            state[:, head] = keep[:, t, key, None] * state[:, head] + write
            y = (q[:, t, key, None] * state[:, head]).sum(1) / 2**0.5
            heads.append(F.layer_norm(y, (3,), layer.norm.weight, layer.norm.bias))
        wanted.append((torch.cat(heads, -1) * F.silu(gate[:, t])) @ layer.write.weight.T)
    assert torch.allclose(layer(x), torch.stack(wanted, 1), atol=1e-10)


@pytest.mark.parametrize("fade", [0.0, -1e-3, -1.0, -5.0])
def test_the_strongest_decay_is_within_float32(fade):
    q, k, v = (torch.randn(2, 1, 16, 4) for _ in range(3))
    fades, state = torch.full((2, 1, 16, 4), fade), torch.randn(2, 1, 4, 4)
    given = [it.requires_grad_() for it in (q, k, v, fades)]
    y, after = attended(*given, state)
    exact, still = attended(*(it.double() for it in (*given, state)))
    assert torch.allclose(y.double(), exact, atol=1e-4)
    assert torch.allclose(after.double(), still, atol=1e-4)
    y.sum().backward()
    assert all(torch.isfinite(it.grad).all() for it in given)


def test_shapes_are_those_of_the_paper():
    layer = GLA(layers=1).mixer(64, IO).layers[0].layer
    assert layer.read.weight.shape == (2 * 32, 64)  # keys half as wide as values
    assert layer.value.weight.shape == (64, 64)
    assert [it.weight.shape for it in layer.decay] == [(16, 64), (32, 16)]
