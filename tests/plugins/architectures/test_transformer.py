"""The Transformer against attention and rotations written out."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seqbench import Signature, Tokens, Unsuited
from seqbench_plugins.architectures.transformer import Transformer
from seqbench_plugins.architectures.transformer.attention import turned
from seqbench_plugins.architectures.transformer.positions import rates

STRICT = Signature(Tokens(3), Tokens(3), 5)
FREE = Signature(Tokens(3), Tokens(3), 5, causal=False, varied=True)


def rotated(x, position):
    """Su et al., 2021, section 3.4, with complex numbers: pair i is (x[i], x[i + depth / 2])."""
    half = x.shape[-1] // 2
    angles = position * 10_000.0 ** (-2 * np.arange(half) / x.shape[-1])
    pairs = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * angles)
    return np.concatenate([pairs.real, pairs.imag], -1)


SLOPES = {2: [2**-4, 2**-8], 3: [2**-4, 2**-8, 2**-2]}  # Press et al., 2021, and their program


def attention(x, weights, heads, allowed, positions="rotary"):
    """One sequence x (T, width), step by step and head by head."""
    rotation = rotated if positions == "rotary" else lambda it, _: it
    slopes = SLOPES[heads] if positions == "alibi" else [0.0] * heads
    read, write = (weights[name].numpy() for name in ("read.weight", "write.weight"))
    depth = len(read) // (3 * heads)
    q, k, v = np.split(x @ read.T, 3, axis=1)
    out = np.zeros((len(x), heads * depth))
    for head in range(heads):
        mine = slice(head * depth, (head + 1) * depth)
        for t in range(len(x)):
            seen = [s for s in range(len(x)) if allowed(t, s)]
            turn = rotation(q[t, mine], t)
            scores = np.array([turn @ rotation(k[s, mine], s) for s in seen]) / np.sqrt(depth)
            scores = scores - slopes[head] * np.array([abs(t - s) for s in seen])
            shares = np.exp(scores - scores.max())
            out[t, mine] = shares / shares.sum() @ v[seen][:, mine]
    return out @ write.T


def normalised(x, weights):
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return scaled * weights["weight"].numpy() + weights["bias"].numpy()


def placed(x, positions, network):
    """x (T, width) with its positions added, where they are."""
    x = x.copy()
    for t, i in np.ndindex(*x.shape):
        if positions == "learned":
            x[t, i] += network.positions.table[t, i].item()
        if positions == "sinusoidal":  # Vaswani et al., 2017, section 3.5
            angle = t / 10_000 ** (i // 2 * 2 / x.shape[1])
            x[t, i] += np.cos(angle) if i % 2 else np.sin(angle)
    return x


@pytest.mark.parametrize("window", [0, 1, 3, 6, 7])
@pytest.mark.parametrize("positions", ["rotary", "learned", "sinusoidal", "alibi", "none"])
@pytest.mark.parametrize("length", [7, 4])
@pytest.mark.parametrize("io", [STRICT, FREE], ids=["causal", "free"])
def test_it_is_the_formula(io, length, positions, window):
    heads = 3 if positions == "alibi" else 2
    settings = {"layers": 2, "heads": heads, "positions": positions, "window": window}
    network = Transformer(width=6, **settings).mixer(6, replace(io, length=7)).double()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    x = torch.randn(1, 7, 6, dtype=torch.double)
    wanted = placed(x[0, :length].numpy(), positions, network)

    def seen(t, s):
        return (s <= t or not io.causal) and (not window or abs(t - s) < window)

    for block in network.blocks:
        part = {
            name: module.state_dict() for name, module in block.named_modules() if name and module
        }
        inside = normalised(wanted, part["before_attention"])
        wanted = wanted + attention(inside, part["attention"], heads, seen, positions)
        inside = torch.from_numpy(normalised(wanted, part["before_perceptron"]))
        first, _, last = block.perceptron
        hidden = F.gelu(inside @ first.weight.T + first.bias)
        wanted = wanted + (hidden @ last.weight.T + last.bias).detach().numpy()
    wanted = normalised(wanted, network.norm.state_dict())
    answers = network(x, torch.tensor([length]))[0, :length].detach().numpy()
    assert np.allclose(answers, wanted, atol=1e-10)


@pytest.mark.parametrize("window", [0, 3])
@pytest.mark.parametrize("io", [STRICT, FREE], ids=["causal", "free"])
def test_without_positions_it_is_torchs_encoder(io, window):
    network = Transformer(width=8, heads=2, positions="none", window=window).mixer(8, io)
    twins = []
    for block in network.blocks:
        twin = nn.TransformerEncoderLayer(8, 2, 24, 0.0, "gelu", batch_first=True, norm_first=True)
        for bias in (twin.self_attn.in_proj_bias, twin.self_attn.out_proj.bias):
            nn.init.zeros_(bias)
        twin.self_attn.in_proj_weight.data = block.attention.read.weight.data
        twin.self_attn.out_proj.weight.data = block.attention.write.weight.data
        for mine, other in (
            (block.perceptron[0], twin.linear1),
            (block.perceptron[2], twin.linear2),
            (block.before_attention, twin.norm1),
            (block.before_perceptron, twin.norm2),
        ):
            other.load_state_dict(mine.state_dict())
        twins.append(twin)

    x, lengths = torch.randn(4, 9, 8), torch.tensor([9, 1, 4, 8])
    hidden = torch.zeros(9, 9, dtype=torch.bool)
    for t, s in np.ndindex(9, 9):
        hidden[t, s] = (io.causal and s > t) or (window > 0 and abs(t - s) >= window)
    for row, length in enumerate(lengths):
        wanted = x[row : row + 1, :length]
        for twin in twins:
            wanted = twin(wanted, hidden[:length, :length])
        found = network(x, lengths)[row : row + 1, :length]
        assert torch.allclose(found, network.norm(wanted), atol=1e-5)


def test_slopes_are_those_of_the_paper_and_its_program():
    assert rates(8) == [2.0**-at for at in range(1, 9)]
    assert rates(1) == [2.0**-8]
    assert rates(3) == SLOPES[3]
    assert rates(12)[8:] == [2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5]


@pytest.mark.parametrize("positions", ["rotary", "learned", "alibi"])
@pytest.mark.parametrize(("window", "kept"), [(0, 20), (1, 0), (5, 4), (50, 20)])
def test_a_window_keeps_no_more_than_the_next_step_sees(positions, window, kept):
    long = replace(STRICT, length=20)
    network = Transformer(width=8, positions=positions, window=window).mixer(8, long)
    state, x = network.initial_state(2), torch.randn(2, 20, 8)
    for now in x.unbind(1):
        _, state = network.step(now, state)
    for keys, values in state[:2]:
        assert keys.shape == values.shape == (2, 4, kept, 2)


@pytest.mark.parametrize("positions", ["rotary", "alibi"])
def test_no_step_is_without_a_key_of_its_own_in_padding_either(positions):
    network = Transformer(width=8, positions=positions, window=2).mixer(8, FREE)
    x, lengths = torch.randn(2, 9, 8, requires_grad=True), torch.tensor([9, 1])
    keys = (torch.arange(9) < lengths[:, None])[:, None, None]
    seen = network.seen(torch.arange(9), keys, torch.float32)
    seen = seen if seen.dtype == torch.bool else seen > -torch.inf
    assert seen.any(-1).all()
    assert not seen[1, :, :1, 1:].any()  # the one real step sees no padding
    answers = network(x, lengths)
    answers[1, 0].sum().backward()
    assert torch.isfinite(answers).all()
    assert torch.isfinite(x.grad).all()


def test_learned_positions_are_as_many_as_the_longest_sequence_has_steps():
    architecture = Transformer(width=8, positions="learned")
    network = architecture.mixer(8, STRICT)
    more = (
        architecture.weigh(STRICT).parameters
        - replace(architecture, positions="none").weigh(STRICT).parameters
    )
    assert more == network.positions.table.numel() == 5 * 8
    assert network(torch.randn(2, 5, 8)).shape == (2, 5, 8)
    with pytest.raises(
        Unsuited, match=r"learned, of 5 steps, and a sequence has 6; rotary, [^\n]+$"
    ):
        network(torch.randn(2, 6, 8))
    state = network.initial_state(1)
    for _ in range(5):
        _, state = network.step(torch.randn(1, 8), state)
    with pytest.raises(Unsuited, match="a sequence has 6"):
        network.step(torch.randn(1, 8), state)


@pytest.mark.parametrize("positions", ["sinusoidal", "alibi", "none", "rotary"])
def test_others_take_longer_sequences_and_weigh_the_same(positions):
    architecture = Transformer(width=8, positions=positions)
    assert architecture.weigh(STRICT).parameters == Transformer(width=8).weigh(STRICT).parameters
    assert architecture.mixer(8, STRICT)(torch.randn(1, 50, 8)).shape == (1, 50, 8)


def test_a_turn_keeps_lengths_and_sees_only_distances():
    positions = Transformer(width=8, heads=1).mixer(8, STRICT).positions
    q, k = torch.randn(2, 8, dtype=torch.double)
    places = (3, 10, 100_003, 100_010)
    turns = [positions.turn(torch.tensor([at]), torch.double) for at in places]
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
