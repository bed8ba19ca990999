"""Recall at growing distance, and beyond the trained range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqbench import Frames
from seqbench.kits.ladder import Ladder
from seqbench.kits.probed import probed
from seqbench.kits.reach import reaches
from seqbench_plugins.reports.extrapolation import ExtrapolationReport
from seqbench_plugins.reports.memory import NAMES, MemoryReport
from seqbench_plugins.reports.page.picture import Picture, Rows, axis, behind, lines
from seqbench_plugins.reports.page.scores import Parts

FIELDS = {"architecture": "", "distance": "distance", "recall": "median recall", "span": "seeds"}


def memory(frames: Frames, names: Sequence[str]) -> Parts:
    """What the probe `memory` measured."""
    pictures = []
    for task, here in probed(frames, NAMES).groupby("task_label", sort=False):
        ladder = Ladder(here[here.name == "recall"], here[here.name == "horizon"])
        rows: Rows = []
        for label in ladder.labels:
            for distance in ladder.distances:
                rows += row(label, distance, ladder.recall(label, distance))
        title = f"{task}: recall by {ladder.unit}"
        x = axis("distance", ladder.unit, log=min(ladder.distances, default=0) > 0)
        alt = f"Median recall over seeds for {', '.join(ladder.labels)}."
        y = axis("recall", "recall (0 a guess, 1 no error)")
        spec = lines(rows, names, x, y, "least to most of seeds")
        pictures.append(Picture(title, alt, spec, behind(title, rows, FIELDS), str(task)))
    lead = "Trained once, asked at growing distance. Shaded: the least and the most of any seed."
    tables = list(MemoryReport().tables(frames)) if pictures else []
    return "memory", "How far back?", lead, pictures, tables


def extrapolation(frames: Frames, names: Sequence[str]) -> Parts:
    """Tests beyond what was trained."""
    pictures = []
    for reach in reaches(frames):
        rows: Rows = []
        for label in reach.labels:
            for place in reach.places:
                rows += row(label, place, reach.at(label, place))
        if not rows:
            continue
        title = f"{reach.task}: recall by {reach.setting}, trained up to {reach.most}"
        x = axis("distance", reach.setting, log=min(reach.places) > 0)
        y = axis("recall", "recall (0 a guess, 1 no error)")
        spec = lines(rows, names, x, y, "least to most of seeds")
        mark = {"type": "rule", "strokeDash": [4, 4], "color": "#888888"}
        end = {"data": {"values": [{"distance": reach.most}]}, "mark": mark, "encoding": {"x": x}}
        spec = {**spec, "layer": [end, *spec["layer"]]}
        alt = f"Median recall over seeds; beyond {reach.most} nothing was trained."
        pictures.append(Picture(title, alt, spec, behind(title, rows, FIELDS), reach.task))
    lead = "Right of the dashed line no training sequence was so long."
    tables = list(ExtrapolationReport().tables(frames)) if pictures else []
    return "extrapolation", "Beyond the trained length?", lead, pictures, tables


def row(label: str, distance: int, recall: np.ndarray) -> Rows:
    """One point, or none where no seed has one."""
    if not len(recall):
        return []
    low, high = float(recall.min()), float(recall.max())
    return [
        {
            "architecture": label,
            "distance": int(distance),
            "recall": float(np.median(recall)),
            "low": low,
            "high": high,
            "span": f"{low:.2f} to {high:.2f} of {len(recall)}",
        }
    ]
