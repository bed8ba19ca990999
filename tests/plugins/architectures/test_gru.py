"""The gated recurrent unit against its formula."""

import numpy as np
import torch

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.gru import GRU

IO = Signature(Tokens(3), Tokens(3), 5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_it_is_the_formula():
    network = GRU(layers=2).mixer(4, IO).double()
    x = np.random.default_rng(0).normal(size=(3, 6, 4))
    wanted = x
    for layer in range(2):
        w, u, b, c = (
            np.split(network.state_dict()[f"gru.{name}_l{layer}"].numpy(), 3)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        h, steps = np.zeros((3, 4)), []
        for t in range(6):
            read = [wanted[:, t] @ w[gate].T + b[gate] for gate in range(3)]
            back = [h @ u[gate].T + c[gate] for gate in range(3)]
            reset, update = sigmoid(read[0] + back[0]), sigmoid(read[1] + back[1])
            h = (1 - update) * np.tanh(read[2] + reset * back[2]) + update * h
            steps.append(h)
        wanted = np.stack(steps, 1)
    answers = network(torch.from_numpy(x)).detach().numpy()
    assert np.allclose(answers, wanted, atol=1e-12)


def test_gates_start_each_by_itself():
    network = GRU(init="orthogonal").mixer(48, IO).gru
    for gate in network.weight_hh_l0.split(48):
        assert torch.allclose(gate @ gate.T, torch.eye(48), atol=1e-5)
    assert (network.bias_ih_l0 == 0).all()
    most = GRU().mixer(48, IO).gru.weight_hh_l0.abs().max()  # torch's own
    assert 0.98 * 48**-0.5 < most <= 48**-0.5
