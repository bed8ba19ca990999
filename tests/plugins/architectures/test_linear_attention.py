"""Linear attention against equation 9 of its paper, query by query."""

import numpy as np
import torch
from torch.nn import functional as F

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.linear_attention import Attention, LinearAttention, Positions

IO = Signature(Tokens(3), Tokens(3), 5)


def test_it_is_the_formula():
    layer, x = Attention(6, 2).double(), torch.randn(2, 70, 6).double()
    q, k, v = (it.unflatten(-1, (2, 3)) for it in F.linear(x, layer.read.weight).split(6, -1))
    wanted = torch.zeros(2, 70, 2, 3).double()
    for t in range(70):
        for head in range(2):
            feature = torch.where(q > 0, q + 1, q.exp())[:, t, head]
            keys = torch.where(k > 0, k + 1, k.exp())[:, : t + 1, head]
            weights = (keys * feature[:, None]).sum(-1)  # (N, t + 1)
            shares = weights / (weights.sum(1, keepdim=True) + 1e-6)
            wanted[:, t, head] = (shares[..., None] * v[:, : t + 1, head]).sum(1)
    assert torch.allclose(layer(x), layer.write(wanted.flatten(2)), atol=1e-12)


def test_weights_are_shares():
    layer = Attention(4, 1).double()
    layer.read.weight.data[8:] = torch.eye(4)  # values are the inputs
    layer.write.weight.data = torch.eye(4).double()
    x = torch.ones(1, 100, 4).double()
    assert torch.allclose(layer(x), x, atol=1e-5)


def test_positions_are_sinusoids():
    x = torch.zeros(1, 50, 7).double()
    waves = Positions(7).double()(x)[0].numpy()
    for t in (0, 1, 49):
        for pair in range(4):
            angle = t / 10_000 ** (2 * pair / 7)
            assert np.isclose(waves[t, 2 * pair], np.sin(angle), atol=1e-6)
            if 2 * pair + 1 < 7:
                assert np.isclose(waves[t, 2 * pair + 1], np.cos(angle), atol=1e-6)


def test_memory_does_not_grow_with_the_square_of_the_steps():
    network, kept = LinearAttention(ratio=0).mixer(8, IO), []
    for steps in (256, 1024):
        sizes = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda it, sizes=sizes: sizes.append(it.numel()) or it, lambda it: it
        ):
            network(torch.randn(1, steps, 8))
        kept.append(sum(sizes))
    assert kept[1] < 4.5 * kept[0]
