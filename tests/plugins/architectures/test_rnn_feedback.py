"""Ways of feedback: by their weights, by their Jacobians, and against one formula for all."""

import numpy as np
import pytest
import torch
from torch.autograd.functional import jacobian

from seqbench import Reals, SeqbenchError, Signature, Tokens
from seqbench_plugins.architectures.rnn import RNN

IO = Signature(Tokens(3), Tokens(3), 5)
WIDTH = 4
WIRINGS = [
    RNN(layers=1, feedback="direct"),
    RNN(layers=3, feedback="direct"),
    RNN(layers=1, feedback="lateral"),
    RNN(layers=3, feedback="lateral"),
    RNN(layers=1, feedback="full"),
    RNN(layers=3, feedback="full"),
    RNN(layers=2, feedback="indirect"),
    RNN(layers=3, feedback="indirect"),
    RNN(layers=3, feedback="indirect", feedback_from=2),
    RNN(layers=4, feedback="indirect", feedback_from=3, feedback_to=2),
]


def mixer(architecture, width=WIDTH):
    return architecture.mixer(width, IO).double()


def blocks(architecture):
    """Which units' weights may be there, by hand: (layer to, unit to, layer from, unit from)."""
    layers = architecture.layers
    may = np.zeros((layers, WIDTH, layers, WIDTH), bool)
    for to, i, start, j in np.ndindex(*may.shape):
        may[to, i, start, j] = {
            "direct": to == start and i == j,
            "lateral": to == start and i != j,
            "full": True,
            "indirect": (to + 1, start + 1)
            == (architecture.feedback_to, architecture.feedback_from or layers),
        }[architecture.feedback]
    return may.reshape(layers * WIDTH, layers * WIDTH)


def whole(architecture, network):
    """All that comes back as one matrix (units, units) of all layers, by the order of weights."""
    may = blocks(architecture)
    back = np.zeros(may.shape)
    given = [w for name, w in network.state_dict().items() if ".back." in name]
    back[may] = np.concatenate([w.flatten().numpy() for w in given])  # row after row
    return back


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("architecture", WIRINGS, ids=repr)
def test_it_is_one_formula_with_another_matrix(architecture, nonlinearity):
    settings = {**vars(architecture), "nonlinearity": nonlinearity}
    network, layers = mixer(RNN(**settings)), architecture.layers
    bend = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}[nonlinearity]
    back = whole(architecture, network)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    reads = [name[:-7] for name in weights if ".read" in name and name.endswith(".weight")]
    assert len(reads) == layers
    x = np.random.default_rng(0).normal(size=(2, 7, WIDTH))
    h, wanted = np.zeros((2, layers * WIDTH)), []
    for t in range(7):
        fed, below, units = np.split(h @ back.T, layers, axis=1), x[:, t], []
        for name, more in zip(reads, fed, strict=True):
            below = bend(below @ weights[f"{name}.weight"].T + weights[f"{name}.bias"] + more)
            units.append(below)
        h = np.concatenate(units, axis=1)
        wanted.append(below)
    answers = network(torch.from_numpy(x)).detach().numpy()
    assert np.allclose(answers, np.stack(wanted, 1), atol=1e-12)


@pytest.mark.parametrize("architecture", WIRINGS, ids=repr)
def test_nothing_learned_is_idle_and_no_more_is_learned(architecture):
    network = mixer(architecture)
    learned = sum(w.numel() for name, w in network.named_parameters() if ".back." in name)
    assert learned == blocks(architecture).sum()
    (network(torch.randn(3, 6, WIDTH).double()) ** 2).sum().backward()
    assert all((weight.grad != 0).all() for weight in network.parameters())
    read = architecture.layers * (WIDTH**2 + WIDTH)
    assert sum(w.numel() for w in network.parameters()) == learned + read


