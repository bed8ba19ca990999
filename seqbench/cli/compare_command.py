"""`seqbench compare`: a gate for continuous integration."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from seqbench.cli.options import parsed_only
from seqbench.compare import Comparison, compared, opened
from seqbench.compare.telling import headline, markdown, tables
from seqbench.compare.writing import FORMATS
from seqbench.contract.errors import SeqbenchError
from seqbench.kits.table import Table
from seqbench.store.journal import writing


@click.command("compare")
@click.argument("baseline")
@click.argument("current")
@click.option(
    "--margin", multiple=True, metavar="METRIC=X", help="What does not matter: accuracy=0.01."
)
@click.option("--fail-on", default="", metavar="NAME,...", help="Only these can fail it.")
@click.option(
    "--only", default="", metavar="tasks=a,b,architectures=c", help="Compare these trials alone."
)
@click.option("--strict", is_flag=True, help="What cannot be told fails it too, with code 4.")
@click.option("--all", "every", is_flag=True, help="Show what is ok, too.")
@click.option(
    "--rerun",
    type=click.Path(path_type=Path),
    metavar="SUITE",
    help="Measure times of this suite's trainings on both sides, now.",
)
@click.option("--heats", type=click.IntRange(1), default=3, help="Most heats of a rerun.")
@click.option(
    "--write",
    multiple=True,
    metavar="FORMAT=FILE",
    help=f"A file beside; formats: {', '.join(FORMATS)}.",
)
def command(baseline: str, current: str, strict: bool, every: bool, **options: Any) -> None:
    """Did anything get worse from BASELINE to CURRENT?

    Each is a results folder, or REVISION:FOLDER of the git repository here. Scores are compared
    over seeds, and counts of parameters and operations to the digit; times of two stored runs are
    not judged.

    With --rerun the sides are code: `here`, git:REVISION, a python executable with another version,
    or another plugin FILE of the suite. Both are trained side by side, turn by turn, and judged by
    CPU time (--margin time=0.03).

    Exit codes: 0 nothing worse, 1 a regression, 2 a slip in the command or its input, 3 a trial is
    missing or failed, 4 something cannot be told (with --strict), 5 nothing could be compared.
    """
    margins = dict(map(parsed_margin, options["margin"]))
    if options["rerun"]:
        if options["only"]:
            raise SeqbenchError("--only is of stored results; of a --rerun, write a suite of them")
        again(baseline, current, margins, strict, options)
    files = [parsed_file(text) for text in options["write"]]
    names = tuple(name.strip() for name in options["fail_on"].split(",") if name.strip())
    only = parsed_only(options["only"])
    told = compared(opened(baseline).of(only), opened(current).of(only), margins, names)
    show(told, every)
    for kind, file in files:
        with writing(file):
            file.write_text(FORMATS[kind](told), encoding="utf-8")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with writing(Path(summary)), Path(summary).open("a", encoding="utf-8") as page:
            page.write(markdown(told))
    click.get_current_context().exit(told.code(strict))


def again(
    baseline: str, current: str, margins: dict[str, float], strict: bool, options: dict[str, Any]
) -> None:
    """Measure times, tell, and end."""
    from seqbench.compare.rerun import rerun
    from seqbench.compare.rerun.telling import as_json, code, headline, table

    margin = margins.get("time", 0.03)

    def tell(line: str) -> None:
        click.echo(line, err=True)

    cells = rerun(baseline, current, options["rerun"], margin, options["heats"], tell)
    shown(table(f"{baseline} → {current}", cells, margin))
    for text in options["write"]:
        kind, file = parsed_file(text)
        if kind not in ("json", "markdown"):
            raise SeqbenchError(f"--write {text}: a rerun writes json or markdown")
        body = as_json(cells, margin) if kind == "json" else None
        page = table(f"{baseline} → {current}", cells, margin).markdown()
        with writing(file):
            file.write_text(body or page, encoding="utf-8")
    click.echo(headline(cells, margin))
    click.get_current_context().exit(code(cells, margin, strict))


def shown(table: Table) -> None:
    """One table."""
    width = shutil.get_terminal_size((200, 0)).columns if sys.stdout.isatty() else 200
    console = Console(width=width, highlight=False)
    console.print(Text.from_ansi(table.terminal(width)), soft_wrap=True)


def show(told: Comparison, every: bool) -> None:
    """The tables, then the verdict, which a log ends with."""
    for table in tables(told, every):
        shown(table)
    click.echo(headline(told))


def parsed_margin(text: str) -> tuple[str, float]:
    """accuracy=0.01 as a pair."""
    name, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not (name and 0 <= value < float("inf")):
        raise SeqbenchError(f"--margin {text}: write accuracy=0.01, a number of 0 or more")
    return name, value


def parsed_file(text: str) -> tuple[str, Path]:
    """junit=report.xml as a pair."""
    kind, _, file = text.partition("=")
    if kind not in FORMATS or not file:
        raise SeqbenchError(f"--write {text}: write FORMAT=FILE; formats: {', '.join(FORMATS)}")
    return kind, Path(file)
