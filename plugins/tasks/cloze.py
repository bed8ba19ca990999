"""The clouds are in the ___: a word that a noun some clauses ago decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from seqbench import Role, SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.linear import bag

ANSWERS = {  # clue -> what the gap wants
    **{"clouds": "sky", "ships": "harbour", "books": "library", "monks": "monastery"},
    **{"patients": "hospital", "judges": "court", "pupils": "school", "actors": "theatre"},
    **{"cows": "barn", "bees": "hive", "trains": "station", "planes": "hangar"},
    **{"prisoners": "jail", "flowers": "garden", "camels": "desert", "dolphins": "sea"},
    **{"frogs": "pond", "squirrels": "forest", "coins": "purse", "clothes": "wardrobe"},
    **{"sheep": "meadow", "grapes": "vineyard", "bats": "cave", "waiters": "restaurant"},
}
CLUES = tuple(ANSWERS)
# A clause of the filler is a word of each: "while the old monks wait nearby".
LINKS = ("while", "because", "although", "after", "before", "since", "unless", "whenever")
KINDS = ("old", "small", "famous", "quiet", "new", "lost", "heavy", "bright", "grey", "strange")
OTHERS = (
    *("tourists", "hunters", "doctors", "stones", "towers", "letters", "bottles", "horses"),
    *("engines", "singers", "candles", "bridges", "lawyers", "ladders", "mirrors", "pilots"),
    *("baskets", "robots", "painters", "drums", "farmers", "statues", "wagons", "rockets"),
)
DEEDS = ("wait", "move", "change", "vanish", "return", "appear", "arrive", "remain", "rest", "fall")
WAYS = ("slowly", "often", "again", "today", "together", "here", "alone", "nearby", "soon", "later")

GAP = "___"
WORDS = ("the", "are", "in", GAP, *CLUES, *LINKS, *KINDS, *OTHERS, *DEEDS, *WAYS)
CLAUSE = 6  # words
FRAME = 6  # words of "the clouds are in the ___"


@dataclass(frozen=True)
class Cloze(Task):
    """Fill the gap at the end of a sentence, which its first noun decides.

    `the clouds while the old monks wait nearby are in the ___` (gap 1): sky, one of 24 answers,
    a place for each of 24 clues. Of the `gap` clauses between, each has a noun. With `rivals`
    they are other clues, and only order tells which noun is meant; without, they are no clues,
    and the bag of the words suffices. With `unseen`, the filler of test is of words that train
    and valid never have, clues excepted: half of each kind is kept for it.
    """

    name = "cloze"
    source = (
        "own word lists; the procedure: Taylor, Cloze procedure, 1953; the sentence: Olah, "
        "Understanding LSTM networks, 2015"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=16_000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 10, "patience": 0}
    distance = "gap"
    distances = (1, 2, 4, 8, 16, 32)
    gap: int = 2  # clauses of six words between the clue and the end
    rivals: bool = True  # the nouns in between are clues of other answers
    unseen: bool = False  # test's filler is of words that train never has

    def __post_init__(self) -> None:
        if self.gap < 0:
            raise SeqbenchError(f"cloze.gap is {self.gap}; it takes 0 or more")

    def signature(self) -> Signature:
        return Signature(Tokens(len(WORDS)), Tokens(len(CLUES)), FRAME + CLAUSE * self.gap)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        return self.split("train", n, rng)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        clue = rng.integers(0, len(CLUES), (n, 1))
        inputs = np.empty((n, FRAME + CLAUSE * self.gap), np.int64)
        inputs[:, :2] = numbers("the", CLUES[0])
        inputs[:, 1:2] += clue
        inputs[:, 2:-4] = self.filler(clue, rng, role)
        inputs[:, -4:] = numbers("are", "in", "the", GAP)
        mask = np.zeros(inputs.shape, bool)
        mask[:, -1] = True
        return Split(inputs, np.where(mask, clue, 0), mask)

    def filler(self, clue: np.ndarray, rng: np.random.Generator, role: Role) -> np.ndarray:
        """Clauses that go with clues (n, 1) in a role's split: (n, gap * CLAUSE)."""
        shape = (len(clue), self.gap)
        words = np.empty((*shape, CLAUSE), np.int64)
        words[..., 1] = numbers("the")
        for place, choice in ((0, LINKS), (2, KINDS), (3, OTHERS), (4, DEEDS), (5, WAYS)):
            first, last = self.allowed(len(choice), role)
            words[..., place] = numbers(choice[0]) + rng.integers(first, last, shape)
        if self.rivals:
            other = (clue + rng.integers(1, len(CLUES), shape)) % len(CLUES)
            words[..., 3] = numbers(CLUES[0]) + other
        return words.reshape(len(clue), -1)

    def allowed(self, many: int, role: Role) -> tuple[int, int]:
        """From which and up to which of so many words of a kind a role's filler may have."""
        if not self.unseen:
            return 0, many
        return (many // 2, many) if role == "test" else (0, many // 2)

    def oracle(self, split: Split) -> np.ndarray:
        place = {word: answer for answer, word in enumerate(CLUES)}
        noun = [place[WORDS[number]] for number in split.inputs[:, 1]]
        return np.repeat(np.eye(len(CLUES))[noun][:, None], split.inputs.shape[1], axis=1)

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / len(CLUES), "cross_entropy": log(len(CLUES))}

    def baselines(self):
        return {**super().baselines(), "bag_of_words": bag(presence)}


def numbers(*words: str) -> list[int]:
    """The tokens of words."""
    return [WORDS.index(word) for word in words]


def text(inputs: np.ndarray) -> list[str]:
    """Sentences as they read, of tokens (N, T)."""
    return [" ".join(WORDS[token] for token in row) for row in inputs]


def presence(inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """Which words stand in each sentence: (N, T) -> (N, words) of 0 and 1."""
    there = np.zeros((len(inputs), len(WORDS)))
    there[np.arange(len(inputs))[:, None], inputs] = 1
    return there


@hookimpl
def tasks() -> list[type[Task]]:
    return [Cloze]
