"""Gradients by lag against finite differences, closed forms, and what is known of architectures."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seqbench import SeqbenchError
from seqbench.kits.torch import Network


@pytest.fixture
def gradients(catalogue):
    return catalogue.make("probes", "gradients", {})


def around(told, mixer, width):
    """The subject with another mixer, trained and at the start alike."""
    network = Network(told.lesson.io, width, mixer)

    class Same:
        name = "same"

        def module(self, io):
            return copy.deepcopy(network)

    return replace(told, model=replace(told.model, network=network), architecture=Same())


class Fading(nn.Module):
    """h = keep * h + x: its gradient is keep ** lag, to the digit."""

    def __init__(self, keep):
        super().__init__()
        self.keep = keep

    def forward(self, x):
        h, out = torch.zeros_like(x[:, 0]), []
        for step in x.unbind(1):
            h = self.keep * h + step
            out.append(h)
        return torch.stack(out, 1)


@pytest.mark.parametrize("keep", [0.5, 0.9, 1.0, 1.1])
@pytest.mark.parametrize("task", ["copy", "adding"])
def test_a_linear_memory_decays_at_the_rate_it_has(subject, gradients, taken, keep, task):
    told = around(subject(task, {}, "rnn", {"width": 4}), Fading(keep), 4)
    assert gradients.unsuited(told) is None
    found = list(gradients.measure(told))
    norms = taken(found, "gradient_norm")
    for (lag, when), norm in norms.items():
        assert norm == pytest.approx(norms[0, when] * keep**lag, rel=1e-4)
    rates = taken(found, "decay_per_step")
    assert rates == pytest.approx(
        dict.fromkeys([("start",), ("trained",)], -np.log(keep)), abs=1e-4
    )
    if keep != 1.0:  # of a flat line there is nothing to explain
        assert min(taken(found, "decay_r2").values()) > 0.999


class Skipping(Fading):
    """The same beside a way that passes no time, and is much wider."""

    def forward(self, x):
        return 100 * x + super().forward(x)


def test_a_way_that_passes_no_time_is_no_decay(subject, gradients, taken):
    told = around(subject("copy", {}, "rnn", {"width": 4}), Skipping(0.9), 4)
    found = list(gradients.measure(told))
    norms, rates = taken(found, "gradient_norm"), taken(found, "decay_per_step")
    assert norms[0, "start"] == pytest.approx(101 / 0.9 * norms[1, "start"], rel=1e-4)
    assert rates["start",] == pytest.approx(-np.log(0.9), abs=1e-4)


@pytest.mark.parametrize("architecture", ["rnn", "lstm", "transformer"])
def test_norms_are_those_of_finite_differences(subject, taken, catalogue, architecture):
    """Inputs moved by hand, one number at a time, in float64; nothing of autograd."""
    told = subject("adding", {"length": 6}, architecture, {"width": 8}, n=3)
    probe = catalogue.make("probes", "gradients", {"at": [0, 1, 2, 3, 4, 5]})
    found = taken(list(probe.measure(told)), "gradient_norm")
    network = copy.deepcopy(told.model.network).double().eval()
    split = told.lesson.valid
    x, wanted = torch.tensor(split.inputs).double(), torch.tensor(split.targets)[:, -1].double()

    def losses(inputs):
        with torch.no_grad():
            return F.mse_loss(network(inputs)[:, -1], wanted, reduction="none").mean(1)

    small = 1e-6
    for lag in range(6):
        slopes = []
        for number in range(2):
            up, down = x.clone(), x.clone()
            up[:, 5 - lag, number] += small
            down[:, 5 - lag, number] -= small
            slopes.append((losses(up) - losses(down)) / (2 * small))
        norm = torch.stack(slopes, 1).norm(dim=1).mean().item()
        assert found[lag, "trained"] == pytest.approx(norm, rel=1e-3)


def test_the_last_counted_step_is_where_the_mask_says(subject, taken, catalogue):
    """Sequences end at different steps; the loss is that of each one's own last answer."""
    told = subject("copy", {"delay": 3, "length": 2}, "rnn", {"width": 4}, n=4)
    split = told.lesson.valid
    mask = np.zeros_like(split.mask)
    ends = [1, 3, 5, 7]
    mask[range(4), ends] = True
    mask[3, 2] = True  # an earlier answer that counts is not the last
    lesson = replace(told.lesson, valid=replace(split, mask=mask))
    probe = catalogue.make("probes", "gradients", {"at": list(range(8))})
    network = Network(told.lesson.io, 4, Fading(0.5))

    class Same:
        name = "same"

        def module(self, io):
            return network

    model = replace(told.model, network=network)
    found = list(probe.measure(replace(told, lesson=lesson, model=model, architecture=Same())))
    norms = taken(found, "gradient_norm")
    inputs, targets = torch.tensor(split.inputs), torch.tensor(split.targets)
    first = []
    for row, end in enumerate(ends):
        h = network.mixer(network.encoder(inputs[row : row + 1]))[0, end].detach().requires_grad_()
        F.cross_entropy(network.readout(h), targets[row, end]).backward()
        first.append(h.grad.norm().item())  # d loss / d h, which is d loss / d x at lag 0
    for lag in range(8):
        mean = np.mean([one * 0.5**lag for one, end in zip(first, ends, strict=True) if end >= lag])
        assert norms[lag, "trained"] == pytest.approx(mean, rel=1e-4)


