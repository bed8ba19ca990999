"""A metric: how often an answer is wrong."""

from seqbench import Metric, hookimpl


def slips(split, outputs):
    """The share of counted steps whose highest score is not the target's."""
    return float((outputs.argmax(-1) != split.targets)[split.mask].mean())


@hookimpl
def metrics():
    return [Metric("slips", "lower", slips, about="The share of answers that are wrong.")]
