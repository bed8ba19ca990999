"""`seqbench show`: one plugin."""

import inspect

import click

from seqbench.catalogue import KINDS, Catalogue, nearest
from seqbench.contract.errors import SeqbenchError


@click.command("show")
@click.argument("name")
def command(name: str) -> None:
    """Show one plugin: its settings, defaults, source and text."""
    catalogue = Catalogue.installed()
    kinds = [kind for kind in KINDS if name in catalogue.names(kind)]
    if not kinds:
        every = sorted({n for kind in KINDS for n in catalogue.names(kind)})
        raise SeqbenchError(f"no plugin is called {name!r}{nearest(name, every)}")
    for kind in kinds:
        show(catalogue, kind, name)


def show(catalogue: Catalogue, kind: str, name: str) -> None:
    """Everything there is to say of it."""
    thing = catalogue.get(kind, name)
    click.echo(f"{name} ({kind[:-1]}, from {catalogue.home(kind, name)})")
    if source := getattr(thing, "source", ""):
        click.echo(f"source: {source}")
    for fact in ("version", "causal", "metrics", "better", "unit", "sizes", "recipe"):
        if (value := getattr(thing, fact, None)) not in (None, "", {}):
            click.echo(f"{fact}: {value}")
    settings = catalogue.settings(kind, name) if inspect.isclass(thing) else []
    if settings:
        click.echo("settings:")
    for key, wanted, default, about in settings:
        click.echo(f"  {key}: {wanted} = {default!r}" + (f"   # {about}" if about else ""))
    text = getattr(thing, "about", "") or inspect.getdoc(thing) or ""
    click.echo(f"\n{text}\n")
