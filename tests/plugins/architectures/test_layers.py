"""What holds of all architectures that go on from a state: layers, chunks, steps and sizes."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from seqbench import Lesson, Reals, Recipe, SeqbenchError, Signature, Split, Tokens
from seqbench.kits.torch import seeded
from seqbench.testing import check_architecture
from seqbench_plugins.architectures import (
    deltanet,
    ffn,
    gla,
    gru,
    linear_attention,
    lru,
    lstm_torch,
    mamba,
    minrnn,
    tcn,
    window_ffn,
    xlstm,
)

CLASSES = [
    gru.GRU,
    lstm_torch.TorchLSTM,
    ffn.FeedForward,
    window_ffn.WindowFeedForward,
    tcn.TCN,
    linear_attention.LinearAttention,
    minrnn.MinGRU,
    minrnn.MinLSTM,
    lru.LRU,
    mamba.Mamba,
    gla.GLA,
    deltanet.DeltaNet,
    xlstm.XLSTM,
]
OTHER = [
    gru.GRU(width=7, layers=3, init="orthogonal"),
    lstm_torch.TorchLSTM(width=7, layers=2, init="xavier"),
    ffn.FeedForward(width=1, layers=1, ratio=0.1),
    window_ffn.WindowFeedForward(width=5, window=1, layers=1),
    window_ffn.WindowFeedForward(width=5, window=3, layers=3),
    tcn.TCN(width=5, kernel=1, layers=2),
    tcn.TCN(width=3, kernel=4, layers=3),
    linear_attention.LinearAttention(width=7, heads=3, ratio=0),
    minrnn.MinGRU(width=5, conv=1, expansion=2.5, ratio=0),
    minrnn.MinLSTM(width=1, layers=1),
    lru.LRU(width=5, state=3, ratio=1.0),
    mamba.Mamba(width=17, state=1, conv=1, ratio=1.0),
    gla.GLA(width=7, heads=5),
    deltanet.DeltaNet(width=7, heads=3, conv=1, layers=1),
    xlstm.XLSTM(width=7, heads=3, slstm=0),
    xlstm.XLSTM(width=5, heads=2, mlstm=0, ratio=0),
]
ALL = [*(cls() for cls in CLASSES), *OTHER]
BLIND = (ffn.FeedForward, window_ffn.WindowFeedForward, tcn.TCN)  # to what lies far back
STRICT = Signature(Reals(12), Tokens(9), 20)
FREE = Signature(Reals(12), Tokens(9), 20, causal=False, varied=True)


def mixer(architecture, io=STRICT):
    with seeded(np.random.default_rng(3)):
        return architecture.mixer(architecture.width, io).eval()


def drawn(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def named(architectures):
    return {"argvalues": architectures, "ids": repr}


def stepped(network, x, state):
    answers = []
    for now in x.unbind(1):
        y, state = network.step(now, state)
        answers.append(y)
    return torch.stack(answers, 1), state


@pytest.mark.parametrize("architecture", **named([cls(width=12) for cls in CLASSES]))
def test_every_promise_is_kept(architecture):
    outcomes = check_architecture(architecture)
    assert outcomes.of("failed", "warned") == []
    assert len(outcomes.of("passed")) > 15


@pytest.mark.parametrize("cls", CLASSES)
def test_the_default_sizes_are_those_of_the_others(cls):
    assert 33_000 < cls().weigh(FREE, flops=False).parameters < 37_000


@pytest.mark.parametrize("steps", [1, 75])
@pytest.mark.parametrize("architecture", **named(ALL))
def test_a_step_at_a_time_is_the_same_as_all_at_once(architecture, steps):
    network, x = mixer(architecture), drawn(3, steps, architecture.width)
    with torch.no_grad():
        wanted = network(x)
        answers, _ = stepped(network, x, network.initial_state(3))
    assert torch.allclose(answers, wanted, atol=1e-4)
    if architecture.width > 1:  # a single number is normalised away
        assert wanted.abs().max() > 0.01


@pytest.mark.parametrize("cuts", [(3, 72), (1, 40, 34), (17, 32, 16, 10)])
@pytest.mark.parametrize("architecture", **named(ALL))
def test_chunks_from_a_state_are_the_whole(architecture, cuts):
    network, x = mixer(architecture), drawn(1, 75, architecture.width)
    with torch.no_grad():
        state, parts = None, []
        for part in x.split(list(cuts), 1):
            y, state = network.chunk(part, state)
            parts.append(y)
        assert torch.allclose(torch.cat(parts, 1), network(x), atol=1e-4)
        more = drawn(1, 5, architecture.width, seed=1)
        on, _ = stepped(network, more, state)  # steps go on where a chunk has ended
        assert torch.allclose(on, network(torch.cat([x, more], 1))[:, 75:], atol=1e-4)


@pytest.mark.parametrize("architecture", **named([cls(width=6) for cls in CLASSES]))
def test_they_are_taught_in_chunks_too(architecture):
    """Truncated backpropagation through time: the state goes on, its gradient does not."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(16, 20, 12)).astype(np.float32)
    split = Split(inputs, rng.integers(0, 9, (16, 20)), np.ones((16, 20), bool))
    recipe = Recipe(examples=32, batch=8, tbptt=7, evaluations=2, patience=0)
    model = architecture.fit(Lesson(STRICT, split, split, recipe, rng))
    assert model.notes["steps"] == 4 * 3
    assert model.curve[-1].train_loss < model.curve[0].train_loss + 0.1
    assert np.isfinite(model.predict(inputs, None)).all()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("architecture", **named(ALL))
