"""Scans against the plain loop, in float64, and their gradients against differences."""

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from seqbench.kits.torch import scan as module
from seqbench.kits.torch.scan import log_scan, scan

LENGTHS = [1, 2, 8, 9, 10, 16, 17, 100, 257]


def loop(a, b, h):
    out = []
    for t in range(a.shape[1]):
        h = a[:, t] * h + b[:, t]
        out.append(h)
    return torch.stack(out, 1)


def drawn(steps, dtype, batch=3, width=2):
    generator = torch.Generator().manual_seed(steps)
    made = [
        torch.randn(*shape, dtype=dtype, generator=generator)
        for shape in ((batch, steps, width), (batch, steps, width), (batch, width))
    ]
    made[0] /= made[0].abs() + 0.1  # sizes below 1, all signs and angles
    return made


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
@pytest.mark.parametrize("steps", LENGTHS)
def test_it_is_the_loop(steps, dtype):
    a, b, start = drawn(steps, dtype)
    assert torch.allclose(scan(a, b, start), loop(a, b, start), atol=1e-12)


@pytest.mark.parametrize("steps", LENGTHS)
def test_logarithms_are_those_of_the_loop(steps):
    a, b, start = (it.abs() + 1e-3 for it in drawn(steps, torch.float64))
    found = log_scan(a.log(), b.log(), start.log())
    assert torch.allclose(found.exp(), loop(a, b, start), rtol=1e-12)


@pytest.mark.parametrize("full", [1, 2**15], ids=["one by one", "blocks"])
@pytest.mark.parametrize("steps", [1, 9, 11])
def test_gradients_agree_with_differences(steps, full, monkeypatch):
    monkeypatch.setattr(module, "FULL", full)
    for dtype in (torch.float64, torch.complex128):
        given = [it.requires_grad_() for it in drawn(steps, dtype, 2, 1)]
        assert gradcheck(scan, given)
        assert gradgradcheck(scan, given)
    assert gradcheck(log_scan, [it.requires_grad_() for it in drawn(steps, torch.float64, 2, 1)])


def test_both_ways_to_go_give_the_same(monkeypatch):
    given = drawn(50, torch.float64)
    blocked = scan(*given)
    monkeypatch.setattr(module, "FULL", 1)
    assert not torch.equal(scan(*given), blocked)  # another order of sums
    assert torch.allclose(scan(*given), blocked, atol=1e-12)


def test_neither_strong_decays_nor_long_sequences_are_too_much():
    steps = 5000
    weak, strong = torch.full((1, steps, 1), -1e-4), torch.full((1, steps, 1), -1e4)
    level, start = torch.zeros(1, steps, 1), torch.zeros(1, 1)
    kept = log_scan(weak, level, start).exp()
    wanted = loop(weak.double().exp(), torch.ones(1, steps, 1).double(), torch.ones(1, 1).double())
    assert torch.allclose(kept.double(), wanted, rtol=1e-4)
    assert torch.equal(log_scan(strong, level, start), level)
    assert torch.allclose(scan(weak.exp(), level + 1, start + 1).double(), wanted, rtol=1e-4)
    assert torch.equal(scan(strong.exp(), level + 1, start), level + 1)


def test_a_slope_through_logarithms_of_nothing_is_finite():
    a, b = torch.full((1, 30, 1), -300.0), torch.full((1, 30, 1), -1000.0)
    given = [it.requires_grad_() for it in (a, b, torch.full((1, 1), -torch.inf))]
    log_scan(*given).sum().backward()
    assert all(torch.isfinite(it.grad).all() for it in given[:2])
