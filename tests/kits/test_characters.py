"""Tokens of text, by hand and by counting again."""

import math
from collections import Counter

import numpy as np
import pytest

from seqbench import Continuation, Lesson, Recipe, Signature, Tokens
from seqbench.kits.characters import (
    END,
    OTHER,
    PAD,
    SEP,
    Alphabet,
    by_place,
    continuations,
    labelled,
    numbers_apart,
    part,
    prompts_of,
    share_of_each,
)

ABC = Alphabet.of(["cab", "bb"])


def test_letters_are_numbered_in_their_order():
    assert ABC.letters == "abc" and ABC.vocab == 7
    assert ABC.tokens("cabz") == [6, 4, 5, OTHER]
    assert ABC.text([6, 4, 5, OTHER, PAD]) == "cab�"


def test_parts_are_fixed_and_of_the_right_size():
    often = Counter(part(str(number)) for number in range(20_000))
    shares = {"train": 0.8, "valid": 0.1, "test": 0.1}
    for role, share in shares.items():
        assert often[role] / 20_000 == pytest.approx(share, abs=0.011)  # 5 standard deviations
    # By `printf KEY | b2sum -l 64`, modulo 10: 3, 8 and 9.
    assert [part(key) for key in ("a", "42", "k7")] == ["train", "valid", "test"]


def test_numbers_of_a_role_are_its_own_and_even():
    rng = np.random.default_rng(0)
    drawn = {role: numbers_apart(role, 5000, 100, rng) for role in ("train", "valid", "test")}
    seen = {role: set(numbers) for role, numbers in drawn.items()}
    assert seen["train"] | seen["valid"] | seen["test"] == set(range(100))
    assert sum(map(len, seen.values())) == 100
    often = Counter(drawn["train"])
    share = 1 / len(seen["train"])
    spread = math.sqrt(5000 * share * (1 - share))
    assert max(abs(n - 5000 * share) for n in often.values()) < 5 * spread


def test_a_continuation_by_hand():
    split = continuations([[5, 6, SEP], [4, SEP]], [[6], [4, 4]], 6)
    assert split.inputs.tolist() == [[5, 6, SEP, 6, 0, 0], [4, SEP, 4, 4, 0, 0]]
    assert split.targets.tolist() == [[0, 0, 6, END, 0, 0], [0, 4, 4, END, 0, 0]]
    assert split.mask.tolist() == [[0, 0, 1, 1, 0, 0], [0, 1, 1, 1, 0, 0]]
    assert split.lengths.tolist() == [4, 4]
    assert prompts_of(split.inputs) == [[5, 6], [4]]


def test_the_longest_continuation_fills_its_steps():
    split = continuations([[5, SEP]], [[4, 4, 4]], 5)
    assert split.inputs.tolist() == [[5, SEP, 4, 4, 4]]
    assert split.targets.tolist() == [[0, 4, 4, 4, END]] and split.lengths.tolist() == [5]


def test_a_label_stands_at_the_last_token():
    split = labelled([[4, 5], [6]], [1, 2], 3)
    assert split.inputs.tolist() == [[4, 5, 0], [6, 0, 0]]
    assert split.targets.tolist() == [[0, 1, 0], [2, 0, 0]]
    assert split.mask.tolist() == [[0, 1, 0], [1, 0, 0]]


def test_shares_leave_padding_out():
    shares = share_of_each(7)(np.array([[4, 4, 5, 0], [6, 0, 0, 0]]), np.array([3, 1]))
    assert shares.tolist() == [[0, 0, 0, 0, 2 / 3, 1 / 3, 0], [0, 0, 0, 0, 0, 0, 1]]
    assert share_of_each(5)(np.array([[4, 4]]), None).tolist() == [[0, 0, 0, 0, 1]]


def test_by_place_counts_each_place_of_the_answers():
    rng = np.random.default_rng(0)
    sources = [[*rng.integers(4, 7, rng.integers(1, 5)), SEP] for _ in range(50)]
    answers = [rng.integers(4, 7, rng.integers(1, 4)).tolist() for _ in range(50)]
    train = continuations(sources, answers, 8)
    io = Signature(Tokens(7), Continuation(7, END), 8, varied=True)
    model = by_place(Lesson(io, train, train, Recipe(), rng))
    scores = model.predict(train.inputs, train.lengths)
    for place in range(4):
        said = [[*one, END][place] for one in answers if len(one) >= place]
        row = next(r for r, one in enumerate(answers) if len(one) >= place)
        step = len(sources[row]) - 1 + place
        wanted = [(said.count(token) + 1 / 7) / (len(said) + 1) for token in range(7)]
        np.testing.assert_allclose(np.exp(scores[row, step]), wanted)