def test_the_past_does_not_see_the_future(architecture, training):
    network, x = mixer(architecture).train(training), drawn(3, 50, architecture.width)
    before = network(x)
    for at in (1, 7, 33, 49):
        changed = x.clone()
        changed[:, at:] = 3 * drawn(3, 50 - at, architecture.width, seed=1)
        after = network(changed)
        assert torch.allclose(after[:, :at], before[:, :at], atol=1e-5)
        if architecture.width > 1:  # a single number is normalised away
            assert not torch.allclose(after[:, at], before[:, at], atol=1e-3)


@pytest.mark.parametrize("architecture", **named([a for a in ALL if not isinstance(a, BLIND)]))
def test_the_past_is_seen(architecture):
    network, x = mixer(architecture), drawn(3, 12, max(architecture.width, 2))
    if architecture.width == 1:
        return
    changed = torch.cat([drawn(3, 1, architecture.width, seed=1), x[:, 1:]], 1)
    assert (network(changed)[:, -1] - network(x)[:, -1]).abs().max() > 1e-6


@pytest.mark.parametrize("padding", [7.0, float("nan"), float("inf")])
@pytest.mark.parametrize("architecture", **named([cls() for cls in CLASSES]))
def test_padding_changes_nothing(architecture, padding):
    network, x = mixer(architecture, FREE), drawn(5, 20, architecture.width)
    lengths = torch.tensor([20, 1, 7, 19, 2])
    takes = {"lengths": lengths} if hasattr(network, "layers") else {}
    padded = x.clone()
    padded[torch.arange(20) >= lengths[:, None]] = padding
    with torch.no_grad():
        answers = network(padded, **takes)
        for row, length in enumerate(lengths):
            alone = network(x[row : row + 1, :length])
            assert torch.allclose(answers[row, :length], alone[0], atol=1e-5)


@pytest.mark.parametrize("architecture", **named(ALL))
def test_networks_survive_a_pickle_and_a_copy_of_their_state(architecture):
    network, x = mixer(architecture), drawn(2, 9, architecture.width)
    again = pickle.loads(pickle.dumps(network))
    other = architecture.mixer(architecture.width, FREE).eval()
    other.load_state_dict(network.state_dict())
    assert torch.equal(again(x), network(x))
    assert torch.equal(other(x), network(x))


