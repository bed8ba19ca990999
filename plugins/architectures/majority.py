"""The answer that is given most often, whatever is asked."""

from dataclasses import dataclass

from seqbench import Architecture, Lesson, Model, Reals, Signature, Transcript, Weight, hookimpl
from seqbench.kits.trivial import mean_answer, token_frequencies


@dataclass(frozen=True, kw_only=True)
class Majority(Architecture):
    """Each token by its share among the training targets; of numbers, their mean or median.

    It looks at no input. What does not beat it has learned nothing.
    """

    name = "majority"
    source = "the zero rule: Holte, Very simple classification rules, 1993"

    def unsuited(self, io: Signature) -> str | None:
        if isinstance(io.outputs, Transcript):
            return "majority answers step by step, and a transcript's tokens belong to no step"
        return super().unsuited(io)

    def weigh(self, io: Signature, flops: bool = True) -> Weight:
        """A share for each token, or a value for each number; nothing is computed."""
        return Weight(io.outputs.channels, 0, flops_per_step=0.0 if flops else None)

    def fit(self, lesson: Lesson) -> Model:
        """Count."""
        real = isinstance(lesson.io.outputs, Reals)
        return mean_answer(lesson) if real else token_frequencies(lesson)


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [Majority]
