"""`seqbench results`: what stands in a results folder."""

from collections import Counter
from pathlib import Path

import click

from seqbench.contract.errors import SeqbenchError
from seqbench.store import Store


@click.command("results")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Check every line; exit code 3 where one is damaged.")
def command(folder: Path, verify: bool) -> None:
    """Show what is in a results FOLDER."""
    store = Store(folder)
    if verify:
        verdict = store.verify()
        click.echo(str(verdict))
        click.get_current_context().exit(3 if verdict.damaged else 0)
    records = list(store.records())
    if not records:
        raise SeqbenchError(f"{folder}: no results here")
    for record in records:
        task, architecture = record["task"]["name"], record["architecture"]["name"]
        partial = ", partial" if record["partial"] else ""
        name = f"{task} × {architecture}, seed {record['seed']}{partial}"
        click.echo(f"{record['id']}  {record['status']:13} {name}")
    counts = Counter(record["status"] for record in records)
    words = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    click.echo(f"{len(records)} trials: {words}", err=True)
    for damage in store.damaged():
        click.echo(f"damaged, not counted: {damage}", err=True)
