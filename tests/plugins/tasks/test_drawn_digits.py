import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.testing import check_task
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks.drawn_digits import DOTS, DrawnDigits, patterns


def sample(n=300, seed=0, **settings):
    return DrawnDigits(**settings).sample(n, np.random.default_rng(seed))


def upright(picture):
    """The dots of a clean picture with its rows pushed to the left by the slant that fits."""
    rows = [row for row in picture > 0 if row.any()]
    assert len(rows) == 7
    for slant in (-1, 0, 1):
        for left in range(4):
            told = []
            for number, row in enumerate(rows):
                start = left + round(slant * (1 - number / 6)) - min(slant, 0)
                told.append("".join("01"[dot] for dot in row[start : start + 5].astype(int)))
                if row.sum() != told[-1].count("1"):
                    break
            else:
                if " ".join(told) in DOTS:
                    return DOTS.index(" ".join(told))
    return None


def test_a_picture_shows_its_digit_slanted_or_not_somewhere_in_some_ink():
    split = sample(noise=0.0)
    for pixels, digit in zip(split.inputs, split.targets[:, -1], strict=True):
        assert upright(pixels.reshape(8, 8)) == digit
        ink = np.unique(pixels[pixels > 0])
        assert len(ink) == 1 and 0.6 <= ink[0] <= 1
    assert len(np.unique(split.targets[:, -1])) == 10


def test_every_slant_and_place_comes_as_often():
    split = sample(40_000, noise=0.0)
    places = patterns().shape[1]
    assert places == 2 * (4 + 3 + 3)
    seen, counts = np.unique(split.inputs[..., 0] > 0, axis=0, return_counts=True)
    assert len(seen) == 10 * places
    assert np.abs(counts - 40_000 / len(seen)).max() < 5 * np.sqrt(40_000 / len(seen))


def test_rows_and_permuted_pixels_are_the_same_pictures():
    pixels, rows = sample().inputs, sample(by="row").inputs
    np.testing.assert_array_equal(pixels.reshape(-1, 8, 8), rows)
    mixed = sample(permuted=True).inputs
    assert (mixed != pixels).any()
    np.testing.assert_array_equal(np.sort(mixed, axis=1), np.sort(pixels, axis=1))


def test_noise_has_the_deviation_that_is_asked_for():
    noise = (sample(2000, noise=0.15).inputs - sample(2000, noise=0.0).inputs).ravel()
    inside = sample(2000, noise=0.0).inputs.ravel()
    middle = noise[(inside > 0.6) & (inside < 0.65)]  # far from what is cut off
    assert middle.std() == pytest.approx(0.15, rel=0.05)
    split = sample(noise=3.0)
    assert split.inputs.min() == 0 and split.inputs.max() == 1


def test_order_is_needed_and_pixels_at_their_places_tell_most():
    task = DrawnDigits(by="row")
    train, valid, test = (sample(n, s, by="row") for s, n in enumerate((3000, 300, 1000)))
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))
    scores = {
        name: accuracy(test, fit(lesson).predict(test.inputs))
        for name, fit in task.baselines().items()
    }
    assert max(scores["bag_of_pixels"], scores["bag_of_rows"]) < 0.35
    known = patterns().transpose(1, 0, 2).reshape(-1, 64)  # the nearest clean one
    far = ((test.inputs.reshape(-1, 1, 64) - 0.8 * known) ** 2).sum(-1)
    nearest = far.argmin(1) % 10
    assert (nearest == test.targets[:, -1]).mean() > 0.97


def test_promises_and_slips():
    for settings in ({}, {"by": "row", "permuted": True}):
        assert "failed" not in {one.status for one in check_task(DrawnDigits(**settings))}
    with pytest.raises(SeqbenchError, match=r"drawn_digits\.noise is -1; it takes 0 to 10"):
        DrawnDigits(noise=-1)
