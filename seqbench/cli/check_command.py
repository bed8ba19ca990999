"""`seqbench check`: does a plugin keep its promises?"""

from pathlib import Path

import click

from seqbench.catalogue import Catalogue, nearest
from seqbench.contract.errors import SeqbenchError

CHECKED = ("architectures", "tasks", "metrics")


@click.command("check")
@click.argument("name")
@click.pass_context
def command(ctx: click.Context, name: str) -> None:
    """Check that a plugin, or every plugin of a FILE, keeps its promises. Exit 3 where not."""
    file = Path(name)
    catalogue = Catalogue.installed(file) if file.suffix == ".py" else Catalogue.installed()
    things = [(kind, n) for kind in CHECKED for n in catalogue.names(kind)]
    if file.suffix == ".py":
        here = file.resolve()
        things = [
            (kind, n) for kind, n in things if Path(catalogue.home(kind, n)).resolve() == here
        ]
        if not things:
            raise SeqbenchError(
                f"{file} offers no architecture, task or metric: is a hook missing?"
            )
    else:
        known = [n for _, n in things]
        things = [(kind, n) for kind, n in things if n == name]
        if not things:
            raise SeqbenchError(f"no plugin is called {name!r}{nearest(name, known)}")
    failed = sum([check(catalogue, kind, n) for kind, n in things])
    ctx.exit(3 if failed else 0)


def check(catalogue: Catalogue, kind: str, name: str) -> int:
    """Print every check of one plugin; how many failed."""
    from seqbench.testing import check_architecture, check_metric, check_task

    if kind == "metrics":
        found = check_metric(catalogue.get(kind, name))
    elif kind == "tasks":
        found = check_task(catalogue.make(kind, name, {}))
    else:
        found = check_architecture(catalogue.make(kind, name, {}))
    for outcome in found:
        why = f": {outcome.reason}" if outcome.reason else ""
        click.echo(f"{outcome.status:8} {name}: {outcome.check.replace('_', ' ')}{why}")
    ran = [outcome for outcome in found if outcome.status != "skipped"]
    failed = [outcome for outcome in ran if outcome.status == "failed"]
    click.echo(f"{name}: ran {len(ran)} of {len(found)} checks, {len(failed)} failed")
    return len(failed)