@pytest.mark.parametrize("architecture", **named(ALL))
def test_gradients_agree_with_differences(architecture):
    network, width = mixer(architecture).double(), architecture.width
    x = drawn(2, 35, width).double()
    weights = [x.requires_grad_(), *network.parameters()]
    way = [torch.randn_like(it) * it.detach().abs().mean() for it in weights]
    outward = torch.randn(2, 35, width, dtype=torch.double)

    def value():
        return (network(x) * outward).sum()

    slopes = torch.autograd.grad(value(), weights)
    told = sum((slope * by).sum() for slope, by in zip(slopes, way, strict=True))
    sides = []
    with torch.no_grad():
        for size in (1e-6, -2e-6):
            for it, by in zip(weights, way, strict=True):
                it += size * by
            sides.append(value())
    assert torch.allclose(told, (sides[0] - sides[1]) / 2e-6, rtol=1e-4, atol=1e-5)
    assert all(torch.isfinite(slope).all() for slope in slopes)


@pytest.mark.parametrize("size", [0.0, 1e-8, 1e4])
@pytest.mark.parametrize("architecture", **named([cls(width=9) for cls in CLASSES]))
def test_long_sequences_of_small_and_large_numbers_stay_finite(architecture, size):
    network = architecture.module(STRICT).train()
    x = (size * drawn(1, 1500, 12)).requires_grad_()
    answers = network(x)
    answers.square().mean().backward()
    assert torch.isfinite(answers).all()
    assert torch.isfinite(x.grad).all()
    assert all(torch.isfinite(it.grad).all() for it in network.parameters() if it.grad is not None)


@pytest.mark.parametrize("architecture", **named([cls(width=6) for cls in CLASSES]))
def test_extreme_gates_stay_finite(architecture):
    network, x = mixer(architecture).train(), drawn(2, 100, 6)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if not name.endswith(("decay", "turn", "gain")) or "gla" in architecture.name:
                weight.mul_(8)
    answers = network(x.requires_grad_())
    answers.sum().backward()
    assert torch.isfinite(answers).all()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("budget", [10_000, 40_000, 200_000])
@pytest.mark.parametrize("cls", CLASSES)
def test_any_budget_is_met_within_a_twentieth(cls, budget):
    def weight(width):
        return cls(width=width).weigh(FREE, flops=False).parameters

    low, high = 1, 1000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if weight(middle) <= budget else (low, middle)
    nearest = min(weight(low), weight(high), key=lambda count: abs(count - budget))
    assert abs(nearest - budget) <= 0.05 * budget


def counts(width, steps):
    """By name, two FLOPs for each product of a forward pass, by hand; heads of width / 4."""
    w, full, depth, heads = width, steps, width // 4, 4
    perceptron = 2 * 2 * w * w  # ratio 2, in and out
    read = {"linear_attention": 3 * w * w + w * w + 2 * 3 * w * w}
    return {
        "gru": 1 * 3 * 2 * w * w,
        "lstm_torch": 1 * 4 * 2 * w * w,
        "ffn": 2 * 2 * 4 * w * w,
        "window_ffn": (8 * w * 2 * w + 2 * w * w) + perceptron,
        "tcn": 5 * 2 * 3 * w * w,
        # Scores, their use, the sum's reading and writing, and the reading of the weights' sum.
        "linear_attention": 2
        * (read["linear_attention"] + heads * (2 * full * depth + 2 * depth**2 + depth)),
        "mingru": 2 * (4 * w + 2 * w * w + w * w + perceptron),
        "minlstm": 2 * (4 * w + 3 * w * w + w * w + perceptron),
        "lru": 2 * (w * 2 * 52 + 2 * 52 * w + 2 * w * w),
    }


