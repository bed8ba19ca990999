"""`seqbench plan`: what would run."""

from pathlib import Path
from typing import Any

import click

from seqbench.cli.options import parsed_only, suite_options
from seqbench.cli.progress import span
from seqbench.estimate import rough_seconds
from seqbench.store import Store
from seqbench.suite import open_suite, plan


@click.command("plan")
@suite_options
def command(suite: Path, results: Path, only: str, **options: Any) -> None:
    """Show a SUITE's trials, their number and a rough time. Nothing is run or written."""
    asked, catalogue = open_suite(
        suite, options["overrides"], allow_plugins=options["allow_plugins"]
    )
    cut = {name: options[name] for name in ("quick", "limit", "yes")}
    trials = plan(asked, catalogue, only=parsed_only(only), **cut)
    store = Store(results / asked.name)
    done = store.done(trials)
    for trial in trials:
        mark = "done" if trial.id in done else "to do"
        kind = "baseline " if trial.baseline else ""
        name = f"{kind}{trial.architecture}"
        click.echo(f"{trial.id}  {mark:5}  {trial.task} × {name}, seed {trial.seed}")
    left = [trial for trial in trials if trial.id not in done]
    executor = catalogue.make("executors", asked.executor.name, asked.executor.settings)
    seconds, measured = rough_seconds(left, catalogue, store, executor.parallel)
    basis = "from earlier records" if measured else "a guess: nothing like it is recorded yet"
    time = f", about {span(seconds)} ({basis})" if left else ""
    click.echo(f"{len(trials)} trials, {len(done)} done, {len(left)} to do{time}")
