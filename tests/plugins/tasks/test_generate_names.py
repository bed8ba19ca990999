import math
import sys
from collections import Counter

import numpy as np
import pytest

from seqbench import Lesson, Missing, Recipe, SeqbenchError
from seqbench.kits import cldr
from seqbench_plugins.metrics.cross_entropy import bits
from seqbench_plugins.tasks import generate_names
from seqbench_plugins.tasks.generate_names import GenerateNames

babel = pytest.importorskip("babel")
ROLES = ("train", "valid", "test")
ALL = 10**6


def named(task, role, n=ALL, seed=0):
    """(language, name) of each example, as they read."""
    letters, languages = generate_names.alphabet(task.languages), task.languages.split()
    split = task.split(role, n, np.random.default_rng(seed))
    assert (split.mask == (np.arange(25) < split.lengths[:, None])).all()
    return [
        (languages[row[0] - letters.vocab], letters.text(row[1:long]))
        for row, long in zip(split.inputs, split.lengths, strict=True)
    ]


def test_names_are_those_of_their_language():
    drawn = {pair for role in ROLES for pair in named(GenerateNames(), role)}
    assert {("pl", "Antarktyda"), ("de", "Österreich"), ("fi", "Itävalta")} <= drawn
    for language in ("en", "sv"):
        known = babel.Locale.parse(language)
        tables = (known.languages, known.territories, known.scripts, known.currencies)
        wanted = {name for table in tables for name in table.values() if len(name) <= 24}
        found = {name for which, name in drawn if which == language}
        plain = {name for name in found if "�" not in name}
        assert plain <= wanted and len(plain) > 0.93 * len(wanted)


def test_what_has_a_name_in_train_has_none_in_test():
    """Of all things that Babel names, in all languages; and no name stands on two sides."""
    roles_of = {}
    for role in ROLES:
        for pair in generate_names.pool(GenerateNames.languages, role):
            roles_of.setdefault(pair, set()).add(role)
    assert all(len(roles) == 1 for roles in roles_of.values())
    things = {}
    for at, language in enumerate(GenerateNames.languages.split()):
        known = babel.Locale.parse(language)
        for kind in ("languages", "territories", "scripts", "currencies"):
            for code, name in getattr(known, kind).items():
                things.setdefault((kind, code), set()).update(roles_of.get((at, name), ()))
    assert len(things) > 1000
    assert [thing for thing, roles in things.items() if len(roles) > 1] == []
    names = [{name for _, name in named(GenerateNames(), role)} for role in ("train", "test")]
    assert not {name for name in names[0] & names[1] if "�" not in name}


def test_each_split_gives_its_names_once():
    task = GenerateNames()
    for role in ROLES:
        names = Counter(named(task, role))
        assert Counter(named(task, role, seed=1)) == names
        assert len(task.split(role, 10, np.random.default_rng(0))) == 10
        whole = len(generate_names.pool(task.languages, role))
        assert sum(names.values()) == whole > getattr(GenerateNames.sizes, role)


def test_bigrams_are_what_counting_by_hand_gives():
    task = GenerateNames(languages="en fi")
    rng = np.random.default_rng(0)
    train, test = task.split("train", 300, rng), task.split("test", 100, rng)
    lesson = Lesson(task.signature(), train, train, Recipe(), rng)
    vocab, smooth = lesson.io.outputs.vocab, generate_names.SMOOTHING
    alone, after, of_language = Counter(), Counter(), Counter()
    for row, targets, mask in zip(train.inputs, train.targets, train.mask, strict=True):
        for a, b in zip(row[mask].tolist(), targets[mask].tolist(), strict=True):
            alone[b] += 1
            after[a, b] += 1
            of_language[row[0], a, b] += 1
    left, left_of = Counter(), Counter()
    for (a, _), n in after.items():
        left[a] += n
    for (which, a, _), n in of_language.items():
        left_of[which, a] += n

    def plain(a, b):
        base = (alone[b] + 1) / (alone.total() + vocab)
        return (after[a, b] + smooth * base) / (left[a] + smooth)

    def own(which, a, b):
        return (of_language[which, a, b] + smooth * plain(a, b)) / (left_of[which, a] + smooth)

    steps = [
        (int(test.inputs[row, 0]), int(test.inputs[row, step]), int(test.targets[row, step]))
        for row, step in zip(*np.nonzero(test.mask), strict=True)
    ]
    wanted = {
        "bigram": -sum(math.log2(plain(a, b)) for _, a, b in steps) / len(steps),
        "bigram_of_language": -sum(math.log2(own(*one)) for one in steps) / len(steps),
    }
    for name, value in wanted.items():
        scores = task.baselines()[name](lesson).predict(test.inputs, test.lengths)
        assert bits(test, scores) == pytest.approx(value, abs=1e-9)
        stranger = np.zeros_like(test.inputs)  # no language stands first
        assert np.isfinite(task.baselines()[name](lesson).predict(stranger, test.lengths)).all()


def test_the_language_says_something():
    task, rng = GenerateNames(), np.random.default_rng(0)
    train, test = task.split("train", 6000, rng), task.split("test", 800, rng)
    lesson = Lesson(task.signature(), train, train, Recipe(), rng)
    scores = {
        name: bits(test, fit(lesson).predict(test.inputs, test.lengths))
        for name, fit in task.baselines().items()
    }
    assert scores["bigram_of_language"] + 0.1 < scores["bigram"] < scores["majority"]


def test_slips_and_lacks_are_told(monkeypatch):
    with pytest.raises(SeqbenchError, match=r"generate_names\.languages: Babel has no locale 'xq'"):
        GenerateNames(languages="en xq").signature()
    with pytest.raises(SeqbenchError, match=r"generate_names\.languages is 'de de'"):
        GenerateNames(languages="de de")
    for kept in (cldr.names, cldr.names_apart, generate_names.alphabet):
        kept.cache_clear()
    monkeypatch.setitem(sys.modules, "babel", None)
    with pytest.raises(
        Missing, match=r"generate_names needs Babel.*pip install 'seqbench\[data\]'"
    ):
        GenerateNames().signature()


def test_the_checksum_is_of_babels_version(monkeypatch):
    before = GenerateNames().checksum()
    assert before == GenerateNames().checksum() != GenerateNames(languages="en de").checksum()
    monkeypatch.setattr(babel, "__version__", "0.0")
    assert GenerateNames().checksum() != before
