"""A comparison in the formats that other programs read."""

import json
import statistics
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

from seqbench.compare.comparison import Comparison
from seqbench.compare.judging import Judged
from seqbench.compare.telling import markdown
from seqbench.kits.table import plain


def as_json(told: Comparison) -> str:
    """Everything, a cell an object."""
    cells = [
        {
            "task": one.cell.task,
            "architecture": one.cell.architecture,
            "name": one.cell.name,
            "kind": one.cell.kind,
            "at": one.cell.at,
            "unit": one.cell.unit,
            "better": one.cell.better,
            "verdict": one.verdict,
            "change": one.change,
            "margin": one.margin,
            "p": one.p,
            "solved": one.solved,
            "baseline": by_seed(one.cell.baseline),
            "current": by_seed(one.cell.current),
        }
        for one in told.cells
    ]
    whole = {
        "seqbench": version("seqbench"),
        "baseline": told.baseline,
        "current": told.current,
        "verdict": told.verdict(),
        "code": told.code(),
        "compared": len(told.judged),
        "expected": told.expected,
        "fresh": told.fresh,
        "notes": told.notes,
        "cells": cells,
        "lost": [vars(one) for one in told.lost],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def by_seed(values: Mapping[int, float]) -> dict[str, float]:
    """Values in the order of their seeds."""
    return {str(seed): values[seed] for seed in sorted(values)}


def as_junit(told: Comparison) -> str:
    """JUnit's XML: a test case a cell. What cannot be told is skipped, what is lost an error."""
    suite = ElementTree.Element("testsuite", name="seqbench compare", hostname="")
    counts = told.counts()
    cases: list[tuple[str, str, str, str]] = []
    for one in told.judged:
        cell = one.cell
        outcome = {"regression": "failure", "inconclusive": "skipped"}.get(one.verdict, "")
        why = f"{one.verdict}: {one.change:+.4g}, margin {one.margin:.3g}, p {one.p:.3g}"
        name = f"{cell.name} at {cell.at}" if cell.at else cell.name
        cases.append((f"{cell.task}.{cell.architecture}", name, outcome, why))
    for gone in told.lost:
        cases.append((f"{gone.task}.{gone.architecture}", f"seed {gone.seed}", "error", gone.why))
    for where, name, outcome, why in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=plain(where), name=plain(name))
        if outcome:
            ElementTree.SubElement(case, outcome, message=plain(why))
    totals = {"tests": len(cases), "failures": counts["regression"], "errors": len(told.lost)}
    for key, value in {**totals, "skipped": counts["inconclusive"]}.items():
        suite.set(key, str(value))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def as_action(better: str) -> Callable[[Comparison], str]:
    """The JSON of github-action-benchmark's customBiggerIsBetter, or customSmallerIsBetter."""

    def write(told: Comparison) -> str:
        rows = [
            {
                "name": plain(one.cell.label),
                "unit": one.cell.unit or one.cell.name,
                "value": statistics.median(one.cell.current.values()),
                "range": f"± {spread(one.cell.current.values()):.3g}",
                "extra": f"{one.verdict}; seeds {len(one.cell.current)}",
            }
            for one in told.judged
            if one.cell.better == better
        ]
        return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"

    return write


def spread(values: Iterable[float]) -> float:
    """The standard deviation; 0 of one value."""
    some = list(values)
    return statistics.stdev(some) if len(some) > 1 else 0.0


def as_pytest_benchmark(told: Comparison) -> str:
    """What `pytest-benchmark compare` reads: the current side's times, a round a seed, in s."""
    timed = [one for one in told.cells if one.cell.kind == "time" and one.cell.unit == "s"]
    whole = {
        "version": "5.1.0",  # of the format
        "datetime": datetime.now(UTC).isoformat(),
        "machine_info": {"node": "", "cpu": {}},
        "commit_info": {"id": "", "time": None, "dirty": False, "branch": ""},
        "benchmarks": [benchmark(one) for one in timed],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def benchmark(one: Judged) -> dict[str, Any]:
    """One entry, with the statistics under the names that pytest-benchmark gives them."""
    cell = one.cell
    data = sorted(cell.current.values())
    low, _, high = statistics.quantiles(data, n=4) if len(data) > 1 else data * 3
    mean, sd = statistics.fmean(data), spread(data)
    stats = {
        "min": data[0],
        "max": data[-1],
        "mean": mean,
        "stddev": sd,
        "rounds": len(data),
        "median": statistics.median(data),
        "iqr": high - low,
        "q1": low,
        "q3": high,
        "iqr_outliers": 0,
        "stddev_outliers": sum(abs(value - mean) > sd for value in data),
        "outliers": "0;0",
        "ld15iqr": data[0],
        "hd15iqr": data[-1],
        "ops": 1 / mean if mean else 0.0,
        "total": sum(data),
        "iterations": 1,
        "data": data,
    }
    name = f"{cell.name}[{plain(cell.task)}-{plain(cell.architecture)}]"
    about = {"group": cell.name, "name": name, "fullname": f"seqbench::{name}", "params": None}
    options = {"disable_gc": False, "timer": "perf_counter", "warmup": False}
    return {**about, "param": None, "extra_info": {}, "options": options, "stats": stats}


FORMATS: dict[str, Callable[[Comparison], str]] = {
    "markdown": markdown,
    "json": as_json,
    "junit": as_junit,
    "bigger-is-better": as_action("higher"),
    "smaller-is-better": as_action("lower"),
    "pytest-benchmark": as_pytest_benchmark,
}
