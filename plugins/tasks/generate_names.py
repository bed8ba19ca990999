"""From one token to many: a language in, a name of something in that language out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log2
from typing import ClassVar

import numpy as np

from seqbench import (
    Continuation,
    Lesson,
    Model,
    Role,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench.kits import cldr
from seqbench.kits.characters import END, Alphabet, continuations

LONGEST = 24  # letters of a name; longer ones are left out
SMOOTHING = 8.0  # observations that a coarser count stands for; chosen on valid


@dataclass(frozen=True)
class GenerateNames(Task):
    """Polish in; Antarktyda, or any other name, out, letter by letter up to an end.

    Names of countries, languages, scripts and currencies, of up to 24 letters.

    The one input is a token for one of the `languages`. Every name is a right answer, so an exact
    match means nothing and is not asked for: what counts is bits a character, the end included,
    on names never seen. What has a name in train has none in valid or test, in any language, as
    names are much alike in all of them. Each split gives its names once, in random order.
    """

    name = "generate_names"
    source = "Unicode CLDR (Unicode licence) as Babel (BSD-3-Clause) carries it"
    metrics = ("bits_per_character", "accuracy")
    sizes = Sizes(train=6000, valid=600, test=800)
    recipe: ClassVar = {"examples": 24_000, "evaluations": 8}
    languages: str = "en de fr es it pt nl sv pl fi"

    def __post_init__(self) -> None:
        cldr.listed(self.name, "languages", self.languages)

    def signature(self) -> Signature:
        vocab = alphabet(self.languages).vocab + len(self.languages.split())
        return Signature(Tokens(vocab), Continuation(vocab, END), LONGEST + 1, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        letters, known = alphabet(self.languages), pool(self.languages, role)
        some = [known[at] for at in rng.permutation(len(known))[:n]]
        prompts = [[letters.vocab + language] for language, _ in some]
        return continuations(prompts, [letters.tokens(name) for _, name in some], LONGEST + 1)

    def checksum(self) -> str:
        return cldr.digest(self.name, [pool(self.languages, role) for role in ("train", "test")])

    def chance(self) -> Mapping[str, float]:
        vocab = self.signature().outputs.channels
        return {"bits_per_character": log2(vocab), "accuracy": 1 / vocab}

    def baselines(self):
        return {**super().baselines(), "bigram": pairs, "bigram_of_language": pairs_of_language}


def pool(languages: str, role: Role) -> tuple[tuple[int, str], ...]:
    """The role's names, each with its language's place in the setting."""
    return cldr.names_apart(GenerateNames.name, "languages", languages, LONGEST)[role]


@cache
def alphabet(languages: str) -> Alphabet:
    """The letters of the names of train."""
    return Alphabet.of(name for _, name in pool(languages, "train"))


def pairs(lesson: Lesson) -> Model:
    """How often each letter followed the last one, drawn a little to how often it comes at all."""
    table = followers(lesson.train, lesson.io.outputs.channels)
    return Model(lambda inputs, lengths=None: np.log(table[inputs]), table.size)


def pairs_of_language(lesson: Lesson) -> Model:
    """The same for each language alone, drawn a little to what holds of all of them."""
    vocab, train = lesson.io.outputs.channels, lesson.train
    table = followers(train, vocab)
    known = np.unique(train.inputs[:, 0])
    counts = [counted(train, vocab, train.inputs[:, :1] == which) for which in known]
    own = np.stack([drawn_to(table, one) for one in counts])  # (languages, vocab, vocab)

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        place = np.searchsorted(known, inputs[:, :1]).clip(max=len(known) - 1)
        is_known = known[place] == inputs[:, :1]  # (N, 1)
        return np.log(np.where(is_known[..., None], own[place, inputs], table[inputs]))

    return Model(predict, own.size)


def followers(train: Split, vocab: int) -> np.ndarray:
    """Shares (vocab, vocab) of what follows each token."""
    counts = counted(train, vocab, True)
    alone = (counts.sum(axis=0) + 1) / (counts.sum() + vocab)
    return drawn_to(alone, counts)


def counted(train: Split, vocab: int, among: np.ndarray | bool) -> np.ndarray:
    """How often each token followed each one, among some steps (N, T): (vocab, vocab)."""
    here = train.mask & among
    both = train.inputs[here] * vocab + train.targets[here]
    return np.bincount(both, minlength=vocab**2).reshape(vocab, vocab)


def drawn_to(prior: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Shares of counts, as if a few more had come as the prior says."""
    return (counts + SMOOTHING * prior) / (counts.sum(axis=1, keepdims=True) + SMOOTHING)


@hookimpl
def tasks() -> list[type[Task]]:
    return [GenerateNames]
