"""Both ways against torch's own bidirectional layers on packed sequences."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.birnn import BiRNN

FREE = Signature(Tokens(3), Tokens(3), 5, causal=False, varied=True)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_it_equals_torchs(cell, layers):
    network = BiRNN(cell=cell, layers=layers).mixer(6, FREE)
    kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell]
    twin = kind(6, 6, layers, batch_first=True, bidirectional=True)
    weights = {}
    for layer in range(layers):
        for ways, suffix in ((network.onward, ""), (network.backward, "_reverse")):
            for name, weight in ways[layer].state_dict().items():
                weights[name.replace("_l0", f"_l{layer}{suffix}")] = weight
    twin.load_state_dict(weights)

    x, lengths = torch.randn(4, 9, 6), torch.tensor([9, 1, 4, 8])
    packed, _ = twin(pack_padded_sequence(x, lengths, True, enforce_sorted=False))
    wanted, _ = pad_packed_sequence(packed, True)
    real = torch.arange(9) < lengths[:, None]
    assert torch.allclose(network(x, lengths)[real], network.project(wanted)[real], atol=1e-6)
    assert torch.allclose(network(x), network.project(twin(x)[0]), atol=1e-6)


def test_it_declines_a_task_that_allows_no_look_ahead():
    assert "ahead" in BiRNN().unsuited(Signature(Tokens(3), Tokens(3), 5))
    assert BiRNN().unsuited(FREE) is None
