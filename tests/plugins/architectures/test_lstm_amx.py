"""The LSTM by the processor's matrix unit: as exact as float32, and never where it must not be."""

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numba import njit
from torch import nn

from seqbench_plugins.architectures.lstm import LSTM, amx, products, recurrence, thirds
from seqbench_plugins.architectures.lstm.panels import plain_panels

needs_unit = pytest.mark.skipif(not recurrence.GRANTED, reason="a processor without AMX")


@njit
def product(out, start, left, panels, parts, columns, room):
    """By the unit."""
    amx.begin(amx.SIDE)
    apart = products.take_apart(left, left.shape[1], parts, room, products.FEW)
    products.product(out, start, left, panels, parts, columns, room, apart, False)
    amx.end()
    return apart


@njit
def turned(out, operands, rows, right, parts, room):
    """Out += operands[:rows].T @ right, by the unit."""
    amx.begin(amx.SIDE)
    apart = products.turn_apart(operands, rows, parts, room)
    products.add_turned(out, operands, rows, right, room, apart)
    amx.end()
    return apart


def room(rows, deep):
    left, right = thirds.room_for_left(rows, deep), thirds.room_for_right(deep)
    return products.make_room(np.empty((1, 1), np.float32), left, right, left)


def assert_as_float32(out, wanted, left, right):
    """No farther from the product in float64 than a sum in float32 may be, number by number."""
    bound = (left.shape[1] + 6) * 2.0**-24 * (np.abs(left) @ np.abs(right))
    assert (np.abs(out - wanted) <= bound).all()


