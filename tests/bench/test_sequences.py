"""Transcripts and free continuations, against searches over everything there is."""

from dataclasses import replace
from itertools import groupby, product

import numpy as np
import pytest

from seqbench import Continuation, Reals, Signature, Split, Tokens, Transcript
from seqbench.bench.sequences import found, wanted
from seqbench.bench.transcripts import log_softmax, transcript

END, VOCAB = 0, 3


def joined(path):
    return tuple(token for token, _ in groupby(path) if token != 0)


def every_transcript(scores):
    """The probability of each transcript, by summing over all paths."""
    odds, told = np.exp(log_softmax(scores)), {}
    for path in product(range(scores.shape[1]), repeat=len(scores)):
        chance = np.prod([odds[step, token] for step, token in enumerate(path)])
        told[joined(path)] = told.get(joined(path), 0.0) + chance
    return told


@pytest.mark.parametrize("seed", range(30))
def test_a_wide_beam_finds_the_likeliest_transcript(seed):
    scores = np.random.default_rng(seed).normal(size=(6, 3)) * 2
    told = every_transcript(scores)
    assert tuple(transcript(scores, beam=200)) == max(told, key=told.get)


def test_a_beam_finds_likelier_transcripts_than_the_best_path():
    better = 0
    for seed in range(50):
        scores = np.random.default_rng(seed).normal(size=(6, 3))
        told = every_transcript(scores)
        greedy, beam = (told[tuple(transcript(scores, width))] for width in (1, 4))
        better += beam > greedy * (1 + 1e-9)
        assert beam > greedy * 0.7
    assert better > 5


@pytest.mark.parametrize(
    ("path", "told"),
    [([0, 0], []), ([1, 1, 0, 1], [1, 1]), ([1, 2, 2, 1], [1, 2, 1]), ([], []), ([2], [2])],
)
def test_the_best_path_joins_repeats_and_drops_blanks(path, told):
    scores = np.eye(3)[path] * 9 if path else np.zeros((0, 3))
    assert transcript(scores).tolist() == told


def test_transcripts_do_not_look_at_padding():
    io = Signature(Reals(2), Transcript(VOCAB), 5, False, True)
    answers = np.eye(VOCAB)[[[1, 0, 2, 2, 1], [1, 1, 2, 0, 1]]] * 9
    split = Split(
        np.zeros((2, 5, 2)), np.array([[1, 2], [2, 1]]), np.array([[1, 1], [1, 0]], bool),
        np.array([3, 2]),
    )  # fmt: skip
    own = found(io, lambda x, lengths: answers, split)
    assert [row.tolist() for row in own] == [[1, 2], [1]]
    assert [row.tolist() for row in wanted(io, split)] == [[1, 2], [2]]


class Chain:
    """A model whose next token depends on the two before it, by a table of scores."""

    def __init__(self, seed, read=lambda x: x):
        self.table = np.random.default_rng(seed).normal(size=(VOCAB, VOCAB, VOCAB)) * 1.5
        self.read, self.seen = read, []

    def predict(self, inputs, lengths):
        x = self.read(inputs)
        self.seen.append(x.copy())
        before = np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)
        return self.table[before, x]


def example(prompts, steps, answer=1):
    """Prompts (N, P), then room for `steps` answers, all of them `answer` but the end."""
    prompts = np.asarray(prompts)
    n, start = prompts.shape
    targets = np.full((n, steps), answer)
    targets[:, -1] = END
    inputs = np.concatenate([prompts, targets[:, :-1]], axis=1)
    whole = np.concatenate([np.zeros((n, start - 1), int), targets], axis=1)
    mask = np.broadcast_to(np.arange(start + steps - 1) >= start - 1, whole.shape)
    return Split(inputs, whole, mask.copy())


IO = Signature(Tokens(VOCAB), Continuation(VOCAB, END), 7)


