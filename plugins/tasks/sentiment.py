"""Was it good? A judgement that a word some way before it may turn into its opposite."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.linear import bag

THINGS = (
    *("plot", "acting", "music", "story", "ending", "cast", "script", "camera"),
    *("humour", "dialogue", "pace", "sound", "lighting", "editing", "set", "score"),
)
TURNS = ("not", "never", "hardly", "scarcely")  # these turn the judgement round
KEEPS = ("really", "truly", "simply", "clearly")  # and these leave it as it is
GOOD = (
    *("good", "great", "superb", "brilliant", "moving", "charming", "clever", "lovely"),
    *("fresh", "gripping", "funny", "elegant"),
)
BAD = (
    *("bad", "awful", "dull", "clumsy", "boring", "weak", "silly", "tedious"),
    *("stale", "shallow", "messy", "flat"),
)
ASIDES = (
    *("so", "quite", "altogether", "in", "my", "view", "for", "me", "all", "things", "considered"),
    *("very", "even", "today", "to", "be", "fair", "at", "least", "on", "balance"),
)
MARKS = (",", ".", "although", "the", "was")
WORDS = (*MARKS, *THINGS, *TURNS, *KEEPS, *GOOD, *BAD, *ASIDES)
CLAUSE = 5  # words of "the plot was not good"


@dataclass(frozen=True)
class Sentiment(Task):
    """Is a review for or against? Told at its full stop.

    `although the cast was really so dull , the plot was not quite superb .` (gap 1): against, as
    the main clause is, whose judgement `not` turns round from before `gap` other words. With
    `concession`, a clause after `although`, before or after the main one, judges something else
    and counts for nothing. A judgement is turned round in a share `negated` of all clauses: at
    0.5, no sum over the words of a review tells more than chance, nor does any of its words.
    """

    name = "sentiment"
    source = (
        "own grammar and word lists; the difficulty: Wiegand et al., A survey on the role of "
        "negation in sentiment analysis, 2010"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=12_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 24_000, "evaluations": 8, "patience": 0}
    distance = "gap"
    distances = (0, 1, 2, 4, 8, 16, 32)
    gap: int = 4  # words between the turn and the judgement
    concession: bool = True  # another clause, which does not count
    negated: float = 0.3  # share of the clauses

    def __post_init__(self) -> None:
        if self.gap < 0:
            raise SeqbenchError(f"sentiment.gap is {self.gap}; it takes 0 or more")
        if not 0 <= self.negated <= 1:
            raise SeqbenchError(f"sentiment.negated is {self.negated}; it takes 0 to 1")

    def signature(self) -> Signature:
        return Signature(Tokens(len(WORDS)), Tokens(2), self.length, causal=False)

    @property
    def length(self) -> int:
        """Words of a review."""
        clause = CLAUSE + self.gap
        return 2 * clause + 3 if self.concession else clause + 1

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        inputs = np.empty((n, self.length), np.int64)
        main, label = self.clauses(n, rng)
        inputs[:, -1] = token(".")
        if self.concession:
            other, _ = self.clauses(n, rng)
            late = rng.random((n, 1)) < 0.5  # the main clause comes second
            but = np.full((n, 1), token("although"))
            comma = np.full((n, 1), token(","))
            inputs[:, :-1] = np.where(
                late,
                np.concatenate([but, other, comma, main], axis=1),
                np.concatenate([main, comma, but, other], axis=1),
            )
        else:
            inputs[:, :-1] = main
        mask = np.zeros(inputs.shape, bool)
        mask[:, -1] = True
        return Split(inputs, np.where(mask, label[:, None], 0), mask)

    def clauses(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Clauses (n, 5 + gap) and whether each is for it, (n,) of 0 and 1."""
        words = np.empty((n, CLAUSE + self.gap), np.int64)
        good = rng.integers(0, 2, n)
        turned = (rng.random(n) < self.negated).astype(np.int64)
        words[:, 0], words[:, 2] = token("the"), token("was")
        words[:, 1] = token(THINGS[0]) + rng.integers(0, len(THINGS), n)
        turn = np.where(turned, token(TURNS[0]), token(KEEPS[0]))
        words[:, 3] = turn + rng.integers(0, len(TURNS), n)
        words[:, 4:-1] = token(ASIDES[0]) + rng.integers(0, len(ASIDES), (n, self.gap))
        judged = np.where(good, token(GOOD[0]), token(BAD[0]))
        words[:, -1] = judged + rng.integers(0, len(GOOD), n)
        return words, good ^ turned

    def oracle(self, split: Split) -> np.ndarray:
        label = [self.read([WORDS[token] for token in row]) for row in split.inputs]
        return np.repeat(np.eye(2)[label][:, None], split.inputs.shape[1], axis=1)

    def read(self, words: list[str]) -> int:
        """1 where the main clause of a review is for it, else 0."""
        wide = CLAUSE + self.gap
        main = words[-1 - wide : -1] if words[0] == "although" else words[:wide]
        return int(main[-1] in GOOD) ^ int(main[3] in TURNS)

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / 2, "cross_entropy": log(2)}

    def baselines(self):
        return {**super().baselines(), "bag_of_words": bag(counts)}


def token(word: str) -> int:
    """The number of a word."""
    return WORDS.index(word)


def text(inputs: np.ndarray) -> list[str]:
    """Reviews as they read, of tokens (N, T)."""
    return [" ".join(WORDS[token] for token in row) for row in inputs]


def counts(inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """How often each word stands in each review: (N, T) -> (N, words)."""
    found = np.zeros((len(inputs), len(WORDS)))
    np.add.at(found, (np.arange(len(inputs))[:, None], inputs), 1)
    return found


@hookimpl
def tasks() -> list[type[Task]]:
    return [Sentiment]