def of_a_step(architecture):
    """The Jacobian of all that is kept by all that was kept: (units, units)."""
    network, x = mixer(architecture), torch.randn(1, WIDTH, dtype=torch.double)
    shape = network.initial_state(1)
    sizes = [it.numel() for it in shape if isinstance(it, torch.Tensor)]

    def after(flat):
        parts = iter(flat.split(sizes))
        if isinstance(shape, torch.Tensor):  # torch's: (layers, 1, width)
            return network.step(x, flat.view(shape.shape))[1].flatten()
        state = tuple(next(parts)[None] if isinstance(it, torch.Tensor) else it for it in shape)
        found = [it for it in network.step(x, state)[1] if isinstance(it, torch.Tensor)]
        return torch.cat([it.flatten() for it in found])

    return jacobian(after, torch.randn(sum(sizes), dtype=torch.double)).numpy()


SAME = np.eye(WIDTH, dtype=bool)
ALL, NONE = np.ones((WIDTH, WIDTH), bool), np.zeros((WIDTH, WIDTH), bool)


@pytest.mark.parametrize(
    ("architecture", "wanted"),
    [
        # A layer hears of the layer below at once, and so of what that kept.
        (RNN(), [[ALL]]),
        (RNN(layers=2), [[ALL, NONE], [ALL, ALL]]),
        (RNN(feedback="direct"), [[SAME]]),
        (RNN(feedback="direct", layers=2), [[SAME, NONE], [ALL, SAME]]),
        (RNN(feedback="lateral"), [[~SAME]]),
        (RNN(feedback="lateral", layers=2), [[~SAME, NONE], [ALL, ~SAME]]),
        (RNN(feedback="full"), [[ALL]]),
        (RNN(feedback="full", layers=2), [[ALL, ALL], [ALL, ALL]]),
        (RNN(feedback="indirect", layers=2), [[ALL]]),  # the last layer alone is kept
        (RNN(feedback="indirect", layers=3, feedback_from=2), [[ALL]]),
    ],
    ids=repr,
)
def test_a_step_back_reaches_what_the_wiring_says(architecture, wanted):
    assert ((of_a_step(architecture) != 0) == np.block(wanted)).all()


@pytest.mark.parametrize(
    ("start", "to", "layers"), [(2, 1, 2), (3, 1, 3), (2, 1, 3), (3, 2, 3), (4, 2, 4)]
)
def test_indirect_feedback_goes_from_its_layer_to_its_layer(start, to, layers):
    """Of all units' sums, by a nudge to each layer's units a step ago."""
    ends = {"feedback_from": start, "feedback_to": to}
    network = mixer(RNN(feedback="indirect", layers=layers, **ends))
    reads = [it for it in network.modules() if isinstance(it, torch.nn.Linear)]
    x = torch.randn(1, 2, WIDTH, dtype=torch.double)

    def sums(nudges):  # (layers, width), added to the layers' sums at the first step
        found, calls, hooks = {}, dict.fromkeys(reads, 0), []
        for at, read in enumerate(reads):

            def hook(read, given, out, at=at):
                if out.ndim == 3:  # all steps at once
                    out = out + torch.stack([nudges[at], torch.zeros_like(nudges[at])])
                    found[at] = out[0, 1]
                    return out
                out = out + (nudges[at] if calls[read] == 0 else 0)
                calls[read] += 1
                found[at] = out[0]
                return out

            hooks.append(read.register_forward_hook(hook))
        network(x)
        for hook in hooks:
            hook.remove()
        return torch.stack([found[at] for at in range(layers)])

    moved = jacobian(sums, torch.zeros(layers, WIDTH, dtype=torch.double))
    moved = (moved != 0).any(3).any(1).numpy()  # (layers at t, layers at t - 1)
    for above, below in np.ndindex(layers, layers):
        # What a read gives holds what came back only above the layer that it comes back to.
        assert moved[above, below] == (below < start and above >= to)


