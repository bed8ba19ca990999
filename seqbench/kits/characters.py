"""Text as tokens: an alphabet, the prefix form of a translation, and parts that share nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from seqbench.contract.architecture import Lesson, Model
from seqbench.contract.data import Role, Split

PAD, OTHER, SEP, END = range(4)  # tokens that are no letter; OTHER is any unknown one
FIRST = 4  # the first letter's token


@dataclass(frozen=True)
class Alphabet:
    """Letters as tokens from FIRST on, in the order of their code points."""

    letters: str

    @staticmethod
    def of(texts: Iterable[str]) -> "Alphabet":
        """All letters of some texts."""
        return Alphabet("".join(sorted(set().union(*texts))))

    @property
    def vocab(self) -> int:
        """How many tokens there are."""
        return FIRST + len(self.letters)

    @cached_property
    def place(self) -> dict[str, int]:
        """Each letter's token."""
        return {letter: token for token, letter in enumerate(self.letters, FIRST)}

    def tokens(self, text: str) -> list[int]:
        """A text, letter by letter."""
        return [self.place.get(letter, OTHER) for letter in text]

    def text(self, tokens: Iterable[int]) -> str:
        """The inverse of `tokens`; padding is nothing, and every other token is a �."""
        return "".join(
            self.letters[token - FIRST] if FIRST <= token < self.vocab else "�"
            for token in tokens
            if token != PAD
        )


def part(key: str) -> Role:
    """Where what bears this key belongs: 8 of 10 in train, 1 in valid, 1 in test, for good."""
    tenth = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") % 10
    return "test" if tenth == 9 else "valid" if tenth == 8 else "train"


def numbers_apart(role: Role, n: int, below: int, rng: np.random.Generator) -> list[int]:
    """n whole numbers from 0 on that are the role's alone, each as likely; some may come twice."""
    found: list[int] = []
    while len(found) < n:
        drawn = rng.integers(0, below, n - len(found) + 16).tolist()
        found += [number for number in drawn if part(str(number)) == role]
    return found[:n]


def sequences(rows: Sequence[Sequence[int]], steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of tokens as (N, steps), padded at the end, and their lengths (N,)."""
    tokens = np.full((len(rows), steps), PAD, np.int64)
    for at, row in enumerate(rows):
        tokens[at, : len(row)] = row
    return tokens, np.array([len(row) for row in rows], np.int64)


def labelled(rows: Sequence[Sequence[int]], labels: Sequence[int], steps: int) -> Split:
    """Sequences with a label each, told at the last token."""
    tokens, lengths = sequences(rows, steps)
    mask = np.arange(steps) == lengths[:, None] - 1
    return Split(tokens, np.where(mask, np.array(labels)[:, None], 0), mask, lengths)


def continuations(
    prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]], steps: int
) -> Split:
    """Each answer and END after its prompt; counted from the prompt's last token on."""
    rows = [[*prompt, *answer, END] for prompt, answer in zip(prompts, answers, strict=True)]
    whole, lengths = sequences(rows, steps + 1)
    lengths -= 1  # nothing is told after the end
    start = np.array([len(prompt) for prompt in prompts])[:, None] - 1
    step = np.arange(steps)
    mask = (step >= start) & (step < lengths[:, None])
    inputs = np.where(step < lengths[:, None], whole[:, :-1], PAD)
    return Split(inputs, np.where(mask, whole[:, 1:], PAD), mask, lengths)


def prompts_of(inputs: np.ndarray) -> list[list[int]]:
    """What stands before each separator of (N, T), where there is one."""
    rows: list[list[int]] = inputs.tolist()
    return [row[: row.index(SEP)] if SEP in row else row for row in rows]


def place_after(inputs: np.ndarray) -> np.ndarray:
    """How many steps each step stands after the separator, (N, T); below 0 before it."""
    is_sep = inputs == SEP
    found = np.where(is_sep.any(axis=1), is_sep.argmax(axis=1), inputs.shape[1])
    places: np.ndarray = np.arange(inputs.shape[1]) - found[:, None]
    return places


def by_place(lesson: Lesson) -> Model:
    """A baseline: how often each token is at each place of an answer, whatever the source."""
    vocab, train = lesson.io.outputs.channels, lesson.train
    place = place_after(train.inputs)[train.mask]
    counts = np.zeros((int(place.max()) + 1, vocab))
    np.add.at(counts, (place, train.targets[train.mask]), 1)
    seen = counts.sum(axis=1, keepdims=True)
    scores = np.log((counts + 1 / vocab) / (seen + 1))

    def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        answers: np.ndarray = scores[place_after(inputs).clip(0, len(scores) - 1)]
        return answers

    return Model(predict, scores.size)


def share_of_each(vocab: int) -> Callable[[np.ndarray, np.ndarray | None], np.ndarray]:
    """A description for `kits.linear.bag`: each token's share of a sequence, (N, vocab)."""

    def describe(inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
        many = np.full(len(inputs), inputs.shape[1]) if lengths is None else lengths
        rows, steps = np.nonzero(np.arange(inputs.shape[1]) < many[:, None])
        counts = np.zeros((len(inputs), vocab))
        np.add.at(counts, (rows, inputs[rows, steps]), 1)
        shares: np.ndarray = counts / many[:, None]
        return shares

    return describe
