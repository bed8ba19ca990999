"""`seqbench check`: does a plugin keep its promises?"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from seqbench.catalogue import Catalogue, nearest
from seqbench.contract.errors import SeqbenchError

CHECKED = ("architectures", "tasks", "metrics", "probes", "reports")

Named = tuple[str, str]  # a kind and a name


@click.command("check")
@click.argument("name", metavar="NAME|FILE")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting to check it with, in place of its default: layers=2.",
)
@click.option("--json", "as_json", is_flag=True, help="Every outcome as JSON, a line a plugin.")
@click.pass_context
def command(ctx: click.Context, name: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Check that a plugin, or every plugin of a FILE, keeps its promises. Exit 3 where not.

    api must be kept by all; claims follow from what it declares or offers; advice only warns.
    """
    from seqbench.testing import check

    file = Path(name)
    catalogue = Catalogue.installed(file) if file.suffix == ".py" else Catalogue.installed()
    things = of_file(catalogue, file) if file.suffix == ".py" else of_name(catalogue, name)
    failed = 0
    for kind, each, given in made(catalogue, things, settings):
        found = check(catalogue.make(kind, each, given))
        failed += len(found.failed)
        if as_json:
            click.echo(json.dumps({"kind": kind, **found.record()}))
            continue
        for outcome in found:
            click.echo(f"{outcome.status:8} {each}: {outcome}")
        click.echo(found.summary)
    ctx.exit(3 if failed else 0)


def of_file(catalogue: Catalogue, file: Path) -> list[Named]:
    """What a file offers."""
    here = file.resolve()
    found = [at for at in every(catalogue) if Path(catalogue.home(*at)).resolve() == here]
    if not found:
        kinds = ", ".join(kind[:-1] for kind in CHECKED[:-1])
        raise SeqbenchError(f"{file} offers no {kinds} or report: is a hook missing?")
    return found


def of_name(catalogue: Catalogue, name: str) -> list[Named]:
    """What is called so, of any kind."""
    found = [at for at in every(catalogue) if at[1] == name]
    if not found:
        known = [each for _, each in every(catalogue)]
        raise SeqbenchError(f"no plugin is called {name!r}{catalogue.instead(name, known)}")
    return found


def every(catalogue: Catalogue) -> list[Named]:
    """All that there are checks for."""
    return [(kind, name) for kind in CHECKED for name in catalogue.names(kind)]


def made(
    catalogue: Catalogue, things: list[Named], settings: Iterable[str]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Each with the settings it takes of those given, each of which some must take."""
    given = dict(map(setting, settings))
    if len(things) == 1:
        return [(*things[0], given)]
    takes = {at: {one.name for one in catalogue.settings(*at)} for at in things}
    known = sorted(set().union(*takes.values()))
    for key in given:
        if key not in known:
            raise SeqbenchError(
                f"--set {key}: none of them has such a setting{nearest(key, known)}"
            )
    return [(*at, {k: v for k, v in given.items() if k in takes[at]}) for at in things]


def setting(text: str) -> tuple[str, Any]:
    """`layers=2` as a name and a value, which is read as in a suite."""
    from seqbench.suite.yaml import parse

    key, equals, value = (part.strip() for part in text.partition("="))
    if not key or not equals:
        raise SeqbenchError(f"--set {text}: write key=value, as in layers=2")
    document = parse(value, f"--set {key}")
    document.problems.settle()
    return key, document.data
