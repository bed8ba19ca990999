import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.kits import pictures
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.metrics.error import mse
from seqbench_plugins.tasks import moving_digits
from seqbench_plugins.tasks.moving_digits import MovingDigits, NextFrame

pytest.importorskip("sklearn")


def split(task, role, n=40, seed=0):
    return task.split(role, n, np.random.default_rng(seed))


def lesson(task, train=400):
    parts = (
        split(task, role, n, k) for k, (role, n) in enumerate((("train", train), ("valid", 50)))
    )
    return Lesson(task.signature(), *parts, Recipe(), np.random.default_rng(0))


def drawn(picture, size, corner, way, frames):
    """A film pixel by pixel, (frames, size, size)."""
    film = np.zeros((frames, size, size))
    for t in range(frames):
        for i in range(8):
            for j in range(8):
                row, column = corner[0] + t * way[0] + i, corner[1] + t * way[1] + j
                film[t, row % size, column % size] = picture[i, j]
    return film


@pytest.mark.parametrize(("frames", "size"), [(8, 12), (5, 9), (3, 16), (9, 8)])
def test_a_film_is_what_a_loop_over_its_pixels_gives(frames, size):
    part = split(MovingDigits(frames, size), "test", 12)
    own, _ = pictures.digits_of("test")
    for film, way in zip(part.inputs, part.targets[:, -1], strict=True):
        film = film.reshape(frames, size, size)
        wanted = {
            drawn(own[k], size, (i, j), moving_digits.WAYS[way], frames)
            .astype(np.float32)
            .tobytes()
            for k in np.flatnonzero(np.isclose(own.sum((1, 2)), film[0].sum(), atol=1e-3))
            for i in range(size)
            for j in range(size)
        }
        assert film.tobytes() in wanted


def test_each_split_has_pictures_of_its_own():
    seen = {}
    for role in ("train", "valid", "test"):
        own, labels = pictures.digits_of(role)
        assert len(own) == len(labels)
        seen[role] = {(*one.ravel(),) for one in own}
        films = split(MovingDigits(3, 8), role, 300).inputs  # as big as a picture: a turned one
        turned = {
            (*np.roll(one, (i, j), (0, 1)).ravel(),)
            for one in own
            for i in range(8)
            for j in range(8)
        }
        assert {(*film[0],) for film in films} <= turned
    assert not seen["train"] & seen["test"]
    assert not seen["train"] & seen["valid"]
    assert not seen["valid"] & seen["test"]


def test_all_ways_are_alike_often_and_each_has_its_reverse():
    ways = split(MovingDigits(), "train", 4000).targets[:, 0]
    assert np.abs(np.bincount(ways) / 4000 - 1 / 8).max() < 0.03
    assert sorted(map(tuple, -moving_digits.WAYS)) == sorted(map(tuple, moving_digits.WAYS))


@pytest.mark.parametrize(
    "task", [MovingDigits(), MovingDigits(3, 8), NextFrame(), NextFrame(4, 20)]
)
def test_the_oracle_needs_the_film_alone(task):
    part = split(task, "test", 200)
    answers = task.oracle(part)
    if isinstance(task, NextFrame):
        np.testing.assert_allclose(answers[part.mask], part.targets[part.mask])
    else:
        assert accuracy(part, answers) == 1


def test_a_bag_of_frames_does_not_tell_forth_from_back():
    task = MovingDigits()
    model = task.baselines()["bag_of_frames"](lesson(task, 1500))
    test = split(task, "test", 500)
    scores = model.predict(test.inputs, None)
    np.testing.assert_allclose(model.predict(test.inputs[:, ::-1], None), scores, atol=1e-6)
    assert accuracy(test, scores) < 0.45


def test_the_next_frame_is_asked_from_the_second_on_and_is_the_next_input():
    part = split(NextFrame(), "train")
    np.testing.assert_array_equal(part.targets[:, :-1], part.inputs[:, 1:])
    assert not part.mask[:, 0].any()
    assert part.mask[:, 1:].all()
    task, test = NextFrame(), split(NextFrame(), "test", 200)
    errors = {
        name: mse(test, fit(lesson(task)).predict(test.inputs, None))
        for name, fit in task.baselines().items()
    }
    assert set(errors) == {"mean", "last_frame"}
    still = np.square(test.inputs - test.targets)[:, 1:].mean()
    assert errors["last_frame"] == pytest.approx(still)
    assert errors["mean"] == pytest.approx(test.targets.var(), rel=0.05)


@pytest.mark.parametrize("cls", [MovingDigits, NextFrame])
@pytest.mark.parametrize("settings", [{"frames": 2}, {"size": 7}, {"size": 129}])
def test_what_cannot_be_is_refused(cls, settings):
    (key,) = settings
    with pytest.raises(SeqbenchError, match=rf"{cls.name}\.{key} is {settings[key]}; it takes"):
        cls(**settings)


def test_the_checksum_is_of_the_pictures(monkeypatch):
    before = MovingDigits().checksum()
    pixels, labels = pictures.digits()
    other = pixels.copy()
    other[7, 7] += 1
    monkeypatch.setattr(moving_digits, "digits", lambda: (other, labels))
    assert len(before) == 64
    assert MovingDigits().checksum() != before
