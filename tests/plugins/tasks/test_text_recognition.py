import sys

import numpy as np
import pytest

from seqbench import Missing, SeqbenchError
from seqbench.testing import check_task
from seqbench_plugins.tasks import text_recognition
from seqbench_plugins.tasks.text_recognition import MEAN, SPREAD, TextRecognition

pytest.importorskip("PIL")
ROLES = ("train", "valid", "test")


def told(split):
    """The words as they read."""
    return ["".join(chr(96 + token) for token in row if token) for row in split.targets]


def sample(role="train", n=100, seed=0, **settings):
    return TextRecognition(**settings).split(role, n, np.random.default_rng(seed))


@pytest.mark.parametrize("text", ["words", "letters"])
def test_words_of_the_splits_are_disjoint(text):
    seen = {role: set(told(sample(role, 300, text=text))) for role in ROLES}
    assert not seen["train"] & seen["test"] and not seen["train"] & seen["valid"]
    assert not seen["valid"] & seen["test"]
    assert {len(word) for words in seen.values() for word in words} == set(range(3, 9))


def test_words_are_pythons_and_letters_are_any():
    from pydoc_data.topics import topics

    whole = " ".join(topics.values()).split()
    drawn = set(told(sample("test", 60)))
    assert drawn & set(whole) and drawn <= set(text_recognition.vocabulary("test"))
    letters = "".join(told(sample("train", 2000, text="letters")))
    shares = np.bincount([ord(letter) - 97 for letter in letters]) / len(letters)
    assert np.abs(shares - 1 / 26).max() < 5 * np.sqrt(1 / 26 / len(letters))


@pytest.mark.parametrize("size", text_recognition.TYPE_SIZES)
def test_letters_are_inked_as_pillow_draws_them(size):
    """Against the mask of each word that the font gives by itself, wherever it stands."""
    from PIL import ImageFont

    for word in ("type", "jumbled", "why"):
        mask = ImageFont.load_default(size=size).getmask(word, mode="L")
        wanted = np.array(mask).reshape(mask.size[::-1]) / 255
        picture = text_recognition.inked(word, size)
        assert picture[0].max() == picture[-1].max() == 0  # nothing is cut off, nor lies at the rim
        assert picture[:, -1].max() == 0
        rows, columns = np.flatnonzero(picture.any(1)), np.flatnonzero(picture.any(0))
        found = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert found.sum() == pytest.approx(wanted.sum(), rel=0.02)
        assert abs(found.shape[0] - wanted.shape[0]) <= 1


def test_no_ink_is_lost_by_moving_it():
    """However a word is slanted and moved, its ink is that of one of the four sizes, made paler."""
    rng = np.random.default_rng(0)
    for word in ("typing", "mmmmmmmm", "jjj"):
        least, most = (
            pick(text_recognition.inked(word, size).sum() for size in text_recognition.TYPE_SIZES)
            for pick in (min, max)
        )
        for _ in range(100):
            picture = text_recognition.drawn(word, 0.0, rng)
            assert 0.6 * least * 0.995 <= picture.sum() <= most * 1.005
            assert picture.min() >= 0 and picture.max() <= 1
            assert picture.shape[0] <= text_recognition.columns(1)
            assert picture[0].max() == picture[-1].max() == 0


def test_noise_is_as_loud_as_it_is_said():
    split = sample(n=50, noise=0.3)
    edges = np.concatenate([row[:1] for row in split.inputs])  # before the word begins
    assert (edges * SPREAD + MEAN).std() == pytest.approx(0.3, rel=0.1)
    assert edges.mean() * SPREAD + MEAN == pytest.approx(0, abs=5 * 0.3 / np.sqrt(edges.size))


def test_inputs_are_about_standardised():
    split = sample(n=200)
    real = np.concatenate([x[:n] for x, n in zip(split.inputs, split.lengths, strict=True)])
    assert abs(real.mean()) < 0.2 and real.std() == pytest.approx(1, abs=0.2)


def test_padding_is_silent_and_every_transcript_has_room():
    split = sample(n=200)
    for row, long, mask in zip(split.inputs, split.lengths, split.mask, strict=True):
        assert not row[long:].any() and row[:long].any()
        assert mask.sum() * 2 < long
    assert split.inputs.shape[1:] == (text_recognition.columns(1), 18)
    assert (split.mask == (split.targets > 0)).all()


def test_slips_and_lacks_are_told(monkeypatch):
    for noise in (-0.1, float("nan"), float("inf")):
        with pytest.raises(SeqbenchError, match=r"text_recognition\.noise is .*; it takes 0 to 10"):
            TextRecognition(noise=noise)
    text_recognition.font.cache_clear()
    text_recognition.columns.cache_clear()
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(Missing, match=r"needs Pillow.*pip install 'seqbench\[data\]'"):
        TextRecognition().signature()


def test_the_checksum_is_of_pillow_and_of_what_it_draws(monkeypatch):
    import PIL

    before = TextRecognition().checksum()
    assert before == TextRecognition().checksum()
    with monkeypatch.context() as other:
        other.setattr(PIL, "__version__", "0.0")
        assert TextRecognition().checksum() != before
    inked = text_recognition.inked
    monkeypatch.setattr(text_recognition, "inked", lambda word, size: inked(word, size) * 0.9)
    assert TextRecognition().checksum() != before


def test_a_line_has_several_words_with_a_space_between():
    task = TextRecognition(line=3, noise=0.0)
    split = task.split("test", 40, np.random.default_rng(0))
    assert task.signature().outputs.vocab == 28
    known = set(text_recognition.vocabulary("test"))
    lines = ["".join((" " if t == 27 else chr(96 + t)) for t in row if t) for row in split.targets]
    assert all(len(line.split(" ")) == 3 and set(line.split(" ")) <= known for line in lines)
    assert (split.mask.sum(1) == [len(line) for line in lines]).all()
    assert split.lengths.mean() > 2.5 * sample("test", noise=0.0).lengths.mean()
    assert "failed" not in {one.status for one in check_task(task)}
    widest = text_recognition.drawn(" ".join(["mmmmmmmm"] * 3), 0.0, np.random.default_rng(0))
    assert len(widest) <= task.signature().length
    with pytest.raises(SeqbenchError, match=r"line is 0; it takes 1 to 20 words"):
        TextRecognition(line=0)
