from itertools import pairwise

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.kits.linear import bag
from seqbench.kits.spectrum import spectra
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import formant_words
from seqbench_plugins.tasks.formant_words import FormantWords


def test_words_of_a_set_have_the_same_sounds_and_no_two_are_alike():
    words = formant_words.WORDS
    assert len(set(words)) == len(words) == 24
    for start in (0, 8, 16):
        assert len({tuple(sorted(word)) for word in words[start : start + 8]}) == 1


def test_the_splits_have_voices_of_their_own(monkeypatch):
    heard = {}
    spoken = formant_words.spoken

    def listen(word, voice, snr, rng):
        heard.setdefault(role, set()).update(zip(*map(tuple, formant_words.voices(voice))))  # noqa: B905
        return spoken(word, voice, snr, rng)

    monkeypatch.setattr(formant_words, "spoken", listen)
    for role in ("train", "valid", "test"):
        FormantWords(voices=9).split(role, 200, np.random.default_rng(0))
    assert [len(voices) for voices in heard.values()] == [9, 9, 9]
    assert len(set.union(*heard.values())) == 27


def test_the_noise_is_as_strong_as_it_says():
    word, voice = np.arange(24), np.arange(24)
    for snr in (-10.0, 0.0, 15.0):
        clean, lengths = formant_words.spoken(word, voice, 200.0, np.random.default_rng(3))
        noisy, _ = formant_words.spoken(word, voice, snr, np.random.default_rng(3))
        noise = noisy * np.sqrt(1 + 10 ** (-snr / 10)) - clean
        for row, length in enumerate(lengths * formant_words.HOP):
            ratio = np.square(clean[row, :length]).mean() / np.square(noise[row, :length]).mean()
            assert 10 * np.log10(ratio) == pytest.approx(snr, abs=0.5)
            assert np.square(clean[row, :length]).mean() == pytest.approx(1, abs=0.01)


def test_frames_put_together_again_are_the_sound():
    sound = np.random.default_rng(0).normal(size=(2, formant_words.SAMPLES)).astype(np.float32)
    window, hop = formant_words.WINDOW, formant_words.HOP
    frames = np.fft.irfft(spectra(sound, window, hop), window).astype(np.float32)
    again = formant_words.overlapped(frames) / 1.5  # Hann windows at a third add up to 3/2
    np.testing.assert_allclose(again[:, window:-window], sound[:, window:-window], atol=1e-5)


@pytest.mark.parametrize("formants", [(270, 2290, 3010), (730, 1090, 2440), (530, 1840, 2480)])
def test_the_tract_rings_at_its_formants(formants):
    loudness = formant_words.resonance(np.array([[formants]], np.float32))[0, 0]
    assert np.square(loudness).mean() == pytest.approx(1, abs=1e-3)
    peaks = 1 + np.flatnonzero((loudness[1:-1] > loudness[:-2]) & (loudness[1:-1] > loudness[2:]))
    heard = formant_words.FREQUENCIES[peaks]
    assert len(heard) == 3
    assert np.abs(heard - formants).max() <= 40  # a bin is 33 Hz, and neighbours lean


def test_the_folds_beat_at_the_voices_pitch():
    beats = formant_words.pulses(np.array([100.0, 200.0]), np.random.default_rng(0)) > 0
    seconds = formant_words.SAMPLES / formant_words.RATE
    assert np.abs(beats.sum(axis=1) - np.array([100, 200]) * seconds).max() <= 1
    gaps = np.diff(np.flatnonzero(beats[0]))
    assert gaps[0] == pytest.approx(8000 / 110, abs=2)
    assert gaps[-1] == pytest.approx(8000 / 90, abs=2)


def test_words_differ_in_length_and_are_told_at_their_last_frame():
    task = FormantWords()
    split = task.split("train", 300, np.random.default_rng(0))
    assert 28 <= split.lengths.min() < split.lengths.max() <= 51 < task.signature().length
    for row, length in enumerate(split.lengths):
        assert np.flatnonzero(split.mask[row]).tolist() == [length - 1]
        assert not split.inputs[row, length:].any()
        assert split.inputs[row, :length].all()
    real = split.inputs[np.arange(52) < split.lengths[:, None]]
    assert abs(real.mean()) < 0.5
    assert 0.5 < real.std() < 1.5


def test_batches_leave_no_seam(monkeypatch):
    """The last, smaller batch is like the others, and so are many examples and few."""
    task, rng = FormantWords(), np.random.default_rng
    split = task.split("test", formant_words.BATCH + 3, rng(1))
    assert len(split) == formant_words.BATCH + 3
    assert split.inputs[-3:].any(axis=(1, 2)).all()
    again = task.split("test", formant_words.BATCH + 3, rng(1))
    assert (split.inputs == again.inputs).all()


def quarters(inputs, lengths):
    """The mean frame of each quarter of a word, in order: (N, 4 * width)."""
    edges = [np.linspace(0, length, 5).astype(int) for length in lengths]
    return np.array(
        [
            np.concatenate([row[a:b].mean(axis=0) for a, b in pairwise(edge)])
            for row, edge in zip(inputs, edges, strict=True)
        ]
    )


def test_order_decides():
    """What knows the order of a word's quarters leaves the bag of its frames far behind."""
    task = FormantWords(snr=5.0)
    train, valid, test = (
        task.split(role, n, np.random.default_rng(0))
        for role, n in (("train", 1200), ("valid", 200), ("test", 400))
    )
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))

    def score(fit):
        return accuracy(test, fit(lesson).predict(test.inputs, test.lengths))

    assert score(task.baselines()["majority"]) < 0.1
    assert score(task.baselines()["bag_of_frames"]) < 0.25
    assert score(bag(quarters)) > 0.6


def test_what_cannot_be_is_refused():
    for settings, hint in (
        ({"words": 1}, "words is 1; it takes 2 to 24"),
        ({"words": 25}, "words is 25"),
        ({"snr": float("inf")}, "snr is inf"),
        ({"voices": 0}, "voices is 0; it takes 1 to 10000"),
    ):
        with pytest.raises(SeqbenchError, match=hint):
            FormantWords(**settings)
