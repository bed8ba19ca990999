"""`seqbench list`: what is installed."""

from collections.abc import Iterator

import click

from seqbench.catalogue import KINDS, Catalogue
from seqbench.cli.origins import losses, origins
from seqbench.contract.errors import SeqbenchError
from seqbench.kits.table import plain


@click.command("list", context_settings={"ignore_unknown_options": True})
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.argument("of", nargs=-1, metavar="[--ARCHITECTURE]")
@click.option("--plugins", is_flag=True, help="Packages and versions, and what did not load, why.")
def command(kind: str | None, of: tuple[str, ...], plugins: bool) -> None:
    """List what is installed: architectures, tasks, metrics, executors, reports.

    `architectures --NAME` lists what NAME is a door to: all that it can be, a line each.
    """
    catalogue = Catalogue.installed()
    if of:
        lines = variants(catalogue, kind, of)
    else:
        lines = origins(catalogue) if plugins else names(catalogue, kind)
    for told in lines:
        click.echo(told)
    if not of and not plugins:
        for told in losses(catalogue):
            click.echo(told, err=True)


def names(catalogue: Catalogue, kind: str | None) -> Iterator[str]:
    """Everything of a kind, or of all, a line each."""
    for each in [kind] if kind else KINDS:
        if not kind:
            yield f"{each}:"
        for name in catalogue.names(each):
            about = first_line(catalogue.get(each, name))
            yield f"{'' if kind else '  '}{name:20} {about}  [{catalogue.home(each, name)}]"


def variants(catalogue: Catalogue, kind: str | None, of: tuple[str, ...]) -> Iterator[str]:
    """What an architecture can be, a line each."""
    name = of[0].removeprefix("--")
    if kind != "architectures" or len(of) > 1 or name == of[0]:
        told = f"no such thing to list: {' '.join(of)}"
        raise SeqbenchError(f"{told}; it takes a kind, --plugins, or `architectures --NAME`")
    found = catalogue.get("architectures", name).variants()
    if not found:
        raise SeqbenchError(f"{name} is one architecture; seqbench show {name} tells its settings")
    for each, about in found.items():
        yield f"{plain(each):24} {plain(about)}"


def first_line(thing: object) -> str:
    """What a plugin says of itself, in a line."""
    text = getattr(thing, "about", "") or getattr(thing, "__doc__", "") or ""
    return plain(text.strip().split("\n")[0])
