"""`seqbench gc`: tidy a results folder."""

from pathlib import Path

import click

from seqbench.contract.errors import SeqbenchError
from seqbench.store import Store


@click.command("gc")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Remove logs, caches and claims from a results FOLDER that no living run needs.

    Records are never touched.
    """
    if not (folder / "records").is_dir():
        raise SeqbenchError(f"{folder}: no results here, nothing is removed")
    click.echo(f"removed {Store(folder).gc()}")
