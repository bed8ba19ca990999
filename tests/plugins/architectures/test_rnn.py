"""The simple recurrent network against its formula."""

import numpy as np
import pytest
import torch

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.rnn import RNN

IO = Signature(Tokens(3), Tokens(3), 5)


@pytest.mark.parametrize(
    ("nonlinearity", "bend"), [("tanh", np.tanh), ("relu", lambda x: np.maximum(x, 0))]
)
def test_it_is_the_formula(nonlinearity, bend):
    network = RNN(width=4, layers=2, nonlinearity=nonlinearity).mixer(4, IO).double()
    x = np.random.default_rng(0).normal(size=(3, 6, 4))
    wanted = x
    for layer in range(2):
        w, u, b, c = (
            network.state_dict()[f"rnn.{name}_l{layer}"].numpy()
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        h, steps = np.zeros((3, 4)), []
        for t in range(6):
            h = bend(wanted[:, t] @ w.T + b + h @ u.T + c)
            steps.append(h)
        wanted = np.stack(steps, 1)
    answers = network(torch.from_numpy(x)).detach().numpy()
    assert np.allclose(answers, wanted, atol=1e-12)
