import json
import os

import numpy as np
import pytest

from seqbench import Lesson, Missing, Recipe, SeqbenchError
from seqbench.kits.characters import OTHER
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import text_file
from seqbench_plugins.tasks.text_file import TextFile

ROLES = ("train", "valid", "test")
ALL = 10**6


def lay(folder, name, rows):
    path = folder / name
    lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
    path.write_text("\n".join(lines))
    return str(path)


ROWS = [(f"{'aha' if at % 3 else 'oho'} {at}", "up" if at % 3 else "down") for at in range(400)]


@pytest.fixture
def own(tmp_path):
    return TextFile(file=lay(tmp_path, "own.jsonl", ROWS), length=12)


def told(task, role, n=ALL, seed=0):
    """(text, label) of each example, as they read."""
    letters = text_file.alphabet(task.rows("train"))
    split = task.split(role, n, np.random.default_rng(seed))
    assert split.lengths.tolist() == (split.inputs > 0).sum(1).tolist()
    labels = [task.labels()[at] for at in split.targets[split.mask]]
    return list(zip(map(letters.text, split.inputs), labels, strict=True))


def test_every_row_stands_in_one_split(own):
    drawn = [pair for role in ROLES for pair in told(own, role)]
    assert sorted(drawn) == sorted(ROWS)
    assert len(told(own, "train")) > 280 and min(len(told(own, role)) for role in ROLES) > 20
    assert len(told(own, "train", 7)) == 7


def test_the_order_of_the_file_moves_no_text_to_another_split(own, tmp_path):
    other = TextFile(file=lay(tmp_path, "other.jsonl", ROWS[::-1]), length=12)
    for role in ROLES:
        assert sorted(told(own, role)) == sorted(told(other, role))


def test_equal_texts_stand_on_one_side(tmp_path):
    rows = [(text, label) for text, _ in ROWS for label in ("x", "y")]
    task = TextFile(file=lay(tmp_path, "twice.jsonl", rows), length=12)
    train, test = ({text for text, _ in told(task, role)} for role in ("train", "test"))
    assert not train & test


def test_a_test_file_is_test_and_nothing_else_is(own, tmp_path):
    test = lay(tmp_path, "test.csv", [])
    (tmp_path / "test.csv").write_text('label,text\nup,"aha, Ω"\ndown,oho\n')
    task = TextFile(file=own.file, test_file=test, length=12)
    assert sorted(told(task, "test")) == [("aha� �", "up"), ("oho", "down")]  # no comma in train
    assert sorted(told(task, "train") + told(task, "valid")) == sorted(ROWS)
    assert OTHER in task.split("test", 2, np.random.default_rng(0)).inputs


def test_a_label_that_train_lacks_is_told_with_its_place(own, tmp_path):
    test = lay(tmp_path, "test.jsonl", [("aha", "up"), ("hm", "sideways")])
    task = TextFile(file=own.file, test_file=test)
    for ask in (task.signature, lambda: task.split("test", 5, np.random.default_rng(0))):
        with pytest.raises(SeqbenchError) as slip:
            ask()
        assert str(slip.value) == (
            f"text_file.test_file: {test}, row 2: the label 'sideways' is not among those of "
            f"{own.file}: down, up"
        )


def test_long_texts_are_cut(tmp_path):
    rows = [("é" * at + "z", str(at % 2)) for at in range(1, 200)]
    file = lay(tmp_path, "long.jsonl", rows)
    chars, raw = (TextFile(file=file, length=10, level=level) for level in ("chars", "bytes"))
    for task in (chars, raw):
        split = task.split("train", ALL, np.random.default_rng(0))
        assert split.inputs.shape[1] == 10 and split.lengths.max() == 10
        last = split.inputs[np.arange(len(split)), split.lengths - 1]
        assert (split.mask.argmax(1) == split.lengths - 1).all() and last.min() > 0
    assert chars.signature().inputs.vocab == 4 + 2 and raw.signature().inputs.vocab == 4 + 256
    one = raw.tokens("é")
    assert one == [4 + 0xC3, 4 + 0xA9]


def test_a_bag_of_letters_knows_what_letters_tell(own):
    train, valid, test = (own.split(role, ALL, np.random.default_rng(0)) for role in ROLES)
    lesson = Lesson(own.signature(), train, valid, Recipe(), np.random.default_rng(0))
    model = own.baselines()["bag_of_letters"](lesson)
    assert accuracy(test, model.predict(test.inputs, test.lengths)) > 0.97
    longer = np.pad(test.inputs, [(0, 0), (0, 3)])
    np.testing.assert_array_equal(
        model.predict(longer, test.lengths)[:, :12], model.predict(test.inputs, test.lengths)
    )


def test_the_checksum_is_of_the_rows(own, tmp_path):
    before = own.checksum()
    assert before == own.checksum()
    lay(tmp_path, "own.jsonl", [*ROWS[:-1], ("changed", "up")])
    os.utime(own.file, (1, 1))
    assert own.checksum() != before
    both = TextFile(file=own.file, test_file=own.file)
    assert both.checksum() != own.checksum()


def test_slips_are_told(tmp_path):
    with pytest.raises(Missing, match=r"text_file\.file is not set"):
        TextFile().signature()
    with pytest.raises(SeqbenchError, match=r"text_file\.length is 0; it takes 1 or more"):
        TextFile(length=0)
    with pytest.raises(SeqbenchError, match="has only the label 'x'; it takes two or more"):
        TextFile(file=lay(tmp_path, "one.jsonl", [("a", "x"), ("b", "x")])).signature()
    few = TextFile(file=lay(tmp_path, "few.jsonl", [("a", "x"), ("b", "y")]))
    with pytest.raises(SeqbenchError, match=r"of the 2 rows of .*few\.jsonl none falls to test"):
        few.split("test", 1, np.random.default_rng(0))


def test_of_very_many_letters_the_commonest_are_known(tmp_path, monkeypatch):
    monkeypatch.setattr(text_file, "MOST_LETTERS", 3)
    task = TextFile(file=lay(tmp_path, "rich.jsonl", ROWS + [("aaaa oooo" * 9, "up")] * 9))
    assert task.signature().inputs.vocab == 4 + 3
    assert set("ao ") >= set(text_file.alphabet(task.rows("train")).letters) - {"h"}
