"""`seqbench export`: results for a spreadsheet, a notebook or another program."""

from pathlib import Path

import click

from seqbench.contract.errors import SeqbenchError
from seqbench.store import Store


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(["csv", "parquet", "json"]), default="csv")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A folder; FOLDER/export if not named."
)
def command(folder: Path, to: str, output: Path | None) -> None:
    """Write a results FOLDER's trials, measurements and curves as files, a row each.

    `seqbench.load(FOLDER)` gives the same to Python, and says what the columns are.
    """
    frames = Store(folder).frames()
    if not len(frames.trials):
        raise SeqbenchError(f"{folder}: no results here")
    from seqbench.store.export import export

    for file in export(frames, to, output or folder / "export"):
        click.echo(str(file))
