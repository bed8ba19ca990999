"""`seqbench data`: the files that tasks read."""

import click

from seqbench.catalogue import Catalogue, nearest
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.kits.archive import Member, State, fetch, known, state, verify


@click.group("data", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, fetch and verify the data files that tasks read."""
    if ctx.invoked_subcommand is None:
        for member in members(()):
            line(member, state(member))


@command.command("list")
def list_() -> None:
    """List the files, and whether they are here."""
    for member in members(()):
        line(member, state(member))
        click.echo(f"{'':20} {member.about}; {member.licence}")


@command.command("fetch")
@click.argument("names", nargs=-1)
@click.pass_context
def fetch_(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Bring the files ahead of a run; all of them where no NAMES are given."""
    failed = False
    for member in members(names):
        try:
            fetch(member)
        except Missing as lack:
            click.echo(str(lack), err=True)
            failed = True
        else:
            line(member, state(member))
    ctx.exit(3 if failed else 0)


@command.command("verify")
@click.argument("names", nargs=-1)
@click.pass_context
def verify_(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Check the files' checksums anew. Exit code 3 where one is missing or wrong."""
    found = [(member, verify(member)) for member in members(names)]
    for member, now in found:
        line(member, now)
    ctx.exit(3 if any(now.status != "here" for _, now in found) else 0)


def members(names: tuple[str, ...]) -> list[Member]:
    """The files of these names, or of all."""
    catalogue = Catalogue.installed()
    there = known(catalogue.get("tasks", name) for name in catalogue.names("tasks"))
    for name in names:
        if name not in there:
            raise SeqbenchError(f"no data file is called {name!r}{nearest(name, there)}")
    return [member for name in names or there for member in there[name]]


def line(member: Member, now: State) -> None:
    """One file."""
    size = f"{now.size / 1e6:.1f} MB" if now.size else ""
    click.echo(f"{member.name:20} {now.status:8} {size:>8}  {now.path} : {member.path}")
