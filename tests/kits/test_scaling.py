"""Laws, intervals and crossings are those that were planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqbench.kits.scaling import (
    crossings,
    interval,
    laws,
    meets,
    polynomial,
    redrawn,
    spread,
)

LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096)
T = np.array(LENGTHS, float)


@given(
    exponent=st.floats(0.5, 3.0),
    overhead=st.floats(0, 1e-1),
    factor=st.floats(1e-7, 1e-3),
)
def test_a_planted_law_is_found(exponent, overhead, factor):
    planted = overhead + factor * T**exponent
    found = laws(LENGTHS, planted[None])
    curve = found.overhead + found.factor * T**found.exponent
    assert np.allclose(curve, planted, rtol=1e-3)
    assert found.off[0] < 1e-3
    if factor * T[-2] ** exponent > overhead:  # otherwise it is buried
        assert found.exponent[0] == pytest.approx(exponent, abs=1e-3)
        assert found.overhead[0] == pytest.approx(overhead, rel=1e-2, abs=1e-3 * planted[0])


def test_a_linear_cost_with_an_overhead_is_linear():
    """A straight line through the logarithms says T^0.5 of it."""
    planted = 10e-3 + 1e-5 * T
    straight = np.polyfit(np.log(T), np.log(planted), 1)[0]
    assert straight < 0.5
    found = laws(LENGTHS, planted[None])
    assert found.exponent[0] == pytest.approx(1, abs=1e-4)
    assert found.overhead[0] == pytest.approx(10e-3) and found.factor[0] == pytest.approx(1e-5)


def test_no_part_is_negative():
    falling = laws(LENGTHS, (1 / T)[None])
    assert falling.factor[0] == 0 and falling.overhead[0] > 0
    steep = laws(LENGTHS, np.maximum(1e-9, T**1.5 - 400)[None])
    assert steep.overhead[0] >= 0 and steep.factor[0] > 0


def test_each_draw_has_its_own_law():
    found = laws(LENGTHS, np.stack([T, T**2, 5 + T]))
    assert np.allclose(found.exponent, [1, 2, 1], atol=1e-4)
    assert np.allclose(found.overhead, [0, 0, 5], atol=1e-3)


@pytest.mark.parametrize(("exponent", "overhead"), [(1.0, 1e-3), (2.0, 1e-3), (1.5, 0.0)])
def test_the_interval_holds_the_exponent_as_often_as_it_says(exponent, overhead):
    """Of 100 races; binomially 90 to 100 are within three standard errors of 95."""
    rng, held = np.random.default_rng(1), 0
    costs = overhead + 1e-5 * T**exponent
    for _ in range(100):
        samples = [rng.lognormal(np.log(cost), 0.05, 8) for cost in costs]
        low, high = spread(laws(LENGTHS, redrawn(samples, rng, 300)).exponent)
        held += low <= exponent <= high
    assert held >= 89


def test_the_interval_of_a_median_is_that_of_the_binomial():
    """Conover, Practical nonparametric statistics, 1999, table A3: n and the ranks at 95 %."""
    ranks = {n: tuple(int(it) for it in interval(np.arange(1, n + 1))[1:]) for n in (6, 9, 20, 30)}
    assert ranks == {6: (1, 6), 9: (2, 8), 20: (6, 15), 30: (10, 21)}
    assert not interval(np.arange(5)).known
    assert interval(np.array([3.0, 1.0, 2.0])).value == 2


def test_curves_cross_where_they_do():
    quadratic, linear = (1e-6 * T**2)[None], (1e-3 * T)[None]
    assert crossings(LENGTHS, quadratic, linear)[0] == pytest.approx(1000)
    assert crossings(LENGTHS, linear, quadratic)[0] == np.inf
    assert crossings(LENGTHS, linear + 1e6, linear)[0] == -np.inf
    both = crossings(LENGTHS, np.concatenate([quadratic, 4 * quadratic]), np.tile(linear, (2, 1)))
    assert both == pytest.approx([1000, 250])


def test_of_several_crossings_the_last_counts():
    one = np.array([[1.0, 2.0, 1.0, 2.0]])
    assert crossings((1, 4, 16, 64), one, np.full((1, 4), np.sqrt(2)))[0] == pytest.approx(32)


def test_a_crossing_at_a_measured_length_is_that():
    assert crossings((1, 2, 4), np.array([[1.0, 2, 9]]), np.array([[2.0, 2, 2]]))[0] == 2


def test_an_interval_may_reach_beyond_the_range():
    values = np.array([-np.inf] * 10 + [100.0] * 90)
    assert spread(values) == (-np.inf, 100.0)


@given(c0=st.integers(0, 10**6), c1=st.integers(0, 10**9), c2=st.integers(0, 10**6))
def test_exact_counts_are_their_polynomial(c0, c1, c2):
    counts = [c0 + c1 * n + c2 * n * n for n in LENGTHS]
    assert polynomial(LENGTHS, counts) == (c0, c1, c2)
    counts[-1] += 1
    assert polynomial(LENGTHS, counts) is None
    assert polynomial(LENGTHS[:3], counts[:3]) is None


def test_polynomials_meet_at_the_root_that_is_near():
    assert meets((0, 0, 2), (0, 300, 0), 140) == pytest.approx(150)
    assert meets((0, 7, 0), (0, 7, 0), 99) == 99  # everywhere, or nowhere
