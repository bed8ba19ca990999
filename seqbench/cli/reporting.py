"""Reports, written beside the records and shown on stdout."""

import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from seqbench.catalogue import Catalogue
from seqbench.contract.errors import Missing
from seqbench.contract.report import Frames, Report
from seqbench.kits.searched import chosen
from seqbench.store import Store
from seqbench.suite import Suite

SUITE = "suite.yaml"  # in a results folder, as it was last run
WIDE = 200  # columns, where stdout is no terminal


def print_reports(suite: Suite, catalogue: Catalogue, store: Store, ids: Collection[str]) -> None:
    """Every report that the suite asks for, over its own trials."""
    frames = told_of(of_trials(store.frames(), ids), store.folder)
    for choice in suite.reports:
        report = catalogue.make("reports", choice.name, choice.settings)
        publish(report, seen_by(report, frames), store.folder)


def seen_by(report: Report, frames: Frames) -> Frames:
    """What a report is to be made of: of a search, what was chosen, unless it wants all."""
    return frames if report.all_tried else chosen(frames)


def told_of(frames: Frames, folder: Path) -> Frames:
    """With the suite that was last run into the folder, and the command that does so again."""
    try:
        text = (folder / SUITE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return frames
    return replace(frames, about={"suite": text, "command": f"seqbench run {SUITE}"})


def keep_suite(folder: Path, suite: Path) -> None:
    """Lay a suite's text beside the records that it makes, for whoever wants to make them again."""
    try:
        if folder.is_dir():
            (folder / SUITE).write_bytes(suite.read_bytes())
    except OSError as error:
        click.echo(f"{folder / SUITE} could not be written: {error.strerror}", err=True)


def publish(report: Report, frames: Frames, folder: Path) -> None:
    """Show it and write its files; what it needs and this machine lacks is told, no more."""
    try:
        files = report.files(frames) if len(frames.trials) else {}
    except Missing as lack:
        click.echo(f"{report.name}: {lack}", err=True)
        return
    show(report, frames, folder / f"{report.name}{report.suffix}", list(files))
    write(folder, files)


def show(report: Report, frames: Frames, file: Path, files: Sequence[str]) -> None:
    """What a terminal can show of it; else where it is."""
    width = shutil.get_terminal_size((WIDE, 0)).columns if sys.stdout.isatty() else WIDE
    text = report.show(frames, width)
    console = Console(width=width, highlight=False)
    many = f" and {len(files) - 1} other files" if len(files) > 1 else ""
    where = f"{file.parent / files[0] if files else file}{many}"
    console.print(Text.from_ansi(text) if text is not None else where, soft_wrap=True)


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """The report's files; a folder that cannot be written to is said, and is no failure."""
    for name, content in files.items():
        try:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        except OSError as error:
            click.echo(f"{folder / name} could not be written: {error.strerror}", err=True)
            return


def of_trials(frames: Frames, ids: Collection[str]) -> Frames:
    """The rows of these trials alone."""
    wanted = set(ids)
    parts = (frames.trials, frames.measurements, frames.curves)
    mine = [part[part.id.isin(wanted)] for part in parts]
    return Frames(mine[0], mine[1], mine[2], frames.about)
