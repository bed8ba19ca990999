"""What weights start with, measured; and running on from a state."""

import numpy as np
import pytest
import torch
from torch import nn

from seqbench import Signature, Tokens
from seqbench.testing import check_architecture
from seqbench_plugins.architectures.birnn import BiRNN
from seqbench_plugins.architectures.lstm import LongShortTermMemory
from seqbench_plugins.architectures.rnn import RNN
from seqbench_plugins.architectures.transformer import Transformer

STRICT = Signature(Tokens(3), Tokens(3), 5)
FREE = Signature(Tokens(3), Tokens(3), 5, causal=False, varied=True)


def cells(architecture, width):
    """Its recurrent layers, with how many gates stand in a matrix."""
    mixer = architecture.mixer(width, FREE if isinstance(architecture, BiRNN) else STRICT)
    found = [it for it in mixer.modules() if isinstance(it, nn.RNNBase)]
    return [(it, {"GRU": 3, "LSTM": 4}.get(it.mode, 1)) for it in found]


def is_xavier(matrix):
    """Uniform on the interval of Glorot and Bengio, 2010, equation 16."""
    most = np.sqrt(6 / sum(matrix.shape))
    spread = matrix.std().item() / (most / np.sqrt(3))  # of a uniform on (-most, most)
    return matrix.abs().max() <= most and 0.9 < spread < 1.1 and matrix.abs().max() > 0.98 * most


def is_orthogonal(matrix):
    short = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    return torch.allclose(short @ short.T, torch.eye(len(short)), atol=1e-5)


RECURRENT = [
    lambda init: RNN(layers=2, init=init),
    lambda init: LongShortTermMemory(layers=2, init=init),
    *(
        lambda init, cell=cell: BiRNN(cell=cell, layers=2, init=init)
        for cell in ("rnn", "gru", "lstm")
    ),
]


@pytest.mark.parametrize("init", ["xavier", "orthogonal"])
@pytest.mark.parametrize("make", RECURRENT)
def test_recurrent_layers_start_gate_by_gate(make, init):
    found = cells(make(init), 48)
    assert found
    for layer, gates in found:
        forget = slice(48, 96) if getattr(layer, "forget_bias", None) else slice(0)
        for name, weight in layer.named_parameters():
            if name.startswith("bias"):
                opened = weight[forget].clone()
                weight.data[forget] = 0
                assert (weight == 0).all()
                assert (opened == (1.0 if name.startswith("bias_ih") else 0.0)).all()
                continue
            for matrix in weight.split(48):
                check = is_orthogonal if init == "orthogonal" and "_hh" in name else is_xavier
                assert check(matrix)
            assert len(weight) == 48 * gates


def test_identity_is_that_of_le_and_others():
    ((layer, _),) = cells(RNN(nonlinearity="relu", layers=2, init="identity"), 64)
    for at in (0, 1):
        assert torch.equal(getattr(layer, f"weight_hh_l{at}"), torch.eye(64))
        assert 0.0009 < getattr(layer, f"weight_ih_l{at}").std() < 0.0011
        assert (getattr(layer, f"bias_ih_l{at}") == 0).all()
        assert (getattr(layer, f"bias_hh_l{at}") == 0).all()
    x = torch.zeros(2, 50, 64)
    x[:, 0] = 1000.0
    only = nn.RNN(64, 64, 1, "relu", batch_first=True)
    only.load_state_dict({k: v for k, v in layer.state_dict().items() if k.endswith("l0")})
    kept, _ = only(x)
    assert kept[:, 0].max() > 0.1
    assert torch.allclose(kept[:, -1], kept[:, 0])  # fifty steps later nothing is lost


@pytest.mark.parametrize("init", ["xavier", "orthogonal"])
def test_a_transformers_matrices(init):
    check = {"xavier": is_xavier, "orthogonal": is_orthogonal}[init]
    mixer = Transformer(layers=2, init=init).mixer(48, STRICT)
    for block in mixer.blocks:
        first, _, second = block.perceptron
        read = block.attention.read.weight.split(48)
        assert len(read) == 3
        for matrix in (*read, block.attention.write.weight, first.weight, second.weight):
            assert check(matrix)
        assert (first.bias == 0).all()
        assert (second.bias == 0).all()


@pytest.mark.parametrize(
    "architecture",
    [
        RNN(width=8, init="identity", nonlinearity="relu", dropout=0.2),
        LongShortTermMemory(width=8, init="orthogonal", dropout=0.2),
        BiRNN(width=8, init="orthogonal", dropout=0.2),
        Transformer(width=8, init="xavier", dropout=0.2),
    ],
)
def test_every_promise_is_kept_with_other_settings(architecture):
    assert [it for it in check_architecture(architecture) if it.status == "failed"] == []


@pytest.mark.parametrize("cuts", [(3, 17), (1, 1, 18), (20,)])
@pytest.mark.parametrize(
    "architecture", [RNN(layers=2), RNN(nonlinearity="relu"), LongShortTermMemory(layers=3)]
)
def test_chunks_from_a_state_are_the_whole(architecture, cuts):
    network, x = architecture.mixer(6, STRICT), torch.randn(4, 20, 6)
    state, parts = None, []
    for part in x.split(list(cuts), 1):
        y, state = network.chunk(part, state)
        parts.append(y)
    assert torch.allclose(torch.cat(parts, 1), network(x), atol=1e-6)
    one, after = network.step(x[:, 0], state)  # a step goes on where a chunk has ended
    whole, again = network.chunk(x[:, :1], state)
    assert torch.allclose(one, whole[:, 0], atol=1e-6)
    assert torch.allclose(torch.as_tensor(after[0]), torch.as_tensor(again[0]), atol=1e-6)
