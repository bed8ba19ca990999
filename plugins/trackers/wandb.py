"""Weights & Biases: a run a trial, in the project `seqbench`. SEQBENCH_TRACK=wandb."""

from seqbench import Missing, Result, hookimpl
from seqbench.kits.tracking import asked_for, numbers, settings, title


@hookimpl
def trial_finished(result: Result) -> None:
    """Log the settings, the curve and the numbers; WANDB_MODE=offline keeps them here."""
    if not asked_for("wandb"):
        return
    try:
        import wandb
    except ImportError:
        raise Missing("SEQBENCH_TRACK=wandb: pip install wandb") from None
    run = wandb.init(project="seqbench", name=title(result), config=settings(result), reinit=True)
    for point in result.curve:
        run.log({"train_loss": point.train_loss, "valid_loss": point.valid_loss}, point.examples)
    run.summary.update(dict(numbers(result)))
    run.finish(exit_code=0 if result.status in ("ok", "skipped") else 1)
