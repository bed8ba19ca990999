"""Number words to digits, or digits to words, in any language that num2words speaks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import log
from typing import ClassVar, Literal

import numpy as np

from seqbench import (
    Continuation,
    Missing,
    Role,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench.kits.characters import (
    END,
    SEP,
    Alphabet,
    by_place,
    continuations,
    numbers_apart,
    prompts_of,
)

LARGEST = 6  # digits
LOOKED_UP = 4  # digits, up to which the oracle knows every number's words
HARD = 30  # of the numbers below 1000, those with the most letters
SPARE = 4  # letters that a number may have beyond those that were looked at


@dataclass(frozen=True)
class TranslateNumbers(Task):
    """`two hundred and four` to 204, or the other way, character by character.

    Prefix form: the source, a separator, the target, an end. Numbers below 10^digits are drawn
    evenly, and those of train, valid and test are disjoint: new numbers are to be read from
    known words.
    """

    name = "translate_numbers"
    source = "num2words (Savoir-faire Linux and others, LGPL-2.1)"
    metrics = ("exact_match", "token_error_rate", "cross_entropy")
    sizes = Sizes(train=6000, valid=200, test=500)
    recipe: ClassVar = {"examples": 30_000, "evaluations": 8, "patience": 0}
    language: str = "en"
    digits: int = 4  # at most
    to: Literal["digits", "words"] = "digits"

    def __post_init__(self) -> None:
        if not 2 <= self.digits <= LARGEST:
            raise SeqbenchError(
                f"translate_numbers.digits is {self.digits}; it takes 2 to {LARGEST}"
            )

    def signature(self) -> Signature:
        alphabet, longest = spoken(self.language, self.digits)
        steps = longest + 1 + self.digits
        vocab = alphabet.vocab
        return Signature(Tokens(vocab), Continuation(vocab, END), steps, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        numbers = numbers_apart(role, n, 10**self.digits, rng)
        pairs = [(words(number, self.language), str(number)) for number in numbers]
        if self.to == "words":
            pairs = [(digits, said) for said, digits in pairs]
        return self.laid(pairs)

    def laid(self, pairs: list[tuple[str, str]]) -> Split:
        """Sources and targets in prefix form."""
        alphabet, longest = spoken(self.language, self.digits)
        for said in sum(pairs, ()):
            if len(said) > longest:
                raise SeqbenchError(f"translate_numbers: {said!r} is longer than {longest}")
        prompts = [[*alphabet.tokens(source), SEP] for source, _ in pairs]
        answers = [alphabet.tokens(target) for _, target in pairs]
        return continuations(prompts, answers, longest + 1 + self.digits)

    def oracle(self, split: Split) -> np.ndarray | None:
        alphabet, _ = spoken(self.language, self.digits)
        sources = [alphabet.text(row) for row in prompts_of(split.inputs)]
        if self.to == "words":
            targets = [words(int(source), self.language) for source in sources]
        elif self.digits <= LOOKED_UP:
            known = {words(n, self.language): str(n) for n in range(10**self.digits)}
            targets = [known[source] for source in sources]
        else:
            return None
        right = self.laid(list(zip(sources, targets, strict=True))).targets
        return np.eye(alphabet.vocab)[right]

    def checksum(self) -> str:
        texts = survey(self.language, self.digits)
        return hashlib.sha256(f"num2words {installed()} {texts!r}".encode()).hexdigest()

    def chance(self) -> Mapping[str, float]:
        vocab = self.signature().outputs.channels
        return {"exact_match": 10.0**-self.digits, "cross_entropy": log(vocab)}

    def baselines(self):
        return {**super().baselines(), "by_place": by_place}


def installed() -> str:
    """The version of num2words; Missing where there is none."""
    try:
        return version("num2words")
    except PackageNotFoundError:
        raise Missing(
            "translate_numbers needs num2words; bring it with `pip install 'seqbench[data]'`"
        ) from None


@cache
def words(number: int, language: str) -> str:
    """The number as it is said; SeqbenchError where the language or the number is not known."""
    installed()
    from num2words import CONVERTER_CLASSES, num2words

    if language not in CONVERTER_CLASSES:
        known = ", ".join(sorted(CONVERTER_CLASSES))
        raise SeqbenchError(f"translate_numbers.language is {language!r}; num2words knows {known}")
    try:
        return num2words(number, lang=language).strip()
    except Exception as error:  # a language that lacks a part of it says so in many ways
        raise SeqbenchError(
            f"translate_numbers: num2words cannot say {number} in {language!r} "
            f"({type(error).__name__}: {error})"
        ) from None


@cache
def survey(language: str, digits: int) -> tuple[str, ...]:
    """How numbers are said: all below 1000, and the longest of them as thousands and rest."""
    most = 10**digits
    small = [words(number, language) for number in range(min(1000, most))]
    hard = sorted(range(len(small)), key=lambda number: -len(small[number]))[:HARD]
    thousands = range(most // 1000) if digits == LOOKED_UP else hard
    joined = [head * 1000 + rest for head in thousands for rest in (0, *hard)]
    return (*small, *(words(number, language) for number in joined if number < most))


@cache
def spoken(language: str, digits: int) -> tuple[Alphabet, int]:
    """The letters of all numbers, and how many the longest has at most."""
    texts = survey(language, digits)
    return Alphabet.of([*texts, "0123456789"]), max(map(len, texts)) + SPARE


@hookimpl
def tasks() -> list[type[Task]]:
    return [TranslateNumbers]
