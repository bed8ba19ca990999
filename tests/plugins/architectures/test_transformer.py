"""The Transformer against attention and rotations written out."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.transformer import Transformer, turned

STRICT = Signature(Tokens(3), Tokens(3), 5)
FREE = Signature(Tokens(3), Tokens(3), 5, causal=False, varied=True)


def rotated(x, position):
    """Su et al., 2021, section 3.4, with complex numbers: pair i is (x[i], x[i + depth / 2])."""
    half = x.shape[-1] // 2
    angles = position * 10_000.0 ** (-2 * np.arange(half) / x.shape[-1])
    pairs = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * angles)
    return np.concatenate([pairs.real, pairs.imag], -1)


def attention(x, weights, heads, allowed):
    """One sequence x (T, width), step by step and head by head."""
    read, write = (weights[name].numpy() for name in ("read.weight", "write.weight"))
    depth = len(read) // (3 * heads)
    q, k, v = np.split(x @ read.T, 3, axis=1)
    out = np.zeros((len(x), heads * depth))
    for head in range(heads):
        mine = slice(head * depth, (head + 1) * depth)
        for t in range(len(x)):
            seen = [s for s in range(len(x)) if allowed(t, s)]
            turn = rotated(q[t, mine], t)
            scores = np.array([turn @ rotated(k[s, mine], s) for s in seen]) / np.sqrt(depth)
            shares = np.exp(scores - scores.max())
            out[t, mine] = shares / shares.sum() @ v[seen][:, mine]
    return out @ write.T


def normalised(x, weights):
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return scaled * weights["weight"].numpy() + weights["bias"].numpy()


@pytest.mark.parametrize("length", [7, 4])
@pytest.mark.parametrize("io", [STRICT, FREE], ids=["causal", "free"])
def test_it_is_the_formula(io, length):
    network = Transformer(width=6, layers=2, heads=2).mixer(6, io).double()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    x = torch.randn(1, 7, 6, dtype=torch.double)
    wanted = x[0, :length].numpy()
    for block in network.blocks:
        part = {
            name: module.state_dict() for name, module in block.named_modules() if name and module
        }
        seen = (lambda t, s: s <= t) if io.causal else (lambda t, s: True)
        inside = normalised(wanted, part["before_attention"])
        wanted = wanted + attention(inside, part["attention"], 2, seen)
        inside = torch.from_numpy(normalised(wanted, part["before_perceptron"]))
        first, _, last = block.perceptron
        hidden = F.gelu(inside @ first.weight.T + first.bias)
        wanted = wanted + (hidden @ last.weight.T + last.bias).detach().numpy()
    wanted = normalised(wanted, network.norm.state_dict())
    answers = network(x, torch.tensor([length]))[0, :length].detach().numpy()
    assert np.allclose(answers, wanted, atol=1e-10)


def test_a_turn_keeps_lengths_and_sees_only_distances():
    attention = Transformer(width=8, heads=1).mixer(8, STRICT).blocks[0].attention.double()
    q, k = torch.randn(2, 8, dtype=torch.double)
    turns = [attention.rotation(torch.tensor([at])) for at in (3, 10, 100_003, 100_010)]
    near, near_7, far, far_7 = ((turned(q, turn), turned(k, turn)) for turn in turns)
    assert torch.allclose(far[0].norm(), q.norm())
    assert torch.allclose((near[0] * near_7[1]).sum(), (far[0] * far_7[1]).sum(), atol=1e-9)
    assert not torch.allclose((near[0] * near[1]).sum(), (near[0] * near_7[1]).sum())


@pytest.mark.parametrize(("width", "heads"), [(1, 1), (5, 4), (37, 4), (40, 7)])
def test_any_width_goes_with_any_number_of_heads(width, heads):
    network = Transformer(width=width, heads=heads).mixer(width, STRICT)
    assert network(torch.randn(2, 5, width)).shape == (2, 5, width)


def test_where_it_may_look_ahead_it_offers_no_streaming():
    assert not hasattr(Transformer().mixer(40, FREE), "step")
    assert hasattr(Transformer().mixer(40, STRICT), "step")
