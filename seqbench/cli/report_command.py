"""`seqbench report`: tables from what is there."""

from pathlib import Path

import click

from seqbench.catalogue import Catalogue
from seqbench.cli.reporting import publish, seen_by, told_of
from seqbench.contract.errors import SeqbenchError
from seqbench.store import Store


@click.command("report")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--report", "name", default="table", show_default=True, help="Which report.")
@click.option("--markdown", is_flag=True, help="Print the report's file instead.")
def command(folder: Path, name: str, markdown: bool) -> None:
    """Make the tables of a results FOLDER, from what is there; nothing is run."""
    store = Store(folder)
    frames = store.frames()
    if not len(frames.trials):
        inside = sorted(p.parent.name for p in folder.glob("*/records"))
        hint = f"; did you mean {folder / inside[0]}?" if inside else ""
        raise SeqbenchError(f"{folder}: no results here{hint}")
    report = Catalogue.installed().make("reports", name, {})
    frames = seen_by(report, told_of(frames, folder))
    if markdown:
        click.echo(report.render(frames), nl=False)
    else:
        publish(report, frames, folder)
