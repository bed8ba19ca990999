"""Which language is it? Names of countries, languages, scripts and currencies, letter by letter."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar

import numpy as np

from seqbench import Role, SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits import cldr
from seqbench.kits.characters import Alphabet, labelled, share_of_each
from seqbench.kits.linear import bag

LONGEST = 24  # letters of a name; longer ones are left out


@dataclass(frozen=True)
class LanguageId(Task):
    """The language of some `names`, divided by semicolons, told at the last letter.

    Names of countries, languages, scripts and currencies; one that two of the `languages` write
    alike is left out, and so is one of more than 24 letters. What has a name in train has none in
    valid or test, in any language: a name is known by how its language writes, not by heart.
    """

    name = "language_id"
    source = "Unicode CLDR (Unicode licence) as Babel (BSD-3-Clause) carries it"
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=4700, valid=600, test=500)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 8}
    languages: str = "en de fr es it pt nl sv"
    names: int = 1  # in each text

    def __post_init__(self) -> None:
        cldr.listed(self.name, "languages", self.languages, least=2)
        if self.names < 1:
            raise SeqbenchError(f"language_id.names is {self.names}; it takes 1 or more")

    def signature(self) -> Signature:
        vocab = alphabet(self.languages).vocab
        steps = self.names * (LONGEST + 2) - 2
        languages = Tokens(len(self.languages.split()))
        return Signature(Tokens(vocab), languages, steps, causal=False, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        """n texts; of one name each, at most as many as there are."""
        pools, letters = pool(self.languages, role), alphabet(self.languages)
        known = [(which, name) for which, names in enumerate(pools) for name in names]
        first = [known[at] for at in rng.permutation(len(known))]
        if self.names > 1:
            first = [known[at] for at in rng.integers(0, len(known), n)]
        texts = []
        for which, name in first[:n]:
            others = rng.integers(0, len(pools[which]), self.names - 1)
            texts.append("; ".join([name, *(pools[which][at] for at in others)]))
        rows = [letters.tokens(text) for text in texts]
        return labelled(rows, [which for which, _ in first[:n]], self.signature().length)

    def checksum(self) -> str:
        return cldr.digest(self.name, [pool(self.languages, role) for role in ("train", "test")])

    def chance(self) -> Mapping[str, float]:
        languages = len(self.languages.split())
        return {"accuracy": 1 / languages, "cross_entropy": log(languages)}

    def baselines(self):
        letters = share_of_each(self.signature().inputs.channels)
        return {**super().baselines(), "bag_of_letters": bag(letters)}


@cache
def pool(languages: str, role: Role) -> tuple[tuple[str, ...], ...]:
    """The role's names that one of the languages alone has, language by language."""
    known = cldr.names_apart(LanguageId.name, "languages", languages, LONGEST)
    often = Counter(name for pairs in known.values() for _, name in pairs)
    own: list[list[str]] = [[] for _ in languages.split()]
    for place, name in known[role]:
        if often[name] == 1:
            own[place].append(name)
    return tuple(map(tuple, own))


@cache
def alphabet(languages: str) -> Alphabet:
    """The letters of the names of train."""
    return Alphabet.of(["; ", *(name for names in pool(languages, "train") for name in names)])


@hookimpl
def tasks() -> list[type[Task]]:
    return [LanguageId]
