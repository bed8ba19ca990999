"""What a model comes up with by itself: transcripts, and continuations one token after another."""

from collections.abc import Iterable

import numpy as np

from seqbench.contract.architecture import Predict
from seqbench.contract.data import Split
from seqbench.contract.signature import Continuation, Signature, Tokens, Transcript

ROWS = 128  # hypotheses continued at once


def wanted(io: Signature, split: Split) -> list[np.ndarray]:
    """The right sequences, each (L,); the end of a continuation is no part of it."""
    rows = [targets[mask] for targets, mask in zip(split.targets, split.mask, strict=True)]
    return [ended(io, row) for row in rows]


def found(
    io: Signature, predict: Predict, split: Split, answers: np.ndarray | None = None, beam: int = 1
) -> list[np.ndarray]:
    """The model's sequences, each (L,): the likeliest it finds with so many open at once.

    `answers` (N, T, channels) are the scores it gave, where they are known; continuations need
    others. With a beam of 1 it takes the likeliest token at each step (greedy).
    """
    if isinstance(io.outputs, Transcript):
        from seqbench.bench.transcripts import transcript

        given = predict(split.inputs, split.lengths) if answers is None else answers
        steps = split.lengths if split.lengths is not None else [given.shape[1]] * len(given)
        return [transcript(one[:long], beam) for one, long in zip(given, steps, strict=True)]
    size = max(1, ROWS // beam)
    parts = [split[at : at + size] for at in range(0, len(split), size)]
    return [row for part in parts for row in continued(io, predict, part, beam)]


def continued(io: Signature, predict: Predict, split: Split, beam: int) -> list[np.ndarray]:
    """Free continuations of a few examples, by a search that keeps the `beam` likeliest.

    What stands after an example's first counted step is not shown. A hypothesis that has ended
    keeps its place with its likelihood; one that never ends is cut where the room is used up.
    """
    first = split.mask.argmax(axis=1)  # (N,): the step that answers with the first token
    room = split.mask.shape[1] - int(first.min())
    many = len(split) * beam
    inputs = np.repeat(hidden(split.inputs, first), beam, axis=0)  # (N beam, T, ...)
    at = np.repeat(first, beam)  # (N beam,): where each is read
    tokens = np.full((many, room), end_of(io))
    total = np.tile([0.0] + [-np.inf] * (beam - 1), len(split))  # (N beam,): log-likelihoods
    open_ = np.ones(many, bool)
    for k in range(room):
        open_ &= at + k < inputs.shape[1]
        live = np.flatnonzero(open_ & np.isfinite(total))
        if not len(live):
            break
        scores = np.full((many, io.outputs.channels), -np.inf)
        scores[:, end_of(io)] = 0.0  # one that has ended stays as it is
        scores[live] = next_scores(io, predict, inputs[live], at[live] + k)
        keep, token, total = likeliest(scores, total, beam)
        inputs, tokens, open_ = inputs[keep], tokens[keep], open_[keep]
        tokens[:, k] = np.where(open_, token, end_of(io))
        open_ &= token != end_of(io)
        shown = np.flatnonzero(open_ & (at + k + 1 < inputs.shape[1]))
        put(io, inputs, shown, at[shown] + k + 1, token[shown])
    return [ended(io, row) for row in tokens[::beam]]  # the likeliest comes first


def next_scores(io: Signature, predict: Predict, inputs: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Log-likelihoods (R, vocab) of the token at step `at` (R,), nothing shown beyond it."""
    inputs = inputs[:, : int(at.max()) + 1]
    answers = np.asarray(predict(inputs, at + 1 if io.varied else None))
    scores = answers[np.arange(len(at)), at].astype(np.float64)
    scores -= scores.max(axis=1, keepdims=True)
    told: np.ndarray = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return told


def likeliest(
    scores: np.ndarray, total: np.ndarray, beam: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each example the best hypotheses that are one token longer, the best first.

    scores (N beam, vocab), total (N beam,); which ones they go on from, their tokens and their
    totals, each (N beam,). Of equal ones the first is taken.
    """
    vocab = scores.shape[1]
    both = (total[:, None] + scores).reshape(-1, beam * vocab)
    if beam == 1:
        best = both.argmax(axis=1)[:, None]
    else:
        best = np.argsort(-both, axis=1, kind="stable")[:, :beam]
    origin = np.arange(len(both))[:, None] * beam + best // vocab
    return origin.ravel(), (best % vocab).ravel(), np.take_along_axis(both, best, 1).ravel()


def hidden(inputs: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The inputs with zeros after each example's first counted step."""
    after = np.arange(inputs.shape[1]) > first[:, None]
    return np.where(after.reshape(after.shape + (1,) * (inputs.ndim - 2)), 0, inputs)


def put(
    io: Signature, inputs: np.ndarray, rows: np.ndarray, at: np.ndarray, token: np.ndarray
) -> None:
    """Give tokens (R,) back as the inputs of steps `at` (R,)."""
    if isinstance(io.inputs, Tokens):
        inputs[rows, at] = token
    else:
        inputs[rows, at] = 0
        inputs[rows, at, token - io.outputs.channels] = 1  # the last numbers are its one-hot


def end_of(io: Signature) -> int:
    """The token that ends a continuation."""
    return io.outputs.end if isinstance(io.outputs, Continuation) else -1


def ended(io: Signature, row: np.ndarray) -> np.ndarray:
    """A sequence up to its end token."""
    ends: Iterable[int] = np.flatnonzero(row == end_of(io))
    return row[: next(iter(ends), len(row))]
