"""A comparison for people: tables for a terminal and for Markdown."""

import statistics
from collections.abc import Iterator, Mapping

from seqbench.compare.comparison import Comparison
from seqbench.compare.judging import Judged, Verdict
from seqbench.kits.table import Row, Table

ORDER: tuple[Verdict, ...] = ("regression", "inconclusive", "improvement", "ok")
COLUMNS = ("", "verdict", "baseline", "current", "change", "margin", "p (Holm)", "solved", "seeds")


def headline(told: Comparison) -> str:
    """One line: the verdict, and of how many cells."""
    counts = told.counts()
    words = ", ".join(f"{counts[kind]} {kind}" for kind in ORDER if counts[kind])
    missing = f"; {len(told.lost)} trials missing or failed" if told.lost else ""
    compared = f"{len(told.judged)} of {told.expected} cells compared"
    return f"{told.verdict()}: {compared}{': ' if words else ''}{words}{missing}"


def tables(told: Comparison, every: bool = False) -> Iterator[Table]:
    """What is not simply ok, or everything; what is lost; what was not judged."""
    shown = [one for kind in ORDER for one in told.judged if one.verdict == kind]
    shown = [one for one in shown if every or one.verdict != "ok"]
    notes = list(told.notes)
    if told.counting:
        notes.append(f"only these can fail it: {', '.join(sorted(told.counting))}")
    if told.fresh:
        notes.append(f"{told.fresh} pairs of task and architecture are not in the baseline")
    if times := sum(one.verdict == "not judged" for one in told.cells):
        notes.append(f"{times} times are not judged: two stored runs cannot tell; use --rerun")
    title = f"{told.baseline} → {told.current}"
    if shown:
        yield Table(title, COLUMNS, rows(shown), tuple(notes))
    elif notes:
        yield Table(title, ("of note",), tuple(Row((note,)) for note in notes), text=True)
    if told.lost:
        gone = [Row((f"{it.task} × {it.architecture}, seed {it.seed}", it.why)) for it in told.lost]
        yield Table("Without a number to compare", ("", "why"), tuple(gone), text=True)


def rows(shown: list[Judged]) -> tuple[Row, ...]:
    """A row a cell."""
    return tuple(Row(cells_of(one), quiet=one.verdict == "ok") for one in shown)


def cells_of(one: Judged) -> tuple[str, ...]:
    """What a row says: medians over seeds, and the median of the paired differences."""
    cell = one.cell
    unit = f" {cell.unit}" if cell.unit else ""
    exact = cell.kind == "cost"
    return (
        cell.label,
        one.verdict,
        f"{median(cell.baseline):.6g}{unit}",
        f"{median(cell.current):.6g}{unit}",
        f"{one.change:+.4g}",
        "0" if exact else f"{one.margin:.3g}",
        "" if exact else f"{one.p:.3g}",
        f"{one.solved[0]:.0%} → {one.solved[1]:.0%}" if one.solved else "",
        str(one.seeds),
    )


def median(values: Mapping[int, float]) -> float:
    """Over seeds."""
    return statistics.median(values.values())


def markdown(told: Comparison) -> str:
    """All of it, for a summary page."""
    parts = [f"## seqbench compare: {headline(told)}", ""]
    return "\n".join([*parts, *(table.markdown() for table in tables(told, every=True))])
