"""`--twice`: the same trials once more, elsewhere, and every number compared."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from seqbench.cli.progress import display, named
from seqbench.contract.trial import Trial
from seqbench.run import Run
from seqbench.store import Store


def run_again(run: Run, trials: list[Trial], store: Store) -> bool:
    """Run every trial into a folder of its own; whether each measurement has the same digits."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "again") as other:
        with display(len(trials)) as shown:
            for result in run.results(trials, other, shown.watch):
                shown.finished(result)
        first, second = outcomes(store), outcomes(other)
    unlike = [trial for trial in trials if first.get(trial.id) != second.get(trial.id)]
    for trial in unlike:
        click.echo(f"not the same twice: {trial.id} {named(trial)}", err=True)
    click.echo(f"run twice: {len(trials) - len(unlike)} of {len(trials)} the same", err=True)
    return not unlike


def outcomes(store: Store) -> Mapping[str, Any]:
    """By id, what must be the same: the status, exact measurements, the learning curve."""
    return {
        r["id"]: (r["status"], [m for m in r["measurements"] if m.get("exact", True)], r["curve"])
        for r in store.records()
    }
