"""The n-gram with interpolated Kneser-Ney smoothing: counting, at its best."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqbench import (
    Architecture,
    Lesson,
    Model,
    SeqbenchError,
    Signature,
    Split,
    Tokens,
    hookimpl,
)

MOST = 8  # tokens in a gram
START = -1
Gram = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Ngram(Architecture):
    """What followed the last `order - 1` inputs, drawn towards what followed fewer of them.

    For tasks of tokens, an answer at each counted step: a target is counted after the inputs up to
    its step. The lower orders count in how many contexts a token came, not how often (Kneser and
    Ney, 1995), and all are interpolated with one discount an order (Chen and Goodman, 1999).
    """

    name = "ngram"
    source = "Kneser and Ney, Improved backing-off for m-gram language modeling, 1995; "
    source += "interpolated: Chen and Goodman, 1999"
    order: int = 4  # tokens of a gram, the answer one of them

    def __post_init__(self) -> None:
        if not 1 <= self.order <= MOST:
            raise SeqbenchError(f"ngram.order is {self.order}; it takes 1 to {MOST}")

    def unsuited(self, io: Signature) -> str | None:
        if not io.symbolic:
            return "ngram counts tokens after tokens, and this task gives or asks for others"
        return super().unsuited(io)

    def fit(self, lesson: Lesson) -> Model:
        """Count the grams of train."""
        assert isinstance(lesson.io.inputs, Tokens)
        table = KneserNey(self.order, lesson.io.outputs.channels)
        table.learn(lesson.train)

        def predict(inputs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
            known: dict[Gram, np.ndarray] = {}
            scores = np.empty((*inputs.shape, lesson.io.outputs.channels))
            for row, text in enumerate(inputs.tolist()):
                for step, context in enumerate(contexts(text, self.order)):
                    if context not in known:
                        known[context] = np.log(table.shares(context))
                    scores[row, step] = known[context]
            return scores

        return Model(predict, table.size)


def contexts(text: list[int], order: int) -> Iterator[Gram]:
    """At each step, the last order - 1 inputs up to it; START where there are none before."""
    padded = [START] * (order - 2) + text
    for step in range(len(text)):
        yield tuple(padded[step : step + order - 1])


class KneserNey:
    """Counts by context, the longest first seen, and the shares they give."""

    def __init__(self, order: int, vocab: int) -> None:
        self.order, self.vocab = order, vocab
        self.counts: list[dict[Gram, dict[int, int]]] = [{} for _ in range(order)]
        self.discounts = [0.5] * order

    def learn(self, split: Split) -> None:
        """Count all counted steps; then how often a token is new to a context, order by order."""
        for text, targets, mask in zip(
            split.inputs.tolist(), split.targets.tolist(), split.mask.tolist(), strict=True
        ):
            for step, context in enumerate(contexts(text, self.order)):
                if mask[step]:
                    here = self.counts[len(context)].setdefault(context, {})
                    here[targets[step]] = here.get(targets[step], 0) + 1
        for size in range(self.order - 1, 0, -1):
            for context, followers in self.counts[size].items():
                shorter = self.counts[size - 1].setdefault(context[1:], {})
                for token in followers:  # once for each longer context: a continuation's count
                    shorter[token] = shorter.get(token, 0) + 1
        self.discounts = [discount(counts) for counts in self.counts]

    def shares(self, context: Gram) -> np.ndarray:
        """The probability of each token, (vocab,), after a context."""
        below = np.full(self.vocab, 1 / self.vocab) if not context else self.shares(context[1:])
        followers = self.counts[len(context)].get(context)
        if not followers:
            return below
        found, total = np.zeros(self.vocab), sum(followers.values())
        less = self.discounts[len(context)]
        for token, count in followers.items():
            found[token] = max(count - less, 0.0) / total
        left: np.ndarray = found + less * len(followers) / total * below
        return left

    @property
    def size(self) -> int:
        """How many counts are kept."""
        return sum(len(followers) for counts in self.counts for followers in counts.values())


def discount(counts: dict[Gram, dict[int, int]]) -> float:
    """n1 / (n1 + 2 n2), of grams seen once and twice (Ney, Essen and Kneser, 1994)."""
    seen = [count for followers in counts.values() for count in followers.values()]
    once, twice = seen.count(1), seen.count(2)
    return once / (once + 2 * twice) if once and twice else 0.5


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [Ngram]
