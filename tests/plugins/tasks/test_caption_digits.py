import numpy as np
import pytest

from front_door import seqbench
from seqbench import Continuation, Lesson, Recipe, SeqbenchError
from seqbench.bench.sequences import found, wanted
from seqbench.kits import pictures
from seqbench.store import Store
from seqbench_plugins.metrics.sequences import exact_match
from seqbench_plugins.tasks.caption_digits import CaptionDigits

pytest.importorskip("sklearn")
WORDS = "zero one two three four five six seven eight nine".split()
LETTERS = " efghinorstuvwxz"


def split(task, role, n=200, seed=0):
    return task.split(role, n, np.random.default_rng(seed))


def read(task, tokens):
    """Back to text."""
    if task.spelled:
        return "".join(LETTERS[token - 1] for token in tokens)
    return " ".join(WORDS[token - 1] for token in tokens)


def seen(task, row):
    """The digits of a picture, looked up in the data set by their pixels."""
    pixels, labels = pictures.digits()
    known = {tuple(one): int(label) for one, label in zip(pixels, labels, strict=True)}
    strip = np.rint(row[: 64 * task.digits].reshape(8, 8 * task.digits) * 16).astype(int)
    places = [tuple(strip[:, at : at + 8].ravel()) for at in range(0, 8 * task.digits, 8)]
    return [known[place] for place in places if any(place)]


@pytest.mark.parametrize("task", [CaptionDigits(), CaptionDigits(3, False), CaptionDigits(1)])
def test_a_caption_says_what_the_picture_shows_and_ends(task):
    for role in ("train", "valid", "test"):
        part = split(task, role)
        texts = [read(task, row) for row in wanted(task.signature(), part)]
        for row, text, length in zip(part.inputs, texts, part.lengths, strict=True):
            shown = " ".join(WORDS[digit] for digit in seen(task, row[0]))
            assert text == shown
            assert length == (len(shown) if task.spelled else len(shown.split())) + 1
        assert part.targets[np.arange(len(part)), part.lengths - 1].tolist() == [0] * len(part)
        assert {len(text.split()) for text in texts} == set(range(1, task.digits + 1))


def test_after_the_picture_an_input_is_the_token_before_and_nothing_else():
    task = CaptionDigits()
    part, vocab = split(task, "train"), task.signature().outputs.vocab
    assert isinstance(task.signature().outputs, Continuation)
    assert vocab == 1 + len(LETTERS)
    assert not part.inputs[:, 1:, :-vocab].any()
    assert not part.inputs[:, 0, -vocab:].any()
    for row, targets, length in zip(part.inputs, part.targets, part.lengths, strict=True):
        assert row[1:length, -vocab:].argmax(1).tolist() == targets[: length - 1].tolist()
        assert not row[length:].any()


def test_the_signature_holds_the_longest_caption():
    for task, longest in (
        (CaptionDigits(2), 12),
        (CaptionDigits(1), 6),
        (CaptionDigits(3, False), 4),
    ):
        assert task.signature().length == longest
        assert max(split(task, "train", 2000).lengths) == longest


def test_each_split_has_pictures_of_its_own():
    shown = {}
    for role in ("train", "valid", "test"):
        own, _ = pictures.digits_of(role)
        task = CaptionDigits(1, False)
        shown[role] = {tuple(row[0, :64]) for row in split(task, role, 3000).inputs}
        assert shown[role] <= {tuple(one.ravel()) for one in own}
    assert not shown["train"] & shown["test"]
    assert not shown["train"] & shown["valid"]


def test_the_blind_one_says_what_is_said_most_and_does_not_look():
    task = CaptionDigits(2, False)
    train, test = split(task, "train", 2000), split(task, "test", 300, 1)
    lesson = Lesson(task.signature(), train, train, Recipe(), np.random.default_rng(0))
    model = task.baselines()["blind"](lesson)
    own = found(task.signature(), model.predict, test)
    assert len({tuple(row) for row in own}) == 1
    assert exact_match(wanted(task.signature(), test), own) < 2 * task.chance()["exact_match"]
    logs = model.predict(test.inputs, test.lengths)
    assert logs.shape == (*test.inputs.shape[:2], 11)
    firsts = [row[0] for row in wanted(task.signature(), train)]
    share = np.bincount(firsts, minlength=11) / len(train)
    np.testing.assert_allclose(np.exp(logs[0, 0]) / np.exp(logs[0, 0]).sum(), share, atol=1e-3)


@pytest.mark.parametrize("digits", [0, 21])
def test_what_cannot_be_is_refused(digits):
    with pytest.raises(SeqbenchError, match=f"caption_digits.digits is {digits}; it takes 1 to 20"):
        CaptionDigits(digits)


def test_captions_are_measured_freely_by_greedy_and_by_a_beam(tmp_path):
    (tmp_path / "tiny.yaml").write_text(
        "suite: tiny\nseeds: 1\nexecutor: inline\ntrain: {examples: 64}\n"
        "sizes: {train: 64, valid: 16, test: 16}\ntasks: [caption_digits: {spelled: false}]\n"
        "architectures: [rnn]\n"
    )
    done = seqbench("run", "tiny.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    records = list(Store(tmp_path / "results/tiny").records())
    assert {record["status"] for record in records} == {"ok"}
    assert len(records) == 3  # the two baselines and the network
    for record in records:
        told = {
            (one["name"], one["at"].get("beam", 1))
            for one in record["measurements"]
            if one["split"] == "test"
        }
        assert told == {
            *(("exact_match", 1), ("exact_match", 4), ("token_error_rate", 1)),
            *(("token_error_rate", 4), ("accuracy", 1), ("cross_entropy", 1)),
        }
