"""Learning curves, and gradients through time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqbench import Frames
from seqbench.kits.frames import labelled
from seqbench.kits.probed import probed
from seqbench_plugins.reports.gradients import NAMES, GradientsReport
from seqbench_plugins.reports.page.picture import Picture, Rows, axis, behind, lines
from seqbench_plugins.reports.page.scores import Parts

LESSON = {"architecture": "", "examples": "examples", "loss": "median valid loss", "span": "seeds"}
FADE = {"architecture": "", "lag": "lag", "norm": "median norm", "span": "seeds"}


def learning(frames: Frames, names: Sequence[str]) -> Parts:
    """Loss on valid by examples seen."""
    pictures = []
    trials = labelled(frames.trials)[["id", "task_label", "label"]]
    points = frames.curves.merge(trials, on="id")
    for task, here in points.groupby("task_label", sort=False):
        rows: Rows = []
        for (label, examples), mine in here.groupby(["label", "examples"], sort=False):
            low, high = float(mine.valid_loss.min()), float(mine.valid_loss.max())
            rows.append(
                {
                    "architecture": str(label),
                    "examples": int(examples),
                    "loss": float(mine.valid_loss.median()),
                    "low": low,
                    "high": high,
                    "span": f"{low:.3g} to {high:.3g} of {len(mine)}",
                }
            )
        title = f"{task}: loss on valid by examples seen"
        y = axis("loss", "loss on valid", log=min(row["low"] for row in rows) > 0)
        spec = lines(
            rows, names, axis("examples", "examples seen", form="~s"), y, "least to most of seeds"
        )
        alt = "Median over the seeds still in training, as patience ends some earlier."
        pictures.append(Picture(title, alt, spec, behind(title, rows, LESSON), str(task)))
    lead = "Median over seeds of the loss on valid; shaded: the least and the most of any seed."
    return "learning", "Learning", lead, pictures, []


def gradients(frames: Frames, names: Sequence[str]) -> Parts:
    """Norms over the lag, before and after training."""
    pictures = []
    numbers = probed(frames, NAMES)
    norms = numbers[numbers.name == "gradient_norm"]
    groups = norms.groupby(["task_label", "at.when"], sort=False) if len(norms) else ()
    for (task, when), here in groups:
        rows: Rows = []
        for (label, lag), mine in here.groupby(["label", "at.lag"], sort=False):
            values = mine.value.to_numpy(float)
            if (values > 0).all():  # a norm of 0 has no place on a logarithmic axis
                low, high = float(values.min()), float(values.max())
                rows.append(
                    {
                        "architecture": str(label),
                        "lag": int(lag),
                        "norm": float(np.median(values)),
                        "low": low,
                        "high": high,
                        "span": f"{low:.2g} to {high:.2g} of {len(values)}",
                    }
                )
        if not rows:
            continue
        title = f"{task}: gradient's norm by lag, {when}"
        x, y = axis("lag", "steps before the answer"), axis("norm", "norm", log=True)
        spec = lines(rows, names, x, y, "least to most of seeds")
        alt = "A straight fall on this logarithmic axis is an exponential decay."
        pictures.append(Picture(title, alt, spec, behind(title, rows, FADE), str(task)))
    lead = "How much of an answer's gradient reaches an input so many steps before it."
    tables = list(GradientsReport().tables(frames)) if pictures else []
    return "gradients", "Gradients through time", lead, pictures, tables
