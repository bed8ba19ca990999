"""TensorBoard: a run a trial, with its learning curve. SEQBENCH_TRACK=tensorboard."""

import os

from seqbench import Missing, Result, hookimpl
from seqbench.kits.tracking import asked_for, numbers, settings, title


@hookimpl
def trial_finished(result: Result) -> None:
    """Write the curve, the numbers and the settings below runs/, or SEQBENCH_TENSORBOARD."""
    if not asked_for("tensorboard"):
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise Missing("SEQBENCH_TRACK=tensorboard: pip install tensorboard") from None
    folder = os.environ.get("SEQBENCH_TENSORBOARD", "runs")
    with SummaryWriter(f"{folder}/{title(result)}") as writer:
        for point in result.curve:
            writer.add_scalar("loss/train", point.train_loss, point.examples)
            writer.add_scalar("loss/valid", point.valid_loss, point.examples)
        last = result.curve[-1].examples if result.curve else 0
        for name, value in numbers(result):
            writer.add_scalar(name, value, last)
        rows = "".join(f"    {key}: {value}\n" for key, value in settings(result).items())
        writer.add_text("trial", rows + (f"    reason: {result.reason}\n" if result.reason else ""))
