"""MLflow: a run a trial, where MLFLOW_TRACKING_URI says. SEQBENCH_TRACK=mlflow."""

import re

from seqbench import Missing, Result, hookimpl
from seqbench.kits.tracking import asked_for, numbers, settings, title

STRANGE = re.compile(r"[^\w\-./ ]")  # signs that MLflow takes in no name


@hookimpl
def trial_finished(result: Result) -> None:
    """Log the settings, the curve and the numbers to the experiment `seqbench`."""
    if not asked_for("mlflow"):
        return
    try:
        import mlflow
    except ImportError:
        raise Missing("SEQBENCH_TRACK=mlflow: pip install mlflow") from None
    mlflow.set_experiment("seqbench")
    with mlflow.start_run(run_name=title(result)):
        mlflow.log_params(settings(result))
        for point in result.curve:
            mlflow.log_metric("train_loss", point.train_loss, step=point.examples)
            mlflow.log_metric("valid_loss", point.valid_loss, step=point.examples)
        mlflow.log_metrics({STRANGE.sub("_", name): value for name, value in numbers(result)})
