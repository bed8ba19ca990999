"""What a rerun found, for people, and as an exit code."""

import json
from collections import Counter
from collections.abc import Sequence

import numpy as np

from seqbench.compare.rerun.race import Timed, Verdict
from seqbench.kits.statistics import Estimate
from seqbench.kits.table import Row, Table

COLUMNS = ("", "verdict", "CPU time", "wall time", "control", "rounds", "examples a lap")
ORDER: tuple[Verdict, ...] = ("regression", "improvement", "ok", "inconclusive", "void", "failed")


def code(cells: Sequence[Timed], margin: float, strict: bool) -> int:
    """0 nothing slower, 1 a regression, 3 a cell failed, 4 undecided (strict), 5 nothing told."""
    found = Counter(cell.verdict(margin) for cell in cells)
    if not cells or found["void"] == len(cells):
        return 5
    if found["regression"]:
        return 1
    if found["failed"]:
        return 3
    return 4 if strict and found["inconclusive"] + found["void"] else 0


def headline(cells: Sequence[Timed], margin: float) -> str:
    """One line."""
    found = Counter(cell.verdict(margin) for cell in cells)
    words = ", ".join(f"{found[kind]} {kind}" for kind in ORDER if found[kind])
    worst = next((kind for kind in ORDER if kind in ("regression", "failed") and found[kind]), None)
    said = worst or ("inconclusive" if found["inconclusive"] + found["void"] else "ok")
    return f"{said}: time of {len(cells)} cells at a margin of {margin:.0%}: {words or 'none'}"


def table(title: str, cells: Sequence[Timed], margin: float) -> Table:
    """A row a cell: how much more time the current side takes, with intervals."""
    rows = []
    for cell in cells:
        name, verdict = f"{cell.task} × {cell.architecture}", cell.verdict(margin)
        if verdict == "failed":
            rows.append(Row((name, verdict, cell.error, "", "", "", "")))
            continue
        spans = [percent(cell.estimate(part)) for part in ("current", "wall", "control")]
        many = str(len(cell.ratios("current")))
        rows.append(Row((name, verdict, *spans, many, str(cell.examples)), verdict == "ok"))
    notes = (
        "more time than the baseline, medians with 95 % bootstrap intervals over rounds; judged by"
        " CPU time, an alarm only where a heat in new processes says it again",
        "control: the baseline beside itself; where that alarms the cell is void",
    )
    return Table(title, COLUMNS, tuple(rows), notes)


def percent(found: Estimate) -> str:
    """A log ratio as more or less time."""
    value, low, high = (100 * np.expm1(it) for it in found)
    return f"{value:+.1f} % [{low:+.1f}, {high:+.1f}]" if found.known else f"{value:+.1f} %"


def as_json(cells: Sequence[Timed], margin: float) -> str:
    """Every ratio of every round."""
    rows = [
        {
            "task": cell.task,
            "architecture": cell.architecture,
            "verdict": cell.verdict(margin),
            "error": cell.error,
            "examples": cell.examples,
            "heats": cell.heats,
        }
        for cell in cells
    ]
    return json.dumps({"margin": margin, "cells": rows}, indent=1) + "\n"
