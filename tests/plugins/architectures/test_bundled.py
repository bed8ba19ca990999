"""What holds of all four bundled recurrent and attention architectures."""

import pickle

import numpy as np
import pytest
import torch

from seqbench import Reals, SeqbenchError, Signature, Tokens
from seqbench.kits.torch import seeded
from seqbench.testing import check_architecture
from seqbench_plugins.architectures import birnn, lstm, rnn, transformer

CLASSES = [rnn.RNN, lstm.LongShortTermMemory, birnn.BiRNN, transformer.Transformer]
WIRED = [
    rnn.RNN(width=9, layers=2, feedback="direct"),
    rnn.RNN(width=9, layers=2, feedback="lateral", nonlinearity="relu"),
    rnn.RNN(width=9, layers=3, feedback="full"),
    rnn.RNN(width=9, layers=2, feedback="indirect"),
    rnn.RNN(width=9, layers=4, feedback="indirect", feedback_from=3, feedback_to=2),
]
POSITIONED = [
    transformer.Transformer(width=13, heads=3, positions=positions, window=window)
    for positions in ("rotary", "learned", "sinusoidal", "alibi", "none")
    for window in (0, 1, 4, 30)
    if (positions, window) != ("rotary", 0)
]
CAUSAL = [
    rnn.RNN(),
    rnn.RNN(width=10, layers=3, nonlinearity="relu"),
    lstm.LongShortTermMemory(),
    lstm.LongShortTermMemory(width=13, layers=2),
    transformer.Transformer(),
    transformer.Transformer(width=13, layers=1, heads=3),
    *WIRED,
    *POSITIONED,
]
ANY = [
    *CAUSAL,
    birnn.BiRNN(),
    birnn.BiRNN(width=7, cell="rnn", layers=2),
    birnn.BiRNN(width=6, cell="lstm", layers=2),
]
FREE = Signature(Reals(12), Tokens(9), 20, causal=False, varied=True)
STRICT = Signature(Reals(12), Tokens(9), 20)


def mixer(architecture, io=FREE):
    with seeded(np.random.default_rng(3)):
        return architecture.mixer(architecture.width, io).eval()