def test_at_the_start_a_plain_rnn_fades_an_lstm_less_and_attention_not(subject, gradients, taken):
    """By figures: torch's RNN keeps about half a step, forget bias 1 more, attention all."""
    rates = {}
    for architecture, own in (
        ("rnn", {"width": 64}),
        ("lstm", {"width": 64, "forget_bias": 1.0}),
        ("transformer", {}),
    ):
        told = subject("copy", {"delay": 24, "length": 1}, architecture, own, n=64)
        found = list(gradients.measure(told))
        rates[architecture] = taken(found, "decay_per_step")["start",]
    assert 0.4 < rates["rnn"] < 1.0
    assert 0.05 < rates["lstm"] < 0.35
    assert abs(rates["transformer"]) < 0.05


def test_the_start_depends_on_the_stream_alone(subject, gradients, taken):
    told = subject("copy", {}, "rnn", {"width": 8})
    again, other = (replace(told, rng=np.random.default_rng(seed)) for seed in (2, 3))
    one, same, else_ = (
        taken(list(gradients.measure(it)), "decay_per_step") for it in (told, again, other)
    )
    assert one == same
    assert one["start",] != else_["start",] and one["trained",] == else_["trained",]


def test_a_gradient_too_small_for_float32_ends_the_fit_and_breaks_nothing(
    subject, gradients, taken
):
    told = around(subject("copy", {"delay": 120, "length": 1}, "rnn", {"width": 4}), Fading(0.3), 4)
    found = list(gradients.measure(told))
    assert np.isfinite([m.value for m in found]).all()
    assert taken(found, "gradient_norm")[122, "start"] == 0
    assert taken(found, "decay_per_step")["start",] == pytest.approx(-np.log(0.3), rel=1e-3)


def test_what_training_noted_is_told_where_it_is_a_number(subject, gradients, taken):
    told = subject("copy", {}, "rnn", {"width": 8})
    notes = {"clipped_share": 0.25, "gradient_norm_mean": 2.0, "gradient_norm_max": float("inf")}
    found = list(gradients.measure(replace(told, model=replace(told.model, notes=notes))))
    of = {m.name: m.value for m in found if m.at.get("when") == "training"}
    assert of == {"clipped_share": 0.25, "gradient_norm_mean": 2.0}


def test_the_network_is_left_as_it_was(subject, gradients):
    told = subject("copy", {}, "lstm", {"width": 8})
    network = told.model.network.train()
    network.zero_grad(set_to_none=True)
    before = copy.deepcopy(network.state_dict())
    list(gradients.measure(told))
    assert network.training
    assert all(weight.grad is None for weight in network.parameters())
    assert all(torch.equal(before[name], it) for name, it in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("slip", [{"examples": 0}, {"at": [-1]}])
def test_settings_that_mean_nothing_are_refused(catalogue, slip):
    with pytest.raises(SeqbenchError, match=r"gradients\.(examples|at) is"):
        catalogue.make("probes", "gradients", slip)