@needs_unit
@pytest.mark.parametrize("rows", [1, 3, 15, 16, 17, 32, 50])
@pytest.mark.parametrize("deep", [1, 16, 31, 32, 33, 96])
@pytest.mark.parametrize("columns", [10, 40, 128])
def test_products_are_as_exact_as_float32(rows, deep, columns):
    rng = np.random.default_rng(rows * deep)
    wide = -(-columns // 64) * 64
    left = rng.normal(size=(rows, deep)).astype(np.float32)
    right = (rng.normal(size=(deep, wide)) * 10.0 ** rng.integers(-3, 4, wide)).astype(np.float32)
    start = rng.normal(size=(1 if rows % 2 else rows, wide)).astype(np.float32)
    out = np.full((rows + 1, wide), 7, np.float32)
    panels = plain_panels(right)
    space = out[:rows], start, left, panels, thirds.panel_parts(panels), columns
    assert product(*space, room(rows, deep))
    wanted = start.astype(float) + left.astype(float) @ right
    ones = np.ones((rows, 1))
    bounds = np.hstack([left, ones]), np.vstack([right, np.abs(start).max(0)])
    assert_as_float32(out[:rows, :columns], wanted[:, :columns], bounds[0], bounds[1][:, :columns])
    assert (out[rows] == 7).all()  # nothing is written beside


@needs_unit
@pytest.mark.parametrize("rows", [1, 31, 32, 100, 128])
def test_products_of_what_is_turned_leave_out_the_rows_that_are_not_there(rows):
    rng = np.random.default_rng(rows)
    operands = rng.normal(size=(128, 48)).astype(np.float32)
    right = rng.normal(size=(128, 64)).astype(np.float32)
    out = np.zeros((48, 64), np.float32)
    parts = np.empty((1, 16), np.float32)
    assert turned(out, operands, rows, right[:rows], parts, room(48, 128))
    left = operands[:rows].T.astype(float)
    assert_as_float32(out, left @ right[:rows], left, right[:rows])


@needs_unit
def test_numbers_near_the_least_do_no_harm():
    tiny = np.float32(1.7) ** np.arange(-180, -116, dtype=np.float32)
    left = np.stack([tiny, -tiny[::-1], np.ones(64, np.float32)] * 3)
    right = np.ones((64, 64), np.float32)
    out, nothing, panels = np.zeros((9, 64), np.float32), np.zeros((1, 64), np.float32), right[None]
    assert product(out, nothing, left, panels, thirds.panel_parts(panels), 64, room(9, 64))
    wanted = left.astype(float) @ right
    assert (np.abs(out - wanted) <= 1e-6 * np.abs(wanted) + 64 * 2.0**-126).all()


def test_three_parts_make_the_number():
    bits = np.random.default_rng(0).integers(0, 2**32, (64, 32), np.uint32).view(np.float32)
    size = np.abs(bits)
    numbers = np.where((size > 1e-30) & (size < 1e37), bits, np.float32(1.5))
    out = room(64, 32)
    if not amx.COMPILED:
        pytest.skip("vectors of 16 numbers are of AVX-512")
    thirds.left_parts(numbers, 32, out.rest, out.left)
    words = out.left.view(np.uint32).reshape(4, 3, 16, 16)  # tiles of rows, parts, rows, pairs
    low, high = (words << 16).view(np.float32), (words & 0xFFFF0000).view(np.float32)
    sums = np.concatenate([low, high], -1).astype(float).sum(1)
    assert np.array_equal(sums.reshape(64, 32), numbers.astype(float))


def results(layer, x, hx, by):
    """Outputs, states and all gradients, with or without the unit."""
    leaves = [x, *hx, *layer.parameters()]
    y, (h, c) = layer(x, hx)
    return [y, h, c, *torch.autograd.grad((y, h, c), leaves, by)]


def problem(batch, steps, inputs, units):
    torch.manual_seed(batch)
    layer = LSTM(inputs, units)
    x = torch.randn(steps, batch, inputs, requires_grad=True)
    hx = tuple(torch.randn(1, batch, units, requires_grad=True) for _ in range(2))
    return layer, x, hx, [torch.randn(steps, batch, units), *map(torch.randn_like, hx)]


@needs_unit
@pytest.mark.parametrize(
    "shape", [(1, 300, 5, 16), (7, 20, 33, 20), (8, 9, 3, 70), (21, 9, 64, 64), (48, 40, 1, 33)]
)
def test_the_unit_is_no_farther_from_float64_than_registers_are(shape, monkeypatch):
    layer, x, hx, by = problem(*shape)
    exact = nn.LSTM(*shape[2:]).double()
    exact.load_state_dict(layer.state_dict())
    wide = [it.detach().double().requires_grad_() for it in (x, *hx)]
    wanted = results(exact, wide[0], tuple(wide[1:]), [it.double() for it in by])
    by_unit = results(layer, x, hx, by)
    assert layer.ran == "compiled kernels (AMX)"
    monkeypatch.setattr(recurrence, "GRANTED", False)
    in_registers = results(layer, x, hx, by)
    assert not all(map(torch.equal, by_unit, in_registers))  # it was another way
    for mine, other, truth in zip(by_unit, in_registers, wanted, strict=True):
        off, usual = ((it - truth).abs().max() / truth.abs().max() for it in (mine, other))
        assert off <= max(2 * usual, 4e-7)


BAD = [float("inf"), -float("inf"), float("nan"), 3.4e38]


@needs_unit
@pytest.mark.parametrize("bad", BAD, ids=str)
@pytest.mark.parametrize("where", ["x", "h0", "w_ih", "w_hh", "dy", "dh"])
@pytest.mark.parametrize("batch", [1, 20])
def test_what_does_not_come_apart_goes_through_registers(bad, where, batch, monkeypatch):
    layer, x, hx, by = problem(batch, 12, 5, 20)
    place = {"x": x, "h0": hx[0], "w_ih": layer.weight_ih_l0, "w_hh": layer.weight_hh_l0}
    place |= {"dy": by[0], "dh": by[1]}
    with torch.no_grad():
        place[where].view(-1)[-3] = bad
    told = results(layer, x, hx, by)
    monkeypatch.setattr(recurrence, "GRANTED", False)
    for mine, wanted in zip(told, results(layer, x, hx, by), strict=True):
        # Sums of huge numbers may cancel out, and the unit takes the least ones for zero.
        size = max(1.0, float(wanted.detach().nan_to_num(0, 0, 0).abs().max()))
        assert torch.allclose(mine, wanted, rtol=4e-3, atol=1e-5 * size, equal_nan=True)


def test_it_is_asked_for_and_may_be_refused(monkeypatch):
    asked = []

    def answering(answer):
        def syscall(*args):
            asked.append(args)
            return answer

        return lambda *_, **__: SimpleNamespace(syscall=syscall)

    monkeypatch.setattr(amx, "COMPILED", False)
    monkeypatch.setattr(ctypes, "CDLL", answering(0))
    assert not amx.granted()
    assert not asked  # nobody asks for what there is no code for
    monkeypatch.setattr(amx, "COMPILED", True)
    assert amx.granted() == (amx.TRIPLE.startswith("x86_64") and sys.platform == "linux")
    monkeypatch.setattr(ctypes, "CDLL", answering(-1))
    assert not amx.granted()


@needs_unit
def test_where_it_is_refused_no_instruction_of_it_is_met():
    """Code with the unit's instructions is in the cache, and the process may not run them."""
    code = """
import ctypes
real = ctypes.CDLL(None).syscall
class Refusing:
    def __init__(self, *_, **__): pass
    def syscall(self, *args): return -1
import llvmlite.binding, numba, torch
kept, ctypes.CDLL = ctypes.CDLL, Refusing
from seqbench_plugins.architectures.lstm import LSTM, recurrence
ctypes.CDLL = kept
layer, x = LSTM(40, 70), torch.randn(9, 40, 40)
layer(x)[0].sum().backward()
print(recurrence.GRANTED, layer.ran)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False compiled kernels", done.stderr
