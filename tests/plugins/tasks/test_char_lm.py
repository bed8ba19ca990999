import hashlib
import math
import re
from collections import Counter

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench_plugins.metrics.cross_entropy import bits
from seqbench_plugins.tasks import char_lm
from seqbench_plugins.tasks.char_lm import CharLM

ALL = 10**6


def split(task, role, n=ALL, seed=0):
    return task.split(role, n, np.random.default_rng(seed))


def decoded(task, part):
    """Back to characters; the unknown symbol is a question mark in a box."""
    letters = ["�", *map(chr, char_lm.vocabulary(task.text()))]
    return "".join(letters[symbol] for symbol in part)


def counted(task, part):
    return decoded(task, part.targets[part.mask])


def test_valid_and_test_count_each_character_once_and_in_order():
    task = CharLM()
    text, known = task.text(), set(map(chr, char_lm.vocabulary(task.text())))
    a, b = round(0.8 * len(text)), round(0.9 * len(text))
    for role, stretch in (("valid", text[a:b]), ("test", text[b:])):
        plain = "".join(c if c in known else "�" for c in stretch)
        assert counted(task, split(task, role)) == plain[1:]


def test_targets_are_the_next_inputs():
    for role in ("train", "test"):
        part = split(CharLM(), role, 50)
        assert (part.inputs[:, 1:] == part.targets[:, :-1]).all()


def test_train_windows_come_from_the_first_part_and_follow_the_rng():
    task = CharLM()
    windows = split(task, "train", 200)
    start = task.text()[: round(0.8 * len(task.text()))]
    texts = [decoded(task, row) for row in windows.inputs]
    assert all(t in start for t in texts if "�" not in t)
    assert len(set(texts)) > 190
    assert (windows.inputs == split(task, "train", 200).inputs).all()
    assert (windows.inputs != split(task, "train", 200, seed=1).inputs).any()


def test_fewer_windows_are_spread_over_the_whole_part():
    few, whole = split(CharLM(), "test", 10), split(CharLM(), "test")
    assert len(few) == 10
    for at, row in ((0, 0), (-1, -1)):
        assert (few.inputs[at] == whole.inputs[row]).all()


def test_no_long_paragraph_stands_in_train_and_in_test():
    text = CharLM().text()
    a, b = round(0.8 * len(text)), round(0.9 * len(text))
    train, test = (set(re.split(r"\n\s*\n", part)) for part in (text[:a], text[b:]))
    assert len(train) > 500
    assert not train & test


def test_the_checksum_is_of_the_text():
    task = CharLM()
    assert task.checksum() == hashlib.sha256(task.text().encode()).hexdigest()
    assert len(task.text()) > 300_000


@pytest.fixture
def own(tmp_path):
    """A text of 2,000 characters in which the last tenth has a letter that train has not."""
    file = tmp_path / "own.txt"
    file.write_text("ab\r\n" * 450 + "aZ\r\n" * 50, newline="")
    return CharLM(length=8, file=str(file))


def test_a_text_of_ones_own_with_an_unknown_letter(own):
    assert own.text() == "ab\n" * 450 + "aZ\n" * 50  # 1,500 characters
    assert own.signature().inputs.vocab == 4  # newline, a, b, unknown
    assert counted(own, split(own, "test")) == ("a�\n" * 50)[1:]


def test_a_changed_file_is_read_again(own, tmp_path):
    before = own.checksum()
    (tmp_path / "own.txt").write_text("xyz" * 400)
    assert own.checksum() != before


def test_baselines_are_what_counting_by_hand_gives(own):
    train, test = split(own, "train", 300), split(own, "test")
    lesson = Lesson(own.signature(), train, train, Recipe(), np.random.default_rng(0))
    seen = Counter()
    pairs = Counter()
    for inputs, targets in zip(train.inputs.tolist(), train.targets.tolist(), strict=True):
        seen.update(targets)
        pairs.update(zip(inputs, targets, strict=True))
    total, vocab = sum(seen.values()), 4
    left = Counter()
    for (a, _), n in pairs.items():
        left[a] += n

    def alone(b):
        return (seen[b] + 1) / (total + vocab)

    def after(a, b):
        smooth = char_lm.SMOOTHING
        return (pairs[a, b] + smooth * alone(b)) / (left[a] + smooth)

    steps = [(a, b) for a, b in zip(test.inputs[test.mask], test.targets[test.mask], strict=True)]
    wanted = {
        "unigram": -sum(math.log2(alone(b)) for _, b in steps) / len(steps),
        "bigram": -sum(math.log2(after(a, b)) for a, b in steps) / len(steps),
    }
    for name, baseline in own.baselines().items():
        model = baseline(lesson)
        scores = model.predict(test.inputs, None)
        assert scores.shape == (*test.inputs.shape, 4)
        assert bits(test, scores) == pytest.approx(wanted[name], abs=1e-9)


def test_the_bigram_beats_the_unigram_on_the_bundled_text():
    task = CharLM()
    train, test = split(task, "train", 2000), split(task, "test")
    lesson = Lesson(task.signature(), train, test, Recipe(), np.random.default_rng(0))
    scores = {
        name: bits(test, fit(lesson).predict(test.inputs, None))
        for name, fit in task.baselines().items()
    }
    assert scores["bigram"] + 0.5 < scores["unigram"] < task.chance()["bits_per_character"]


def test_slips_are_told(tmp_path):
    missing, latin, short = (tmp_path / name for name in ("missing", "latin", "short"))
    latin.write_bytes(b"one\ntwo\n" + "é".encode("latin-1") * 1000)
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    short.write_text("x" * 600)
    for file, hint in (
        (missing, "missing cannot be read \\(No such file"),
        (tmp_path, "cannot be read \\(Is a directory"),
        (latin, "latin, line 3: this is not UTF-8; it takes a UTF-8 text"),
        ("a\0b", "cannot be read \\(.*null"),
        (empty, "empty has 0 characters; windows of 64 take 660 or more"),
        (short, "has 600 characters; windows of 64 take 660 or more"),
    ):
        with pytest.raises(SeqbenchError, match=hint):
            CharLM(file=str(file)).signature()
    with pytest.raises(SeqbenchError, match="length is 0"):
        CharLM(length=0)


@pytest.mark.parametrize("length", [1, 5, 64])
def test_the_shortest_text_is_enough(tmp_path, length):
    file = tmp_path / "least.txt"
    file.write_text("abcdefghij" * (length + 2))
    task = CharLM(length=length, file=str(file))
    for role in ("train", "valid", "test"):
        part = split(task, role, 20)
        assert part.inputs.shape[1] == length
        assert part.mask.any(axis=1).all()
