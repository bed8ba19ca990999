"""The delta rule against its step by step formula."""

import pytest
import torch
from torch.nn import functional as F

from seqbench_plugins.architectures.deltanet import Delta, corrected


def loop(q, k, v, rate, bound):
    """Schlag et al., equations 22 to 25, one head at a time: (N, heads, t, depth)."""
    out, bound = [], bound.clone()
    for t in range(q.shape[2]):
        for n in range(len(q)):
            for head in range(q.shape[1]):
                key, old = k[n, head, t], k[n, head, t] @ bound[n, head]
                bound[n, head] += rate[n, head, t] * torch.outer(key, v[n, head, t] - old)
        out.append((q[:, :, t, None] @ bound)[:, :, 0])
    return torch.stack(out, 2), bound


@pytest.mark.parametrize("steps", [1, 2, 32])
def test_a_chunk_is_the_loop(steps):
    q, k, v = (torch.randn(2, 2, steps, 3).double() for _ in range(3))
    rate, bound = torch.rand(2, 2, steps, 1).double(), torch.randn(2, 2, 3, 3).double()
    k = F.normalize(k, dim=-1)
    for mine, wanted in zip(
        corrected(q, k, v, rate, bound), loop(q, k, v, rate, bound), strict=True
    ):
        assert torch.allclose(mine, wanted, atol=1e-12)


def test_the_layer_is_the_loop():
    layer, x = Delta(6, 2, 4).double(), torch.randn(2, 70, 6).double()
    read = F.pad((x @ layer.read.weight.T).mT, (3, 0))
    near = F.conv1d(read, layer.conv.weight, layer.conv.bias, groups=18).mT
    near = near * near.sigmoid()
    q, k, v = (it.unflatten(-1, (2, 3)).transpose(1, 2) for it in near.split(6, -1))
    q, k = (it / it.norm(dim=-1, keepdim=True) for it in (q, k))
    rate = (x @ layer.rate.weight.T).sigmoid().mT[..., None]
    y, _ = loop(q, k, v, rate, torch.zeros(2, 2, 3, 3).double())
    y = y / (y.square().mean(-1, keepdim=True) + 1e-5).sqrt() * layer.norm.weight
    assert torch.allclose(layer(x), layer.write(y.transpose(1, 2).flatten(2)), atol=1e-9)


def test_what_is_bound_anew_is_found():
    """A key's second value takes the first one's place, and other keys keep theirs."""
    keys = torch.eye(3).double()[[0, 1, 0]][None, None]
    values = torch.randn(1, 1, 3, 3).double()
    _, bound = corrected(
        keys, keys, values, torch.ones(1, 1, 3, 1).double(), torch.zeros(1, 1, 3, 3).double()
    )
    assert torch.allclose(bound[0, 0], torch.stack([*values[0, 0][[2, 1]], torch.zeros(3)]))


def test_the_same_key_again_and_again_stays_finite():
    keys = F.normalize(torch.ones(1, 1, 32, 4), dim=-1)
    bound = torch.zeros(1, 1, 4, 4)
    for _ in range(50):
        y, bound = corrected(keys, keys, torch.randn(1, 1, 32, 4), torch.ones(1, 1, 32, 1), bound)
    assert y.abs().max() < 10
