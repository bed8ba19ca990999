"""What trackers share: who is asked for, and a result as names and numbers."""

import os
from collections.abc import Iterator

from seqbench.contract.trial import Result, canonical

ASKED = "SEQBENCH_TRACK"  # names of trackers, such as tensorboard,mlflow


def asked_for(name: str) -> bool:
    """Whether a tracker is named in the environment."""
    return name in {word.strip() for word in os.environ.get(ASKED, "").split(",")}


def title(result: Result) -> str:
    """A trial in one line."""
    trial = result.trial
    return f"{trial.task.name}/{trial.architecture.name}/seed{trial.seed}-{trial.id}"


def settings(result: Result) -> dict[str, str]:
    """What was asked, flat: task.length, architecture.width, train.lr, seed, status."""
    trial = result.trial
    found = {"seed": str(trial.seed), "status": result.status}
    for kind, choice in (("task", trial.task), ("architecture", trial.architecture)):
        found[kind] = choice.name
        found |= {f"{kind}.{key}": canonical(value) for key, value in choice.settings.items()}
    return found | {f"train.{key}": canonical(value) for key, value in trial.train.items()}


def numbers(result: Result) -> Iterator[tuple[str, float]]:
    """Each measurement with its split and place, and each cost."""
    for m in result.measurements:
        at = "".join(f"/{key}_{value}" for key, value in sorted(m.at.items()))
        yield f"{m.split}/{m.name}{at}", m.value
    for name, value in result.costs.items():
        yield f"costs/{name}", value
