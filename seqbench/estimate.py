"""How long trials will take, roughly: from records of their like where there are any."""

from collections.abc import Iterable

from seqbench.catalogue import Catalogue
from seqbench.contract.probe import Race
from seqbench.contract.trial import Trial
from seqbench.store import Store

OVERHEAD = 0.5  # seconds a trial beside its training
STEPS = 100_000  # time steps a second in training, where nothing is known: a small net, one core


def rough_seconds(
    trials: Iterable[Trial], catalogue: Catalogue, store: Store, parallel: int
) -> tuple[float, bool]:
    """Wall seconds for these trials, and whether records of the same pairs say so."""
    known = speeds(store)
    total, guessed = 0.0, False
    for trial in trials:
        if trial.runners:
            race: Race = catalogue.make(
                "probes", trial.architecture.name, trial.architecture.settings
            )
            total, guessed = total + race.seconds * parallel, True  # it has the machine alone
            continue
        pair = (trial.task.name, trial.architecture.name)
        guessed = guessed or (pair not in known and not trial.baseline)
        total += OVERHEAD + known.get(pair, 0.0) * trial.train.get("examples", 0)
        if pair not in known and not trial.baseline:
            task = catalogue.make("tasks", trial.task.name, trial.task.settings)
            total += trial.train["examples"] * task.signature().length / STEPS
    return total / parallel, not guessed


def speeds(store: Store) -> dict[tuple[str, str], float]:
    """By task and architecture, the training seconds an example took, in the median."""
    trials = store.frames().trials
    if "costs.fit_seconds" not in trials or "train.examples" not in trials:
        return {}
    seconds = trials["costs.fit_seconds"] / trials["train.examples"]
    found = seconds.groupby([trials.task, trials.architecture]).median().dropna().reset_index()
    pairs = zip(found.task, found.architecture, strict=True)
    return dict(zip(pairs, found[0].astype(float), strict=True))