@pytest.mark.parametrize("architecture", [RNN(layers=2), *WIRINGS], ids=repr)
def test_chunks_and_steps_are_the_whole(architecture):
    network, x = mixer(architecture), torch.randn(3, 20, WIDTH, dtype=torch.double)
    for cuts in ((3, 17), (1, 1, 18), (1,) * 20):
        state, parts = None, []
        for part in x.split(list(cuts), 1):
            y, state = network.chunk(part, state)
            parts.append(y)
        assert torch.allclose(torch.cat(parts, 1), network(x), atol=1e-12)
    on, _ = network.step(x[:, 0], state)
    assert torch.allclose(on, network(torch.cat([x, x[:, :1]], 1))[:, -1], atol=1e-12)


def test_flops_are_those_of_the_matrices():
    io = Signature(Reals(12), Tokens(9), 20)
    around = 12 * 24 + 24 * 9
    for feedback, layers, squares in (
        ("elman", 2, 4),
        ("direct", 2, 2),  # element by element is not counted
        ("lateral", 2, 4),
        ("full", 2, 6),
        ("full", 3, 12),
        ("indirect", 2, 3),
        ("indirect", 3, 4),
    ):
        weight = RNN(width=24, layers=layers, feedback=feedback).weigh(io)
        assert weight.flops_per_step == 2 * (squares * 24**2 + around)


@pytest.mark.parametrize("budget", [2000, 40_000, 200_000])
@pytest.mark.parametrize("feedback", ["elman", "direct", "lateral", "full", "indirect"])
def test_any_budget_is_met_within_a_twentieth(feedback, budget):
    io = Signature(Reals(12), Tokens(9), 20)
    counts = [
        RNN(width=width, layers=2, feedback=feedback).weigh(io, flops=False).parameters
        for width in range(1, 350)
    ]
    assert sorted(counts) == counts
    assert min(abs(count - budget) for count in counts) <= 0.05 * budget


@pytest.mark.parametrize("feedback", ["direct", "lateral", "full", "indirect"])
def test_weights_start_as_is_said(feedback):
    def backs(init):
        network = RNN(layers=2, feedback=feedback, init=init).mixer(48, IO)
        for name, weight in network.named_parameters():
            if name.endswith("bias"):
                most = 48**-0.5 if init == "uniform" else 0.0
                assert most * 0.8 <= weight.abs().max() <= most
        return [it.back() for it in network.layers if hasattr(it, "back")]

    feeding = {"direct": 1, "lateral": 47, "full": 96, "indirect": 48}[feedback]
    for back in backs("uniform"):
        assert 0.9 * feeding**-0.5 < back.abs().max() <= feeding**-0.5
    for back in backs("orthogonal"):
        square = torch.diag(back) if back.ndim == 1 else back
        apart = (square @ square.T - torch.eye(len(square))).abs().max()
        assert (apart > 1e-4) == (feedback == "lateral")  # whose diagonal was taken away
    if feedback != "lateral":
        for back in backs("identity"):
            square = torch.diag(back) if back.ndim == 1 else back
            assert torch.equal(square, torch.eye(len(square)))


@pytest.mark.parametrize(
    ("given", "slip"),
    [
        ({"feedback": "indirect"}, "layers is 1; it takes 2 or more"),
        ({"feedback": "indirect", "layers": 2, "feedback_from": 3}, "feedback_from is 3; it takes"),
        ({"feedback": "indirect", "layers": 2, "feedback_from": 1}, "feedback_from is 1; it takes"),
        (
            {"feedback": "indirect", "layers": 3, "feedback_to": 3},
            "feedback_to is 3; it takes 1 to",
        ),
        (
            {"feedback": "indirect", "layers": 3, "feedback_to": 0},
            "feedback_to is 0; it takes 1 to",
        ),
        ({"feedback": "full", "layers": 3, "feedback_from": 2}, "feedback is full, which has no"),
        ({"feedback": "lateral", "init": "identity"}, "init is identity, which feeds"),
    ],
)
def test_a_wiring_that_cannot_be_is_refused(given, slip):
    with pytest.raises(SeqbenchError, match=rf"^rnn\.{slip}[^\n]+$"):
        RNN(**given)
