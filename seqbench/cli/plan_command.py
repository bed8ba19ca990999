"""`seqbench plan`: what would run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from seqbench.cli.options import in_steps, parsed_only, planned, suite_options
from seqbench.cli.progress import span
from seqbench.contract.trial import Trial
from seqbench.estimate import rough_seconds
from seqbench.store import Store
from seqbench.suite import open_suite


@click.command("plan")
@suite_options
@click.option("--no-plugins", is_flag=True, help="Load none of the suite's files; name them.")
def command(suite: Path, results: Path, only: str, no_plugins: bool, **options: Any) -> None:
    """Show a SUITE's trials, their number and a rough time. Nothing is run or written.

    A suite from elsewhere may name plugin files, which are code: --no-plugins reads it without
    running any, and shows which they are.
    """
    if no_plugins:
        unloaded(suite, options["overrides"])
        return
    whole = planned(suite, parsed_only(only), **options)
    asked, catalogue = whole.suite, whole.catalogue
    store = Store(results / asked.name)
    trials = whole.trials(store)
    done = store.done(trials)
    for trial in trials:
        mark = "done" if trial.id in done else "to do"
        varies = "".join(f", {key} {a} to {b}" for key, (a, b) in trial.ranges.items())
        click.echo(f"{trial.id}  {mark:5}  {trial.task}{varies} × {who(trial)}, seed {trial.seed}")
    left = [trial for trial in trials if trial.id not in done]
    executor = catalogue.make("executors", asked.executor.name, asked.executor.settings)
    seconds, measured = rough_seconds(left, catalogue, store, executor.parallel)
    basis = "from earlier records" if measured else "a guess: nothing like it is recorded yet"
    time = f", about {span(seconds)} ({basis})" if left else ""
    click.echo(f"{len(trials)} trials, {len(done)} done, {len(left)} to do{time}")
    if in_steps(asked) and left:
        click.echo("a search goes on from results: there may be more trials after these")


def who(trial: Trial) -> str:
    """What a trial is about."""
    if trial.runners:
        return f"{trial.architecture} of {', '.join(trial.runners)}"
    return f"{'baseline ' if trial.baseline else ''}{trial.architecture}"


def unloaded(suite: Path, overrides: Sequence[str]) -> None:
    """What a suite would load, and what it asks for that only those files can offer."""
    asked, _ = open_suite(suite, overrides, allow_plugins=True, load_plugins=False)
    click.echo(f"{asked.name}: {asked.about}")
    for file in asked.plugins:
        click.echo(f"would run the code of {file}")
    for name in asked.unresolved:
        click.echo(f"not installed, so expected from those files: {name}")
    for kind, entries in (("task", asked.tasks), ("architecture", asked.architectures)):
        for entry in entries:
            click.echo(f"{kind} {entry.name}")
