"""`seqbench new`: the first file of a plugin of one's own."""

from pathlib import Path

import click

from seqbench.new import KINDS, write


@click.command("new")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--package", is_flag=True, help="A pip package around it, with a test.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Where to write it; here, unless said otherwise.",
)
def command(kind: str, name: str, package: bool, folder: Path) -> None:
    """Write a plugin of some KIND that works as it is, to be changed: NAME.py."""
    written = write(kind, name, folder, package)
    for path in written:
        click.echo(f"wrote {path}")
    if package:
        click.echo(f"next: pip install -e '{folder / name}[test]', then: seqbench list {kind}s")
    else:
        click.echo(f"next: seqbench check {written[0]}, and `plugins: [{name}.py]` in a suite")