def every_continuation(table, prompt, steps):
    """The likelihood of each token sequence that ends, or fills the room."""
    told = {}

    def go(tokens, last, total):
        if len(tokens) == steps:
            told[tokens] = total
            return
        logs = log_softmax(table[last[0], last[1]][None])[0]
        told[tokens] = total + logs[END]  # it ends here
        for token in (1, 2):
            go((*tokens, token), (last[1], token), total + logs[token])

    go((), tuple(prompt), 0.0)
    return told


@pytest.mark.parametrize("seed", range(20))
def test_a_wide_beam_finds_the_likeliest_continuation(seed):
    chain, prompts = Chain(seed), [[1, 2], [2, 2], [0, 1]]
    own = found(IO, chain.predict, example(prompts, 4), beam=100)
    for prompt, row in zip(prompts, own, strict=True):
        told = every_continuation(chain.table, prompt, 4)
        assert tuple(row) == max(told, key=told.get)


@pytest.mark.parametrize("seed", range(5))
def test_greedy_goes_on_from_its_own_answers(seed):
    chain, prompts = Chain(seed), [[1, 2], [2, 1]]
    own = found(IO, chain.predict, example(prompts, 5))
    for prompt, row in zip(prompts, own, strict=True):
        told, last = [], list(prompt)
        while len(told) < 5 and (token := int(chain.table[last[0], last[1]].argmax())) != END:
            told, last = [*told, token], [last[1], token]
        assert row.tolist() == told


def test_the_right_answers_are_never_shown():
    chain = Chain(1)
    one = found(IO, chain.predict, example([[1, 2]], 5, answer=1))
    two = found(IO, chain.predict, example([[1, 2]], 5, answer=2))
    assert np.array_equal(one[0], two[0])
    chain.table[:] = np.array([0.0, 9.0, 0.0])  # it says 1 for ever
    chain.seen.clear()
    found(IO, chain.predict, example([[1, 2]], 5, answer=2))
    assert not any((x[:, 2:] == 2).any() for x in chain.seen)


def test_prompts_of_different_lengths_are_each_gone_on_from():
    chain = Chain(3)
    long, short = example([[2, 1, 2]], 4), example([[2]], 4)
    inputs = np.concatenate([long.inputs, np.pad(short.inputs, [(0, 0), (0, 2)])])
    targets = np.concatenate([long.targets, np.pad(short.targets, [(0, 0), (0, 2)])])
    mask = np.concatenate([long.mask, np.pad(short.mask, [(0, 0), (0, 2)])])
    io = replace(IO, varied=True)
    both = found(io, chain.predict, Split(inputs, targets, mask, np.array([6, 4])), beam=3)
    alone = [found(IO, chain.predict, one, beam=3)[0] for one in (long, short)]
    assert both[0].tolist() == alone[0].tolist()
    assert both[1].tolist()[:4] == alone[1].tolist()[:4]


def test_real_inputs_get_the_one_hot_of_what_was_said():
    chain = Chain(5, read=lambda x: x[..., -VOCAB:].argmax(-1))
    io = Signature(Reals(2 + VOCAB), Continuation(VOCAB, END), 7)
    tokens = example([[1, 2], [2, 1]], 4)
    real = np.concatenate([np.ones((2, 5, 2)), np.eye(VOCAB)[tokens.inputs]], axis=2)
    told = found(io, chain.predict, replace(tokens, inputs=real), beam=2)
    plain = found(IO, Chain(5).predict, tokens, beam=2)
    assert [row.tolist() for row in told] == [row.tolist() for row in plain]


def test_how_many_are_continued_at_once_is_no_matter(monkeypatch):
    chain, prompts = Chain(7), np.random.default_rng(0).integers(0, 3, (9, 2))
    whole = found(IO, chain.predict, example(prompts, 4), beam=2)
    monkeypatch.setattr("seqbench.bench.sequences.ROWS", 2)
    few = found(IO, chain.predict, example(prompts, 4), beam=2)
    assert [row.tolist() for row in whole] == [row.tolist() for row in few]
