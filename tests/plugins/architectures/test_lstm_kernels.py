"""The parts that the compiled LSTM is made of, against NumPy."""

import numpy as np
import pytest
from numba import njit

from seqbench_plugins.architectures.lstm import gates, panels, simd, tile

KINDS = [np.float32, np.float64]


@njit
def squash(x, out, name):
    for at in range(0, x.shape[1], simd.lanes(x)):
        v = simd.load(x, 0, at)
        simd.store(out, 0, at, gates.tanh(v) if name == "tanh" else gates.sigmoid(v))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_the_curves_are_exact_to_a_few_last_bits(name, kind):
    small = np.logspace(-30, 0, 997)
    x = np.concatenate([np.linspace(-79, 79, 8001), small, -small, [0.0]]).astype(kind)
    x = np.resize(x, (1, 16 * 650))
    out = np.empty_like(x)
    squash(x, out, name)
    exact = x.astype(np.longdouble)
    wanted = np.tanh(exact) if name == "tanh" else 1 / (1 + np.exp(-exact))
    off = np.abs(out - wanted) / np.where(wanted == 0, 1, np.abs(wanted))
    assert off.max() < 16 * np.finfo(kind).eps
    assert np.abs(out - wanted).max() < 2 * np.finfo(kind).eps


@pytest.mark.parametrize("kind", KINDS)
def test_the_curves_at_their_ends(kind):
    x = np.resize(np.array([np.inf, -np.inf, np.nan, 1e30, -1e30, 200, -200, 0], kind), (1, 16))
    for name, wanted in (
        ("tanh", [1, -1, np.nan, 1, -1, 1, -1, 0]),
        ("sigmoid", [1, 0, np.nan, 1, 0, 1, 0, 0.5]),
    ):
        out = np.empty_like(x)
        squash(x, out, name)
        assert np.allclose(out, np.resize(wanted, (1, 16)), rtol=0, atol=1e-34, equal_nan=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 7, 13, 32])
@pytest.mark.parametrize("depth", [0, 1, 5, 64])
def test_products_are_numpys(kind, rows, depth):
    rng = np.random.default_rng(rows)
    width = 4 * simd.REGISTER // np.dtype(kind).itemsize
    left, right = rng.normal(size=(rows, depth)), rng.normal(size=(2, depth, width))
    out = rng.normal(size=(rows + 1, 2 * width)).astype(kind)
    wanted = out.copy()
    wanted[:rows] += left.astype(kind) @ np.concatenate(list(right.astype(kind)), 1)
    columns = 2 * width
    tile.multiply_panels(out[:rows], out[:rows], left.astype(kind), right.astype(kind), columns)
    assert np.allclose(out, wanted, rtol=1e-4 if kind == np.float32 else 1e-12, atol=1e-5)
    assert np.array_equal(out[rows], wanted[rows])  # nothing is written beside


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [1, 2, 5, 6, 8])
@pytest.mark.parametrize("vectors", [1, 2, 3, 4, 5, 6, 7, 8])
def test_products_of_the_columns_that_are_wanted(kind, rows, vectors):
    rng = np.random.default_rng(vectors)
    lane = simd.REGISTER // np.dtype(kind).itemsize
    left, right = rng.normal(size=(rows, 7)), rng.normal(size=(2, 7, 4 * lane))
    start, columns = rng.normal(size=(1, 8 * lane)), vectors * lane
    out = np.zeros((rows, 8 * lane), kind)
    some = right[: (vectors + 3) // 4].astype(kind)
    tile.multiply_panels(out, start.astype(kind), left.astype(kind), some, columns)
    wanted = start + left @ np.concatenate(list(right), 1)
    assert np.allclose(out[:, :columns], wanted[:, :columns], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 1, 4), (2, 3, 64), (3, 70, 32)])
def test_panels_begin_where_a_line_of_the_cache_does(kind, shape):
    zeros = panels.aligned(*shape, np.dtype(kind))
    assert zeros.shape == shape
    assert zeros.dtype == kind
    assert zeros.ctypes.data % panels.LINE == 0
    assert not zeros.any()


@pytest.mark.parametrize("kind", KINDS)
def test_products_of_turned_matrices(kind):
    rng = np.random.default_rng(0)
    width = 4 * simd.REGISTER // np.dtype(kind).itemsize
    left = rng.normal(size=(9, 14)).astype(kind)
    right = rng.normal(size=(9, 3 * width)).astype(kind)
    out = np.zeros((14, 3 * width), kind)
    here = out[:, width : 2 * width]
    tile.multiply(here, here, left.T, right[:, width : 2 * width])
    assert np.allclose(out[:, width : 2 * width], left.T @ right[:, width : 2 * width], atol=1e-5)
    assert not out[:, :width].any()
    assert not out[:, 2 * width :].any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("units", [1, 16, 21])
@pytest.mark.parametrize("depth", [1, 64, 70])
def test_weights_come_back_as_they_went(kind, units, depth):
    weight = np.random.default_rng(0).normal(size=(4 * units, depth)).astype(kind)
    forward = panels.forward_panels(weight)  # (blocks, depth, 4 vectors)
    sums = forward.transpose(1, 0, 2).reshape(depth, -1)  # the identity times it
    assert np.array_equal(panels.from_blocks(forward, units, 0, forward.shape[1]), weight)
    back = panels.backward_panels(weight)
    both = back.transpose(1, 0, 2).reshape(back.shape[1], -1)
    assert np.array_equal(both[:, :depth], sums.T)
    assert not both[:, depth:].any()
