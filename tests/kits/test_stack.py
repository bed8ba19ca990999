"""Layers, and what surrounds them."""

from dataclasses import dataclass

import pytest
import torch
from torch.nn import functional as F

from seqbench import SeqbenchError, Signature, Tokens
from seqbench.kits.torch.convolution import ShortConvolution
from seqbench.kits.torch.stack import Layer, Perceptron, Residual, StackedArchitecture

IO = Signature(Tokens(3), Tokens(3), 5)


class Total(Layer):
    """The sum of all so far."""

    def initial_state(self, batch):
        return torch.zeros(batch, 1, 4)

    def chunk(self, x, state):
        y = x.cumsum(1) + state
        return y, y[:, -1:]


@dataclass(frozen=True, kw_only=True)
class Totals(StackedArchitecture):
    """For these tests."""

    name = "totals"

    def layer(self, width):
        return Total()


def test_a_block_is_normalised_first_and_added():
    network, x = Totals(layers=2, ratio=1.5).mixer(4, IO), torch.randn(2, 6, 4)
    wanted = x
    for total, perceptron in zip(network.layers[::2], network.layers[1::2], strict=True):
        assert isinstance(perceptron.layer, Perceptron)
        assert perceptron.layer.first.out_features == 6
        wanted = wanted + F.layer_norm(wanted, (4,)).cumsum(1)
        hidden = F.gelu(perceptron.layer.first(F.layer_norm(wanted, (4,))))
        wanted = wanted + perceptron.layer.last(hidden)
        assert isinstance(total, Residual)
    assert torch.allclose(network(x), F.layer_norm(wanted, (4,)), atol=1e-6)


def test_no_ratio_no_perceptron():
    assert len(Totals(layers=3, ratio=0).mixer(4, IO).layers) == 3


def test_steps_chunks_and_the_whole_agree():
    network, x = Totals().mixer(4, IO), torch.randn(2, 6, 4)
    first, state = network.chunk(x[:, :4], None)
    y, state = network.step(x[:, 4], state)
    last, _ = network.chunk(x[:, 5:], state)
    assert torch.allclose(torch.cat([first, y[:, None], last], 1), network(x), atol=1e-6)


def test_padding_is_set_to_nothing():
    network, x = Totals().mixer(4, IO), torch.randn(2, 6, 4)
    spoiled = x.clone()
    spoiled[1, 3:] = torch.nan
    answers = network(spoiled, torch.tensor([6, 3]))
    assert torch.equal(answers[1, :3], network(x)[1, :3])
    assert torch.isfinite(answers).all()


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_short_convolution_is_torchs_on_padded_inputs(steps):
    convolution, x = ShortConvolution(3, steps), torch.randn(2, 9, 3)
    twin = torch.nn.Conv1d(3, 3, steps, groups=3)
    assert {name: w.shape for name, w in twin.named_parameters()} == {
        name: w.shape for name, w in convolution.named_parameters()
    }
    assert convolution.weight.abs().max() <= steps**-0.5  # as torch's start
    twin.load_state_dict(convolution.state_dict())
    wanted = twin(F.pad(x.mT, (steps - 1, 0))).mT
    assert torch.allclose(convolution(x), wanted, atol=1e-6)


def test_what_is_not_written_is_asked_for():
    with pytest.raises(NotImplementedError, match=r"StackedArchitecture needs layer\(width\)"):
        StackedArchitecture().mixer(4, IO)


@pytest.mark.parametrize("given", [{"layers": 0}, {"ratio": -1.0}, {"ratio": float("inf")}])
def test_a_slip_is_told_with_its_place(given):
    (setting,) = given
    with pytest.raises(SeqbenchError, match=rf"^totals\.{setting} is .*; it takes [^\n]+$"):
        Totals(**given)
