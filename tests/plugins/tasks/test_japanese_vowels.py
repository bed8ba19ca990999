"""On a file of the same form made here, and on the real one where it has been fetched."""

import numpy as np
import pytest

from seqbench import Lesson, Recipe
from seqbench.kits import archive
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import japanese_vowels
from seqbench_plugins.tasks.japanese_vowels import TEST, TRAIN, JapaneseVowels

ALL = 10**6


def clear():
    japanese_vowels.parsed.cache_clear()
    japanese_vowels.scale.cache_clear()


def utterances(counts, rng):
    """(speaker, frames) in the order of the file: each speaker's one after another."""
    return [
        (speaker, rng.normal(speaker, 2.0, (int(rng.integers(7, 30)), 12)).round(6))
        for speaker, count in enumerate(counts)
        for _ in range(count)
    ]


def written(spoken):
    lines = [
        "#a remark",
        "@problemName JapaneseVowels",
        "@classLabel true 1 2 3 4 5 6 7 8 9",
        "@data",
    ]
    for speaker, frames in spoken:
        series = (",".join(map(repr, map(float, cepstrum))) for cepstrum in frames.T)
        lines.append(":".join([*series, str(speaker + 1)]))
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def made(monkeypatch):
    rng = np.random.default_rng(0)
    train, test = utterances([30] * 9, rng), utterances(range(3, 12), rng)
    files = {TRAIN: written(train), TEST: written(test)}
    monkeypatch.setattr(japanese_vowels, "read", files.__getitem__)
    clear()
    yield train, test
    clear()


def split(role, n=ALL):
    return JapaneseVowels().split(role, n, np.random.default_rng(0))


def examples(part):
    """Back to a list of (speaker, frames), as they stood in the file."""
    mean, spread = japanese_vowels.scale()
    return [
        (int(part.targets[row, length - 1]), part.inputs[row, :length] * spread + mean)
        for row, length in enumerate(part.lengths)
    ]


def test_each_utterance_stands_in_one_split_as_it_is_in_the_file(made):
    train, test = made
    early = [one for row, one in enumerate(train) if row % 30 < 24]
    late = [one for row, one in enumerate(train) if row % 30 >= 24]
    for role, wanted in (("train", early), ("valid", late), ("test", test)):
        found = examples(split(role))
        assert len(found) == len(wanted)
        key = lambda one: (one[0], len(one[1]), round(float(one[1][0, 0]), 3))  # noqa: E731
        for (a, x), (b, y) in zip(sorted(found, key=key), sorted(wanted, key=key), strict=True):
            assert a == b
            np.testing.assert_allclose(x, y, atol=1e-4)


def test_cepstra_are_scaled_by_train_alone(made):
    train, _ = made
    frames = np.concatenate([x for row, (_, x) in enumerate(train) if row % 30 < 24])
    mean, spread = japanese_vowels.scale()
    np.testing.assert_allclose(mean, frames.mean(0))
    np.testing.assert_allclose(spread, frames.std(0))


def test_the_answer_is_at_the_last_frame_and_padding_is_nought(made):
    for role in ("train", "valid", "test"):
        part = split(role)
        for row, length in enumerate(part.lengths):
            assert np.flatnonzero(part.mask[row]).tolist() == [length - 1]
            assert not part.inputs[row, length:].any()


def test_few_are_of_all_speakers_and_the_seed_is_of_no_consequence(made):
    few = split("train", 18)
    assert sorted(few.targets[:, 0]) == sorted([*range(9)] * 2)
    other = JapaneseVowels().split("train", 18, np.random.default_rng(9))
    assert (few.inputs == other.inputs).all()


def test_the_checksum_is_known_without_the_file(monkeypatch):
    monkeypatch.setattr(japanese_vowels, "read", None)
    assert JapaneseVowels().checksum() == TRAIN.pin.sha256 == TEST.pin.sha256


@pytest.fixture
def real():
    if archive.state(TRAIN).status != "here":
        pytest.skip("not here: `seqbench data fetch japanese_vowels`")
    clear()


def test_the_real_file_is_as_it_was_published(real):
    parts = {role: split(role) for role in ("train", "valid", "test")}
    assert np.bincount(parts["train"].targets[:, 0]).tolist() == [24] * 9
    assert np.bincount(parts["valid"].targets[:, 0]).tolist() == [6] * 9
    published = [31, 35, 88, 44, 29, 24, 40, 50, 29]
    assert np.bincount(parts["test"].targets[:, 0]).tolist() == published
    lengths = np.concatenate([part.lengths for part in parts.values()])
    assert (lengths.min(), lengths.max()) == (7, 29)


def test_speakers_are_told_apart_by_their_mean_frame(real):
    task, test = JapaneseVowels(), split("test")
    lesson = Lesson(
        task.signature(), split("train"), split("valid"), Recipe(), np.random.default_rng(0)
    )
    scores = {
        name: accuracy(test, fit(lesson).predict(test.inputs, test.lengths))
        for name, fit in task.baselines().items()
    }
    assert scores["majority"] < 0.25
    assert scores["bag_of_frames"] > 0.93
