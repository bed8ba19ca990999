"""Reports, written beside the records and shown on stdout."""

import shutil
import sys
from collections.abc import Collection
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from seqbench.catalogue import Catalogue
from seqbench.contract.report import Frames, Report
from seqbench.kits.searched import chosen
from seqbench.store import Store
from seqbench.suite import Suite

WIDE = 200  # columns, where stdout is no terminal


def print_reports(suite: Suite, catalogue: Catalogue, store: Store, ids: Collection[str]) -> None:
    """Every report that the suite asks for, over its own trials."""
    frames = of_trials(store.frames(), ids)
    for choice in suite.reports:
        report = catalogue.make("reports", choice.name, choice.settings)
        file = store.folder / f"{report.name}{report.suffix}"
        seen = seen_by(report, frames)
        show(report, seen, file)
        write(report, seen, file)


def seen_by(report: Report, frames: Frames) -> Frames:
    """What a report is to be made of: of a search, what was chosen, unless it wants all."""
    return frames if report.all_tried else chosen(frames)


def show(report: Report, frames: Frames, file: Path) -> None:
    """What a terminal can show of it; else where it is."""
    width = shutil.get_terminal_size((WIDE, 0)).columns if sys.stdout.isatty() else WIDE
    text = report.show(frames, width)
    console = Console(width=width, highlight=False)
    console.print(Text.from_ansi(text) if text is not None else str(file), soft_wrap=True)


def write(report: Report, frames: Frames, file: Path) -> None:
    """The report's file; a folder that cannot be written to is said, and is no failure."""
    if not len(frames.trials):
        return
    try:
        file.write_text(report.render(frames), encoding="utf-8")
    except OSError as error:
        click.echo(f"{file} could not be written: {error.strerror}", err=True)


def of_trials(frames: Frames, ids: Collection[str]) -> Frames:
    """The rows of these trials alone."""
    wanted = set(ids)
    parts = (frames.trials, frames.measurements, frames.curves)
    return Frames(*(part[part.id.isin(wanted)] for part in parts))
