import sys
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from seqbench import Missing, SeqbenchError
from seqbench_plugins.tasks import translate_numbers
from seqbench_plugins.tasks.translate_numbers import TranslateNumbers, words

pytest.importorskip("num2words")
ROLES = ("train", "valid", "test")


def pairs(task, role, n, seed=0):
    """Sources and targets as they read."""
    letters, _ = translate_numbers.spoken(task.language, task.digits)
    split = task.split(role, n, np.random.default_rng(seed))
    rows = [letters.text(row[:long]) for row, long in zip(split.inputs, split.lengths, strict=True)]
    return [tuple(row.split("�")) for row in rows]


@pytest.mark.parametrize(
    ("number", "language", "said"),
    [
        (204, "en", "two hundred and four"),
        (1971, "fr", "mille neuf cent soixante et onze"),
        (42, "de", "zweiundvierzig"),
        (81, "fr_CH", "huitante et un"),
        (0, "es", "cero"),
    ],
)
def test_numbers_as_they_are_said(number, language, said):
    assert words(number, language) == said


SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def value(said):
    """What English words say, by reading them: a second way back."""
    total = group = 0
    for word in said.replace(",", "").replace("-", " ").split():
        if word == "thousand":
            total, group = total + 1000 * group, 0
        elif word == "hundred":
            group *= 100
        elif word in TENS:
            group += 10 * (TENS.index(word) + 2)
        elif word != "and":
            group += SMALL.index(word)
    return total + group


@pytest.mark.parametrize("digits", [2, 4, 6])
@pytest.mark.parametrize("to", ["digits", "words"])
def test_every_target_is_what_its_source_says(digits, to):
    for one, other in pairs(TranslateNumbers(digits=digits, to=to), "train", 300):
        said, number = (one, other) if to == "digits" else (other, one)
        assert str(value(said)) == number
        assert int(number) < 10**digits


@pytest.mark.parametrize("digits", [2, 4])
def test_numbers_of_the_splits_are_disjoint(digits):
    seen = {
        role: {n for _, n in pairs(TranslateNumbers(digits=digits), role, 2000)} for role in ROLES
    }
    assert not seen["train"] & seen["test"] and not seen["train"] & seen["valid"]
    assert not seen["valid"] & seen["test"]


def test_the_vocabulary_is_known_before_anything_is_drawn():
    """It is the same in both directions, and every number below 10,000 is in it."""
    one, other = (TranslateNumbers(to=to).signature() for to in ("digits", "words"))
    assert one == other
    letters, longest = translate_numbers.spoken("en", 4)
    every = [words(number, "en") for number in range(10_000)]
    assert set("".join(every)) <= set(letters.letters)
    assert max(map(len, every)) == longest - translate_numbers.SPARE


@pytest.mark.parametrize("language", ["de", "fr", "pl", "ja", "tr"])
def test_languages_have_room_for_the_numbers_that_were_not_looked_at(language):
    task = TranslateNumbers(language=language, digits=6)
    for said, number in pairs(task, "train", 200):
        assert words(int(number), language) == said


def test_the_oracle_reads_words_and_says_digits():
    rng = np.random.default_rng(0)
    for to in ("digits", "words"):
        task = TranslateNumbers(to=to, digits=3)
        split = task.split("test", 30, rng)
        assert (task.oracle(split).argmax(-1) == split.targets)[split.mask].all()
    far = TranslateNumbers(digits=6)
    assert far.oracle(far.split("test", 3, rng)) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"language": "xx"}, r"translate_numbers\.language is 'xx'; num2words knows am, ar"),
        ({"digits": 1}, r"translate_numbers\.digits is 1; it takes 2 to 6"),
        ({"digits": 7}, r"translate_numbers\.digits is 7; it takes 2 to 6"),
    ],
)
def test_slips_are_told(settings, said):
    with pytest.raises(SeqbenchError, match=said):
        TranslateNumbers(**settings).signature()


def test_the_checksum_is_of_the_version(monkeypatch):
    before = TranslateNumbers(digits=2).checksum()
    assert before == TranslateNumbers(digits=2).checksum()
    assert before != TranslateNumbers(digits=2, language="de").checksum()
    monkeypatch.setattr(translate_numbers, "version", lambda name: "0.0")
    assert TranslateNumbers(digits=2).checksum() != before


def test_without_num2words_it_says_how_to_bring_it(monkeypatch):
    def none(name):
        raise PackageNotFoundError(name)

    for kept in (words, translate_numbers.survey, translate_numbers.spoken):
        kept.cache_clear()
    monkeypatch.setattr(translate_numbers, "version", none)
    monkeypatch.setitem(sys.modules, "num2words", None)
    with pytest.raises(Missing, match=r"needs num2words.*pip install 'seqbench\[data\]'"):
        TranslateNumbers().signature()
