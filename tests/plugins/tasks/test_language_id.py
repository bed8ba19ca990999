import sys

import numpy as np
import pytest

from seqbench import Lesson, Missing, Recipe, SeqbenchError
from seqbench.kits import cldr
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import language_id
from seqbench_plugins.tasks.language_id import LanguageId

babel = pytest.importorskip("babel")
ROLES = ("train", "valid", "test")
ALL = 10**6


def told(task, role, n=ALL, seed=0):
    """(text, language) of each example, as they read."""
    letters, languages = language_id.alphabet(task.languages), task.languages.split()
    split = task.split(role, n, np.random.default_rng(seed))
    texts = [letters.text(row) for row in split.inputs]
    return list(zip(texts, (languages[at] for at in split.targets[split.mask]), strict=True))


def every(language):
    known = babel.Locale.parse(language)
    tables = (known.languages, known.territories, known.scripts, known.currencies)
    return {name for table in tables for name in table.values()}


def test_each_text_is_a_name_of_its_language_and_of_no_other():
    languages = {language: every(language) for language in LanguageId.languages.split()}
    for text, language in told(LanguageId(), "train"):
        assert [which for which, names in languages.items() if text in names] == [language]


def test_names_of_the_splits_are_disjoint_and_given_once():
    names = {role: [text for text, _ in told(LanguageId(), role)] for role in ROLES}
    plain = {role: [n for n in some if "�" not in n] for role, some in names.items()}
    assert not set(plain["train"]) & set(plain["test"])
    assert not set(plain["train"]) & set(plain["valid"])
    for role in ROLES:
        assert len(set(plain[role])) == len(plain[role]) > 0.95 * len(names[role])


def test_several_names_are_of_one_language_and_one_role():
    task = LanguageId(names=3)
    single = {role: set(told(LanguageId(), role)) for role in ROLES}
    for role in ROLES:
        drawn = told(task, role, 200)
        assert len(drawn) == 200
        for text, language in drawn:
            parts = text.split("; ")
            assert len(parts) == 3 and {(one, language) for one in parts} <= single[role]
    assert task.signature().length == 3 * 24 + 4


def test_a_bag_of_letters_is_above_chance_and_knows_no_order():
    task, rng = LanguageId(), np.random.default_rng(0)
    train, valid, test = (task.split(role, ALL, rng) for role in ROLES)
    lesson = Lesson(task.signature(), train, valid, Recipe(), rng)
    model = task.baselines()["bag_of_letters"](lesson)
    scores = model.predict(test.inputs, test.lengths)
    mixed = test.inputs.copy()
    for row, long in zip(mixed, test.lengths, strict=True):
        row[:long] = rng.permutation(row[:long])
    np.testing.assert_allclose(model.predict(mixed, test.lengths), scores, atol=1e-9)
    assert 0.3 < accuracy(test, scores) < 0.75


def test_slips_and_lacks_are_told(monkeypatch):
    for settings, said in (
        ({"languages": "en"}, "2 or more different locales"),
        ({"names": 0}, "language_id.names is 0; it takes 1 or more"),
    ):
        with pytest.raises(SeqbenchError, match=said):
            LanguageId(**settings)
    for kept in (cldr.names, cldr.names_apart, language_id.pool, language_id.alphabet):
        kept.cache_clear()
    monkeypatch.setitem(sys.modules, "babel", None)
    with pytest.raises(Missing, match=r"language_id needs Babel.*pip install 'seqbench\[data\]'"):
        LanguageId().signature()


def test_the_checksum_is_of_babels_version(monkeypatch):
    before = LanguageId().checksum()
    monkeypatch.setattr(babel, "__version__", "0.0")
    assert LanguageId().checksum() != before