@pytest.mark.parametrize("cls", [it for it in CLASSES if it.name in counts(4, 1)])
def test_flops_are_those_counted_by_hand(cls):
    width, steps = 24, 20
    architecture = replace(cls(), width=width)
    weight = architecture.weigh(Signature(Reals(12), Tokens(9), steps))
    around = 12 * width + width * 9
    wanted = 2 * (counts(width, steps)[cls.name] + around)
    assert weight.flops_per_step == pytest.approx(wanted)


def test_flops_of_the_chunked_ones_by_hand():
    w, heads, steps = 24, 4, 8
    io = Signature(Reals(12), Tokens(9), steps)
    around, perceptron = 12 * w + w * 9, 2 * 2 * w * w

    keys, values = w // 8, w // 4
    inside = 2 * w * w // 2 + w * w + w * 16 + 16 * w // 2 + w * w + w * w
    sums = heads * (steps * keys + steps * values + 2 * keys * values)
    found = gla.GLA(width=w).weigh(io).flops_per_step
    assert found == pytest.approx(2 * (2 * (inside + sums + perceptron) + around))

    depth = w // 4
    inside = 3 * w * w + 3 * w * 4 + w * heads + w * w
    # k k', k S, q k', its use, q S and k u; the triangular system's own work is not counted
    sums = heads * (3 * steps * depth + 3 * depth**2)
    found = deltanet.DeltaNet(width=w).weigh(io).flops_per_step
    assert found == pytest.approx(2 * (2 * (inside + sums + perceptron) + around))

    inner, rank = 2 * w, 2
    inside = w * 2 * inner + 4 * inner + inner * (rank + 32) + rank * inner + 16 * inner + inner * w
    found = mamba.Mamba(width=w).weigh(io).flops_per_step
    assert found == pytest.approx(2 * (2 * inside + around))

    depth = inner // heads
    matrix = w * 2 * inner + 4 * inner + 3 * inner * depth + 3 * inner * 2 * heads + inner * w
    matrix += heads * (2 * steps * depth + 2 * depth**2 + depth)
    scalar = 4 * w + 4 * w * w + 4 * w * w // heads + w * w + 3 * w * round(w * 4 / 3)
    found = xlstm.XLSTM(width=w).weigh(io).flops_per_step
    assert found == pytest.approx(2 * (matrix + scalar + around))


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        *((cls, {"layers": 0}) for cls in CLASSES),
        *((cls, {"width": -1}) for cls in CLASSES),
        *((cls, {"heads": 0}) for cls in CLASSES if hasattr(cls, "heads")),
        *((cls, {"conv": 0}) for cls in CLASSES if hasattr(cls, "conv")),
        *((cls, {"ratio": float("nan")}) for cls in CLASSES if hasattr(cls, "ratio")),
        *((cls, {"ratio": 0.0}) for cls in (ffn.FeedForward, window_ffn.WindowFeedForward)),
        (lstm_torch.TorchLSTM, {"forget_bias": float("inf")}),
        (window_ffn.WindowFeedForward, {"window": 0}),
        (tcn.TCN, {"kernel": 0}),
        (tcn.TCN, {"block_dropout": 1.0}),
        (tcn.TCN, {"layers": 25}),
        (minrnn.MinGRU, {"expansion": 0.0}),
        (minrnn.MinLSTM, {"expansion": float("inf")}),
        (lru.LRU, {"state": 0}),
        (lru.LRU, {"least": 0.995}),
        (lru.LRU, {"phase": 7.0}),
        (mamba.Mamba, {"state": 0}),
        (xlstm.XLSTM, {"mlstm": -1}),
    ],
)
def test_a_slip_is_told_with_its_place_and_what_it_takes(cls, given):
    (setting,) = given
    with pytest.raises(
        SeqbenchError, match=rf"^{cls.name}\.{setting} is .*; (it|they) take[^\n]+$"
    ):
        cls(**given)
