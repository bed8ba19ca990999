"""The trivial answers that tasks have as baselines, for architectures that give the same."""

from seqbench.contract.task import constant, mean_answer, token_frequencies

__all__ = ["constant", "mean_answer", "token_frequencies"]
