"""Settings thought of by Optuna, from what became of earlier ones."""

from collections.abc import Sequence
from typing import Any

import optuna

from seqbench.suite.search import Search, Space
from seqbench.suite.studies import Outcome, Setting

PATIENCE = 200  # settings it thinks of again before it is at its end


class Tpe:
    """Tree-structured Parzen estimator (Bergstra et al., 2011), by asking and telling.

    The same outcomes, told in the same order, give the same settings again: a run that was stopped
    goes on from its records.
    """

    def __init__(self, search: Search) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.spaces = {key: distribution(space) for key, space in search.over.items()}
        self.search = search
        chosen = optuna.samplers.TPESampler(seed=search.how.seed % 2**32, constant_liar=True)
        self.name = f"tpe ({type(chosen).__name__} of Optuna {optuna.__version__})"
        self.study = optuna.create_study(sampler=chosen, direction="minimize")
        self.open: list[optuna.Trial] = []
        self.seen: set[str] = set()

    def ask(self, number: int) -> list[Setting]:
        """So many more, none of them twice; fewer where it comes up with nothing else."""
        self.open = []
        found: list[Setting] = []
        for _ in range(number + PATIENCE):
            if len(found) == number:
                break
            trial = self.study.ask(self.spaces)
            setting = self.setting(trial)
            if repr(setting) in self.seen:  # without a score, it is as if it had not been
                self.study.tell(trial, state=optuna.trial.TrialState.FAIL)
                continue
            self.seen.add(repr(setting))
            self.open.append(trial)
            found.append(setting)
        return found

    def setting(self, trial: optuna.Trial) -> Setting:
        """With the suite's own values: Optuna takes numbers and words alone."""
        found: dict[str, Any] = {}
        for key, space in self.search.over.items():
            given = trial.params[key]
            found[key] = space.values[given] if space.values else given
        return found

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """A setting that has no score is told to have failed, or to have been given up."""
        states = optuna.trial.TrialState
        for trial, outcome in zip(self.open, outcomes, strict=True):
            if outcome.score is not None:
                self.study.tell(trial, outcome.score)
            else:
                if outcome.pruned:
                    reported(trial, outcome)
                self.study.tell(trial, state=states.PRUNED if outcome.pruned else states.FAIL)


def reported(trial: optuna.Trial, outcome: Outcome) -> None:
    """What the seed that was given up had reached: a hint of how good the setting is."""
    curve = next(one.curve for one in outcome.told if one.pruned)
    for examples, loss in curve:
        trial.report(loss, examples)


def distribution(space: Space) -> optuna.distributions.BaseDistribution:
    """Optuna's word for a space; values stand for themselves by their number."""
    kinds = optuna.distributions
    if space.values:
        return kinds.CategoricalDistribution(range(len(space.values)))
    if space.whole:
        return kinds.IntDistribution(int(space.least), int(space.most), log=space.log)
    return kinds.FloatDistribution(space.least, space.most, log=space.log)
