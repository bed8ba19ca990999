"""`seqbench merge`: two results folders into one."""

from pathlib import Path

import click

from seqbench.contract.errors import SeqbenchError
from seqbench.store import merge


@click.command("merge")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("-o", "--into", type=click.Path(path_type=Path), required=True, help="The third.")
def command(first: Path, second: Path, into: Path) -> None:
    """Join the records of the folders FIRST and SECOND into a third, which may be one of them.

    Exit code 3 where one trial has two successes with different numbers.
    """
    for folder in (first, second):
        if not (folder / "records").is_dir():
            raise SeqbenchError(f"{folder}: no results here")
    merged = merge(first, second, into)
    click.echo(f"{merged.added} records added to {into}, {merged.damaged} damaged lines left out")
    for conflict in merged.conflicts:
        click.echo(f"conflict: {conflict}", err=True)
    click.get_current_context().exit(3 if merged.conflicts else 0)
