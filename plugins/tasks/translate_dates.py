"""A date as people write it, in ten languages, to the form that machines sort."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import cache
from itertools import product
from math import log
from typing import ClassVar
from unicodedata import normalize

import numpy as np

from seqbench import (
    Continuation,
    Lesson,
    Model,
    Role,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench.kits import cldr
from seqbench.kits.characters import (
    END,
    SEP,
    Alphabet,
    by_place,
    continuations,
    numbers_apart,
    place_after,
    prompts_of,
)

FORMATS = ("full", "long", "medium", "d MMM y", "EEE d MMMM y", "MMMM d, y", "y MMM dd")
DAY_ZERO, DAYS = date(1900, 1, 1), 73_049  # up to the end of 2099
ISO = 10  # characters
SURE = 0.99  # what the baseline gives the token it says


@dataclass(frozen=True)
class TranslateDates(Task):
    """`13 lip 1914` to 1914-07-13: read a date character by character, then write it.

    Prefix form: the date, a separator, the ISO date, an end. A date of 1900 to 2099 is written as
    one of the `locales` would, in one of seven formats that name the year in full, so that it has
    one right answer. The days of train, valid and test are disjoint, whatever their spelling.
    """

    name = "translate_dates"
    source = "Unicode CLDR (Unicode licence) as Babel (BSD-3-Clause) formats it"
    metrics = ("exact_match", "token_error_rate", "cross_entropy")
    sizes = Sizes(train=20_000, valid=200, test=500)
    recipe: ClassVar = {"examples": 40_000, "evaluations": 8, "patience": 0}
    locales: str = "en de fr es it pt nl sv pl fi"

    def __post_init__(self) -> None:
        cldr.listed(self.name, "locales", self.locales)

    def signature(self) -> Signature:
        alphabet, longest = written(self.locales)
        vocab = alphabet.vocab
        steps = longest + 1 + ISO
        return Signature(Tokens(vocab), Continuation(vocab, END), steps, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        names = self.locales.split()
        alphabet, longest = written(self.locales)
        days = numbers_apart(role, n, DAYS, rng)
        locales = rng.integers(0, len(names), n).tolist()
        formats = rng.integers(0, len(FORMATS), n).tolist()
        prompts, answers = [], []
        for day, which, form in zip(days, locales, formats, strict=True):
            when = DAY_ZERO + timedelta(days=day)
            prompts.append([*alphabet.tokens(text(when, FORMATS[form], names[which])), SEP])
            answers.append(alphabet.tokens(when.isoformat()))
        return continuations(prompts, answers, longest + 1 + ISO)

    def oracle(self, split: Split) -> np.ndarray:
        """By looking for the one day that is so written."""
        alphabet, _ = written(self.locales)
        right = []
        for prompt in prompts_of(split.inputs):
            source = alphabet.text(prompt)
            days = {day for day in days_with(source) if source in texts(day, self.locales)}
            if len(days) != 1:
                found = ", ".join(sorted(map(str, days))) or "no day"
                raise SeqbenchError(f"translate_dates: {source!r} may be {found} in {self.locales}")
            right.append([*alphabet.tokens(days.pop().isoformat()), END])
        place = place_after(split.inputs).clip(0, ISO)
        return np.eye(alphabet.vocab)[np.take_along_axis(np.array(right), place, axis=1)]

    def checksum(self) -> str:
        return cldr.digest(self.name, survey(self.locales))

    def chance(self) -> Mapping[str, float]:
        return {"exact_match": 1 / DAYS, "cross_entropy": log(self.signature().outputs.channels)}

    def baselines(self):
        alphabet, _ = written(self.locales)
        copied = {"copied_digits": lambda lesson: copied_digits(lesson, alphabet)}
        return {**super().baselines(), "by_place": by_place, **copied}


@cache
def survey(locales: str) -> tuple[str, ...]:
    """Every month, weekday and width of a day, in every format of every locale."""
    days = [date(2027, month, day) for month in range(1, 13) for day in (1, 2, *range(22, 29))]
    names = locales.split()
    return tuple(text(day, form, name) for day in days for form in FORMATS for name in names)


@cache
def written(locales: str) -> tuple[Alphabet, int]:
    """The letters of all dates, and how many the longest has."""
    texts = survey(locales)
    return Alphabet.of([*texts, "0123456789-"]), max(map(len, texts))


def days_with(source: str) -> set[date]:
    """The days whose year and day of the month are among the numbers in a text."""
    numbers = {int(one) for one in re.findall("[0-9]+", source)}
    years, others = (sorted(one for one in numbers if (one > 31) == big) for big in (True, False))
    found = set()
    for year, month, day in product(years, range(1, 13), others):
        if MINYEAR <= year <= MAXYEAR and 1 <= day <= monthrange(year, month)[1]:
            found.add(date(year, month, day))
    return found


@cache
def texts(day: date, locales: str) -> frozenset[str]:
    """A day in every format of every locale."""
    return frozenset(text(day, form, name) for form in FORMATS for name in locales.split())


def text(when: date, form: str, name: str) -> str:
    """A date as a locale writes it."""
    known = parsed(name)
    from babel.dates import format_date  # Babel is there, or its lack was told

    return normalize("NFC", format_date(when, form, locale=known))


@cache
def parsed(name: str):
    return cldr.locale(TranslateDates.name, "locales", name)


def copied_digits(lesson: Lesson, alphabet: Alphabet) -> Model:
    """The year and the day as they stand in the source, and the month only where it is a number.

    Otherwise the month is 01: what can be known without a word of any language.
    """
    vocab = alphabet.vocab
    sure, rest = log(SURE), log((1 - SURE) / (vocab - 1))

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        said = [alphabet.tokens(copied(alphabet.text(row))) for row in prompts_of(inputs)]
        rows = np.array([[*one, END] for one in said])  # (N, 11)
        place = place_after(inputs).clip(0, ISO)
        answers = np.full((*inputs.shape, vocab), rest)
        np.put_along_axis(answers, np.take_along_axis(rows, place, 1)[..., None], sure, axis=2)
        return answers

    return Model(predict, 0)


def copied(source: str) -> str:
    """An ISO date of the numbers in a text: four digits are the year, what else comes, day first.

    >>> copied("3.5.1978"), copied("May 13, 1978")
    ('1978-05-03', '1978-01-13')
    """
    numbers = "".join(one if one in "0123456789" else " " for one in source).split()
    year = next((one for one in numbers if len(one) == 4), "2000")
    day, month = [one for one in [*numbers, "1", "1"] if len(one) <= 2][:2]
    return f"{year}-{month:>02}-{day:>02}"


@hookimpl
def tasks() -> list[type[Task]]:
    return [TranslateDates]
