"""Brackets and lists within lists."""

from collections import Counter
from functools import cache
from itertools import product
from statistics import median

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks.bracket_matching import BracketMatching
from seqbench_plugins.tasks.listops import ListOps
from seqbench_plugins.tasks.nested import trees

MIN, MAX, MED, SM, END = range(10, 15)


def rng(seed=0):
    return np.random.default_rng(seed)


def fitted(task, baseline, train):
    lesson = Lesson(task.signature(), train, train, Recipe(), rng())
    return task.baselines()[baseline](lesson)


@pytest.mark.parametrize(
    ("length", "depth", "kinds"), [(1, 1, 2), (2, 1, 2), (32, 3, 8), (84, 5, 128), (40, 40, 2)]
)
def test_what_closes_next_is_what_a_list_of_python_has_last(length, depth, kinds):
    task = BracketMatching(length=length, depth=depth, kinds=kinds)
    split = task.sample(100, rng())
    for inputs, targets, mask in zip(split.inputs.tolist(), split.targets, split.mask, strict=True):
        opened = []
        for step, token in enumerate(inputs):
            if token < kinds:
                opened.append(token)
            else:
                assert opened.pop() == token - kinds
            assert len(opened) <= depth
            assert mask[step] == bool(opened)
            assert targets[step] == (opened[-1] if opened else 0)
    assert accuracy(split, task.oracle(split)) == 1.0


def test_brackets_are_drawn_as_published():
    """With none open, one opens; with `depth` open, one closes; else a coin decides."""
    kinds, depth = 4, 3
    inputs = BracketMatching(length=50, depth=depth, kinds=kinds).sample(4000, rng()).inputs
    opens = inputs < kinds
    height = np.where(opens, 1, -1).cumsum(axis=1)
    assert opens[:, 0].all()
    for level, share in ((0, 1.0), (1, 0.5), (2, 0.5), (3, 0.0)):
        there = height[:, :-1] == level
        assert opens[:, 1:][there].mean() == pytest.approx(share, abs=0.013)
    assert np.abs(np.bincount(inputs[opens]) / opens.sum() - 1 / kinds).max() < 0.007


def test_guesses_at_brackets():
    """The last opened is right where it is still open; a guess at a kind is right by chance."""
    task = BracketMatching(length=60, depth=4, kinds=5)
    train, test = task.sample(3000, rng(0)), task.sample(3000, rng(1))
    majority = fitted(task, "majority", train).predict(test.inputs, None)
    assert accuracy(test, majority) == pytest.approx(task.chance()["accuracy"], abs=0.01)
    latest = fitted(task, "latest", train).predict(test.inputs, None)
    right = []
    for inputs, targets, mask in zip(test.inputs.tolist(), test.targets, test.mask, strict=True):
        last = None
        for token, target, counts in zip(inputs, targets, mask, strict=True):
            last = token if token < 5 else last
            right += [last == target] if counts else []
    assert accuracy(test, latest) == pytest.approx(np.mean(right))
    assert 0.5 < np.mean(right) < 0.8


def test_of_depth_one_the_latest_is_always_right():
    task = BracketMatching(depth=1)
    split = task.sample(100, rng())
    assert accuracy(split, fitted(task, "latest", split).predict(split.inputs, None)) == 1.0


def evaluated(tokens):
    """The value of a list and what follows it, read from the left."""
    head, *rest = tokens
    if head < 10:
        return head, rest
    values = []
    while rest[0] != END:
        found, rest = evaluated(rest)
        values.append(found)
    assert 2 <= len(values) <= 5
    result = {MIN: min, MAX: max, MED: lambda v: int(median(v)), SM: lambda v: sum(v) % 10}
    return result[head](values), rest[1:]


@pytest.mark.parametrize("length", [4, 5, 6, 7, 16, 33, 64, 200])
def test_a_list_has_the_value_that_reading_it_gives(length):
    task = ListOps(length=length)
    split = task.sample(150, rng())
    for inputs, targets, mask in zip(split.inputs.tolist(), split.targets, split.mask, strict=True):
        found, rest = evaluated(inputs)
        assert rest == []
        assert np.flatnonzero(mask).tolist() == [length - 1]
        assert targets[-1] == found
    assert accuracy(split, task.oracle(split)) == 1.0


@cache
def grown(length):
    """How likely the grammar gives each argument of so many tokens, as a tuple of arities."""
    found = {(0,): 0.75} if length == 1 else {}
    for arity in range(2, 6):
        for sizes in product(range(1, length - 1), repeat=arity):
            if sum(sizes) == length - 2:
                for parts in product(*(grown(size).items() for size in sizes)):
                    tokens = (arity, *(token for part, _ in parts for token in part), -1)
                    share = np.prod([likely for _, likely in parts]) * 0.25 / 4
                    found[tokens] = found.get(tokens, 0) + share
    return found


@pytest.mark.parametrize("length", [4, 7, 8, 10])
def test_trees_are_drawn_as_the_grammar_gives_them(length):
    """All trees of so many tokens, listed by hand, each with its share among them."""
    n = 40_000
    wanted, found = grown(length), Counter(map(tuple, trees(n, length, rng()).tolist()))
    assert set(found) <= set(wanted)
    total = sum(wanted.values())
    for tree, share in wanted.items():
        exact = share / total
        off = abs(found[tree] / n - exact)
        assert off < 5 * (exact * (1 - exact) / n) ** 0.5 + 1e-9


def test_digits_and_operators_are_drawn_alike():
    inputs = ListOps(length=40).sample(3000, rng()).inputs
    digits, operators = inputs[inputs < 10], inputs[(inputs >= 10) & (inputs < END)]
    assert np.abs(np.bincount(digits) / len(digits) - 1 / 10).max() < 0.006
    assert np.abs(np.bincount(operators)[10:] / len(operators) - 1 / 4).max() < 0.015


def test_the_first_operator_is_a_better_guess_than_none():
    """Of a bare list of two digits: the best answer for each operator, over all there are."""
    task = ListOps(length=4)
    pairs = list(product(range(10), repeat=2))
    best = [
        max(Counter(apply(pair) for pair in pairs).values()) / 100
        for apply in (min, max, lambda pair: sum(pair) // 2, lambda pair: sum(pair) % 10)
    ]
    train, test = task.sample(40_000, rng(0)), task.sample(20_000, rng(1))
    guess = fitted(task, "first_operator", train).predict(test.inputs, None)
    assert accuracy(test, guess) == pytest.approx(np.mean(best), abs=0.013)


@pytest.mark.parametrize(
    ("cls", "settings", "hint"),
    [
        (BracketMatching, {"length": 0}, "bracket_matching.length is 0; it takes 1 or more"),
        (BracketMatching, {"depth": 0}, "bracket_matching.depth is 0; it takes 1 or more"),
        (BracketMatching, {"kinds": 1}, "bracket_matching.kinds is 1; it takes 2 or more"),
        (ListOps, {"length": 3}, "listops.length is 3; it takes 4 to 512"),
        (ListOps, {"length": 2000}, "listops.length is 2000; it takes 4 to 512"),
    ],
)
def test_what_cannot_be_is_refused(cls, settings, hint):
    with pytest.raises(SeqbenchError) as refusal:
        cls(**settings)
    assert str(refusal.value) == hint
