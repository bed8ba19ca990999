"""`seqbench list`: what is installed."""

import click

from seqbench.catalogue import KINDS, Catalogue
from seqbench.cli.origins import losses, origins
from seqbench.kits.table import plain


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.option("--plugins", is_flag=True, help="Packages and versions, and what did not load, why.")
def command(kind: str | None, plugins: bool) -> None:
    """List what is installed: architectures, tasks, metrics, executors, reports."""
    catalogue = Catalogue.installed()
    if plugins:
        for told in origins(catalogue):
            click.echo(told)
        return
    for each in [kind] if kind else KINDS:
        if not kind:
            click.echo(f"{each}:")
        for name in catalogue.names(each):
            about = first_line(catalogue.get(each, name))
            click.echo(f"{'' if kind else '  '}{name:20} {about}  [{catalogue.home(each, name)}]")
    for told in losses(catalogue):
        click.echo(told, err=True)


def first_line(thing: object) -> str:
    """What a plugin says of itself, in a line."""
    text = getattr(thing, "about", "") or getattr(thing, "__doc__", "") or ""
    return plain(text.strip().split("\n")[0])
