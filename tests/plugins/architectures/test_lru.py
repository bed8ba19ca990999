"""The linear recurrent unit against its recurrence in complex numbers."""

import numpy as np
import torch
from torch.nn import functional as F

from seqbench import Signature, Tokens
from seqbench_plugins.architectures.lru import LRU

IO = Signature(Tokens(3), Tokens(3), 5)


def unit(width=5, **settings):
    return LRU(layers=1, **settings).mixer(width, IO).layers[0].layer


def test_it_is_the_formula():
    layer = unit(state=3).double()
    nu, theta, gamma = (it.exp().detach().numpy() for it in (layer.decay, layer.turn, layer.gain))
    (b_re, b_im), (c_re, c_im) = (
        np.split(layer.read.detach().numpy(), 2),
        np.split(layer.write.detach().numpy(), 2, axis=1),
    )
    x = np.random.default_rng(0).normal(size=(2, 50, 5))
    h, steps = np.zeros((2, 3), complex), []
    for t in range(50):
        h = np.exp(-nu + 1j * theta) * h + gamma * (x[:, t] @ (b_re + 1j * b_im).T)
        steps.append((h @ (c_re + 1j * c_im).T).real + x[:, t] * layer.skip.detach().numpy())
    y = F.gelu(torch.from_numpy(np.stack(steps, 1)))
    value, gate = (y @ layer.gate.weight.T + layer.gate.bias).chunk(2, -1)
    assert torch.allclose(layer(torch.from_numpy(x)), value * gate.sigmoid(), atol=1e-12)


def test_eigenvalues_start_evenly_on_a_ring():
    layer = unit(width=100, state=20_000, least=0.5, most=0.9, phase=1.0)
    size, angle = (-layer.decay.exp()).exp(), layer.turn.exp()
    assert 0.5 <= size.min() < 0.502
    assert 0.898 < size.max() <= 0.9001
    middle = ((0.5**2 + 0.9**2) / 2) ** 0.5  # as much of the ring's area inside as outside
    assert abs((size < middle).float().mean() - 0.5) < 0.02
    assert angle.max() <= 1.0001
    assert abs(angle.mean() - 0.5) < 0.02
    assert torch.allclose(layer.gain.exp(), (1 - size**2).sqrt(), atol=1e-4)


def test_matrices_start_with_the_variances_of_the_paper():
    layer = unit(width=100, state=400)
    assert abs(layer.read.std() * (2 * 100) ** 0.5 - 1) < 0.02
    assert abs(layer.write.std() * 400**0.5 - 1) < 0.02
    assert abs(layer.skip.std() - 1) < 0.25


def test_the_state_keeps_its_size_whatever_the_eigenvalue():
    """For white inputs: what gamma is for."""
    layer = unit(width=50, state=200, least=0.5, most=0.95)
    state = None
    with torch.no_grad():
        _, state = layer.chunk(torch.randn(200, 400, 50), layer.initial_state(200))
    spread = state.abs().square().mean(0)  # (state)
    assert 0.7 < spread.mean() < 1.3
    assert spread.max() / spread.min() < 4
