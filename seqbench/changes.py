"""Records that other code made: the id stays when a plugin's text changes, and this tells."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from seqbench.bench.facts import fingerprint
from seqbench.catalogue import Catalogue
from seqbench.contract.trial import Trial
from seqbench.store import Store


@dataclass(frozen=True)
class Changed:
    """Trials whose records were made by another text of these plugins."""

    ids: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


def changed(trials: Iterable[Trial], catalogue: Catalogue, store: Store) -> Changed:
    """Of the trials that have a record, those whose task or architecture reads otherwise now."""
    wanted = {trial.id: trial for trial in trials}
    ids, names = set(), set()
    for record in store.records():
        trial = wanted.get(record["id"])
        for name in differing(trial, record["facts"], catalogue) if trial else ():
            ids.add(record["id"])
            names.add(name)
    return Changed(frozenset(ids), tuple(sorted(names)))


def differing(trial: Trial, facts: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """The plugins of a trial whose text is not the one that its record names."""
    parts = [("tasks", trial.task.name, facts.get("task_code"))]
    if trial.runners:
        parts.append(("probes", trial.architecture.name, facts.get("race_code")))
        codes = facts.get("runner_codes", {})
        parts += [("architectures", name, code) for name, code in codes.items()]
    elif not trial.baseline:
        parts.append(("architectures", trial.architecture.name, facts.get("architecture_code")))
    return [
        name
        for kind, name, then in parts
        if then and then != fingerprint(catalogue.get(kind, name))
    ]
