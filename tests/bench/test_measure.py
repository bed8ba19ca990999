"""Answers that are no numbers get no score where they count, and cost nothing where they do not."""

import numpy as np
import pytest

from seqbench import Diverged, Metric, Split
from seqbench.bench.measure import measure

INF, NAN = np.inf, np.nan
METRIC = Metric("m", "higher", lambda split, told: float((told > 0)[split.mask].mean()))


def split(mask=None, lengths=None):
    x = np.zeros((4, 6), int)
    return Split(x, x, np.ones((4, 6), bool) if mask is None else mask, lengths)


def told(given, answers):
    return measure([METRIC], given, answers, "test", {}, {})[0].value


def test_an_answer_that_counts_and_is_no_number_is_divergence():
    answers = np.ones((4, 6, 3), np.float32)
    answers[1, 2, 0] = answers[1, 2, 1] = answers[3, 5, 2] = NAN
    with pytest.raises(Diverged, match=r"^2 of 24 answers on test are NaN$"):
        told(split(), answers)


def test_one_that_does_not_count_is_none():
    mask = np.arange(6) % 2 == np.zeros((4, 1))
    answers = np.ones((4, 6, 3), np.float32)
    answers[:, 1] = NAN
    assert told(split(mask), answers) == 1.0


def test_infinite_ones_are_numbers():
    """Their sum is none: what looks quickly must look again."""
    answers = np.ones((4, 6, 3), np.float32)
    answers[0, 0], answers[0, 1] = INF, -INF
    answers[2, 3] = 3e38  # so that a sum of float32 overflows
    assert told(split(), answers) == pytest.approx(1 - 1 / 24)


@pytest.mark.parametrize(("place", "lost"), [((2, 1), True), ((2, 4), False)])
def test_of_transcripts_all_real_steps_count(place, lost):
    """Their mask is of the transcripts' own steps, here 2 of each."""
    whole = split(np.ones((4, 2), bool), np.array([6, 6, 3, 1]))
    answers = np.ones((4, 6, 3))
    answers[place] = NAN
    metric = Metric("m", "higher", lambda split, told: 0.5)
    if not lost:
        assert measure([metric], whole, answers, "valid", {}, {})[0].value == 0.5
        return
    with pytest.raises(Diverged, match=r"^1 of 16 answers on valid are NaN$"):
        measure([metric], whole, answers, "valid", {}, {})