def drawn(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def named(architectures):
    return {"argvalues": architectures, "ids": repr}


def test_each_plugin_offers_its_class():
    modules = [rnn, lstm, birnn, transformer]
    offered = [cls for module in modules for cls in module.architectures()]
    assert offered == CLASSES
    assert [cls.name for cls in offered] == ["rnn", "lstm", "birnn", "transformer"]
    assert [cls.causal for cls in offered] == [True, True, False, True]


SEVERAL = [*WIRED, *(it for it in POSITIONED if it.window == 4), birnn.BiRNN(width=8, cell="rnn")]


def kept(architecture):
    outcomes = check_architecture(architecture)
    assert [it for it in outcomes if it.status == "failed"] == []
    assert sum(it.status == "passed" for it in outcomes) > 15


@pytest.mark.parametrize("architecture", **named([cls() for cls in CLASSES]))
def test_every_promise_is_kept(architecture):
    kept(architecture)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", **named(SEVERAL))
def test_every_promise_is_kept_with_other_wirings_and_positions(architecture):
    kept(architecture)


def test_the_default_sizes_are_about_equal():
    counts = {}
    for cls in CLASSES:
        network = cls().module(FREE)
        counts[cls.name] = sum(weight.numel() for weight in network.parameters())
    assert counts["lstm"] == (12 * 64 + 64) + 4 * (2 * 64 * 64 + 2 * 64) + (64 * 9 + 9)
    assert max(counts.values()) / min(counts.values()) < 1.15
    assert 33_000 < min(counts.values())
    assert max(counts.values()) < 37_000


@pytest.mark.parametrize("architecture", **named(CAUSAL))
def test_a_step_at_a_time_is_the_same_as_all_at_once(architecture):
    network, x = mixer(architecture, STRICT), drawn(4, 20, architecture.width)
    with torch.no_grad():
        wanted = network(x)
        state, answers = network.initial_state(4), []
        for now in x.unbind(1):
            y, state = network.step(now, state)
            answers.append(y)
    assert torch.allclose(torch.stack(answers, 1), wanted, atol=1e-5)
    assert wanted.abs().max() > 0.1


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("architecture", **named(CAUSAL))
def test_the_past_does_not_see_the_future(architecture, training):
    network, x = mixer(architecture, STRICT).train(training), drawn(3, 20, architecture.width)
    before = network(x)
    for at in (1, 7, 19):
        changed = x.clone()
        changed[:, at:] = drawn(3, 20 - at, architecture.width, seed=1)
        after = network(changed)
        assert torch.allclose(after[:, :at], before[:, :at], atol=1e-6)
        assert not torch.allclose(after[:, at], before[:, at], atol=1e-3)


@pytest.mark.parametrize("architecture", **named([*ANY[-3:], transformer.Transformer()]))
def test_where_it_may_look_ahead_it_does(architecture):
    network, x = mixer(architecture), drawn(3, 4, architecture.width)
    changed = torch.cat([x[:, :3], drawn(3, 1, architecture.width, seed=1)], 1)
    assert not torch.allclose(network(changed)[:, 0], network(x)[:, 0], atol=1e-4)


@pytest.mark.parametrize("padding", [7.0, float("nan"), float("inf")])
@pytest.mark.parametrize("architecture", **named(ANY))
def test_padding_changes_nothing(architecture, padding):
    network, x = mixer(architecture), drawn(5, 20, architecture.width)
    lengths = torch.tensor([20, 1, 7, 19, 2])
    takes = {"lengths": lengths} if not isinstance(network, rnn.Recurrent) else {}
    padded = x.clone()
    padded[torch.arange(20) >= lengths[:, None]] = padding
    with torch.no_grad():
        answers = network(padded, **takes)
        for row, length in enumerate(lengths):
            alone = network(x[row : row + 1, :length])
            assert torch.allclose(answers[row, :length], alone[0], atol=1e-5)


@pytest.mark.parametrize("architecture", **named(ANY))
def test_networks_survive_a_pickle_and_a_copy_of_their_state(architecture):
    network, x = mixer(architecture), drawn(2, 9, architecture.width)
    again = pickle.loads(pickle.dumps(network))
    other = architecture.mixer(architecture.width, FREE).eval()
    other.load_state_dict(network.state_dict())
    assert torch.equal(again(x), network(x))
    assert torch.equal(other(x), network(x))


@pytest.mark.parametrize("architecture", **named(ANY))
def test_gradients_agree_with_differences(architecture):
    network, width = mixer(architecture).double().train(), architecture.width
    x = drawn(2, 5, width).double().requires_grad_()
    lengths = {} if isinstance(network, rnn.Recurrent) else {"lengths": torch.tensor([5, 3])}
    direction = drawn(2, 5, width, seed=4).double()

    def value(inputs):
        return (network(inputs, **lengths)[0] * direction[0]).sum()

    (slope,) = torch.autograd.grad(value(x), x)
    with torch.no_grad():
        rise = (value(x + 1e-6 * direction) - value(x - 1e-6 * direction)) / 2e-6
    assert torch.allclose((slope * direction).sum(), rise, rtol=1e-6)
    assert slope[0].abs().max() > 1e-3


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        *((cls, {"layers": 0}) for cls in CLASSES),
        *((cls, {"width": -1}) for cls in CLASSES),
        (transformer.Transformer, {"heads": 0}),
        (transformer.Transformer, {"ratio": float("nan")}),
        (transformer.Transformer, {"window": -1}),
        (lstm.LongShortTermMemory, {"forget_bias": float("inf")}),
    ],
)
def test_a_slip_is_told_with_its_place_and_what_it_takes(cls, given):
    (setting,) = given
    with pytest.raises(SeqbenchError, match=rf"^{cls.name}\.{setting} is .*; it takes [^\n]+$"):
        cls(**given)
