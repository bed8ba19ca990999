"""`seqbench run`: the main job."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from seqbench.catalogue import Catalogue
from seqbench.changes import changed
from seqbench.cli.options import Planned, in_steps, parsed_only, planned, suite_options
from seqbench.cli.progress import display
from seqbench.cli.reporting import keep_suite, print_reports
from seqbench.cli.twice import run_again
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.trial import Status, Trial
from seqbench.run import FINE, Run
from seqbench.store import Store
from seqbench.suite import Suite

AGAIN = ("failed", "crashed", "timeout", "out_of_memory", "lost")  # another try may help


@click.command("run")
@suite_options
@click.option(
    "--retry", default="", metavar="STATUS,...", help="Run these again: failed,crashed,timeout."
)
@click.option("--rerun-changed", is_flag=True, help="Run again what other plugin code made.")
@click.option("--shard", metavar="I/N", default="1/1", help="The Ith of N fixed shares.")
@click.option("--fail-fast", is_flag=True, help="Start no other trial after a failure.")
@click.option("--max-failures", type=click.IntRange(0), default=0, help="The same, after N.")
@click.option("--twice", is_flag=True, help="Run each trial again elsewhere and compare.")
def command(suite: Path, results: Path, shard: str, **options: Any) -> None:
    """Run a SUITE file; what is done already is not run again.

    Exit codes: 0 all ok, 2 a slip in the suite or the command, 3 some trials failed (the rest is
    recorded), 130 interrupted (what is done is kept, and the next run goes on from there).
    """
    retry, only = statuses(options.pop("retry")), parsed_only(options.pop("only"))
    whole = planned(suite, only, **options)
    asked, catalogue = whole.suite, whole.catalogue
    chosen = asked.executor
    executor = catalogue.make("executors", chosen.name, chosen.settings)
    most = 1 if options["fail_fast"] else options["max_failures"]
    with Store(results / asked.name) as store:
        trials = share(whole, store, shard)
        again = aged(trials, catalogue, store, options["rerun_changed"])
        run = Run(catalogue, executor, asked.plugins, retry, again, most)
        trials, ran = in_rounds(run, whole, trials, store)
        keep_suite(store.folder, suite)
        counts = concluded(asked, catalogue, store, trials)
        finish(store, suite, counts, len(trials), ran)
        same = run_again(run, trials, store) if options["twice"] else True
    fine = same and all(status in FINE for status in counts)
    click.get_current_context().exit(0 if fine else 3)


def in_rounds(
    run: Run, whole: Planned, trials: list[Trial], store: Store
) -> tuple[list[Trial], int]:
    """Run the trials, and those that a search thinks of next; all of them, and how many ran."""
    statuses = carried_out(run, trials, store)
    once = replace(run, retry=frozenset(), again=frozenset())  # nothing is tried again each round
    while in_steps(whole.suite):
        failures = sum(number for status, number in statuses.items() if status not in FINE)
        more = whole.trials(store)
        if more == trials or (run.most_failures and failures >= run.most_failures):
            break
        left = run.most_failures and run.most_failures - failures
        statuses += carried_out(replace(once, most_failures=left), more, store)
        trials = more
    return trials, statuses.total()


def carried_out(run: Run, trials: list[Trial], store: Store) -> Counter[str]:
    """Run what is not done; how many trials came to what."""
    statuses: Counter[str] = Counter()
    todo = run.todo(trials, store)
    click.echo(f"{len(trials)} trials, {len(trials) - len(todo)} done before", err=True)
    if todo:
        with display(len(todo)) as shown:
            for result in run.results(todo, store, shown.watch):
                shown.finished(result)
                statuses[result.status] += 1
    for damage in store.damaged():
        click.echo(f"damaged record, not counted: {damage}", err=True)
    return statuses


def aged(trials: list[Trial], catalogue: Catalogue, store: Store, rerun: bool) -> frozenset[str]:
    """The ids to run again because a plugin's code is another now; it is said in any case."""
    found = changed(trials, catalogue, store)
    if found.ids:
        what = f"{len(found.ids)} records were made by other code of {', '.join(found.names)}"
        click.echo(
            f"{what}; {'run again' if rerun else 'to run them again: --rerun-changed'}", err=True
        )
    return found.ids if rerun else frozenset()


def concluded(
    suite: Suite, catalogue: Catalogue, store: Store, trials: list[Trial]
) -> Counter[str]:
    """Show the reports; how many trials have which status."""
    ids = {trial.id for trial in trials}
    print_reports(suite, catalogue, store, ids)
    return Counter(record["status"] for record in store.records() if record["id"] in ids)


def statuses(retry: str) -> frozenset[str]:
    """The statuses named after --retry."""
    names = {name.strip() for name in retry.split(",") if name.strip()}
    if strange := names - set(get_args(Status)):
        known = ", ".join(get_args(Status))
        raise SeqbenchError(f"--retry {', '.join(sorted(strange))}: the statuses are {known}")
    return frozenset(names)


def share(whole: Planned, store: Store, shard: str) -> list[Trial]:
    """Every Nth trial by id: the same for all who plan the same suite, and even."""
    number, _, total = shard.partition("/")
    if not (number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total)):
        raise SeqbenchError(f"--shard {shard}: write 3/16 for the third of sixteen shares")
    if int(total) > 1 and in_steps(whole.suite):
        raise SeqbenchError(f"--shard {shard}: a search that goes on from results has no shares")
    trials = whole.trials(store)
    mine = {trial.id for trial in sorted(trials, key=lambda t: t.id)[int(number) - 1 :: int(total)]}
    return [trial for trial in trials if trial.id in mine]


def finish(store: Store, suite: Path, counts: Counter[str], planned: int, ran: int) -> None:
    """The last lines: what came of it, where it is, what to type next."""
    words = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    left = planned - sum(counts.values())
    elsewhere = f"{', ' if words else ''}{left} without a record yet" if left else ""
    nothing = "" if ran else "; nothing to run: all of it was done before"
    click.echo(f"{planned} trials: {words}{elsewhere}{nothing}", err=True)
    click.echo(f"results: {store.folder}", err=True)
    if again := [status for status in AGAIN if status in counts]:
        click.echo(f"logs: {store.folder / 'logs'}", err=True)
        click.echo(f"next: seqbench run {suite} --retry {','.join(again)}", err=True)
    else:
        click.echo(f"next: seqbench report {store.folder}", err=True)
