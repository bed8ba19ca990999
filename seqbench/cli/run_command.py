"""`seqbench run`: the main job."""

from collections import Counter
from pathlib import Path
from typing import Any, get_args

import click

from seqbench.cli.options import parsed_only, suite_options
from seqbench.cli.progress import display
from seqbench.cli.reporting import print_reports
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.trial import Status
from seqbench.run import Run
from seqbench.store import Store
from seqbench.suite import open_suite, plan

FINE = ("ok", "skipped")
AGAIN = ("failed", "crashed", "timeout", "out_of_memory", "lost")  # another try may help


@click.command("run")
@suite_options
@click.option(
    "--retry", default="", metavar="STATUS,...", help="Run these again: failed,crashed,timeout."
)
def command(suite: Path, results: Path, retry: str, only: str, **options: Any) -> None:
    """Run a SUITE file; what is done already is not run again.

    Exit codes: 0 all ok, 2 a slip in the suite or the command, 3 some trials failed (the rest is
    recorded), 130 interrupted (what is done is kept, and the next run goes on from there).
    """
    asked, catalogue = open_suite(
        suite, options["overrides"], allow_plugins=options["allow_plugins"]
    )
    cut = {name: options[name] for name in ("quick", "limit", "yes")}
    trials = plan(asked, catalogue, only=parsed_only(only), **cut)
    chosen = asked.executor
    executor = catalogue.make("executors", chosen.name, chosen.settings)
    with Store(results / asked.name) as store:
        run = Run(catalogue, executor, asked.plugins, statuses(retry))
        todo = run.todo(trials, store)
        before = len(trials) - len(todo)
        click.echo(f"{len(trials)} trials, {before} done before", err=True)
        if todo:
            with display(len(todo)) as shown:
                for result in run.results(todo, store, shown.watch):
                    shown.finished(result)
        print_reports(asked, catalogue, store, [trial.id for trial in trials])
        counts = Counter(r["status"] for r in store.records() if r["id"] in {t.id for t in trials})
        finish(store, suite, counts, len(trials), bool(todo))
    click.get_current_context().exit(3 if any(status not in FINE for status in counts) else 0)


def statuses(retry: str) -> frozenset[str]:
    """The statuses named after --retry."""
    names = {name.strip() for name in retry.split(",") if name.strip()}
    if strange := names - set(get_args(Status)):
        known = ", ".join(get_args(Status))
        raise SeqbenchError(f"--retry {', '.join(sorted(strange))}: the statuses are {known}")
    return frozenset(names)


def finish(store: Store, suite: Path, counts: Counter[str], planned: int, ran: bool) -> None:
    """The last lines: what came of it, where it is, what to type next."""
    words = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    left = planned - sum(counts.values())
    elsewhere = f", {left} in the hands of another run" if left else ""
    nothing = "" if ran else "; nothing to run: all of it was done before"
    click.echo(f"{planned} trials: {words}{elsewhere}{nothing}", err=True)
    click.echo(f"results: {store.folder}", err=True)
    if again := [status for status in AGAIN if status in counts]:
        click.echo(f"logs: {store.folder / 'logs'}", err=True)
        click.echo(f"next: seqbench run {suite} --retry {','.join(again)}", err=True)
    else:
        click.echo(f"next: seqbench report {store.folder}", err=True)
