"""The answer in words: no more than the numbers support."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from seqbench import Frames
from seqbench.kits.frames import labelled, mixed_conditions
from seqbench.kits.ladder import Ladder
from seqbench.kits.leading import compared
from seqbench.kits.probed import probed
from seqbench.kits.table import Table
from seqbench_plugins.reports.memory import NAMES
from seqbench_plugins.reports.page.scores import ranked, summaries
from seqbench_plugins.reports.page.sections import Section

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = ("supported", "not supported", "cannot tell")


def answers(frames: Frames, parts: list[Section]) -> Iterator[str]:
    """A sentence a task, how far back and at what cost, then what became of the claims."""
    for task, here in ranked(frames).groupby("task_label", sort=False):
        yield sentence(str(task), here)
    yield from memories(frames)
    yield from cheapest(frames)
    for part in parts:
        for table in part.tables:
            if table.title == "Claims":
                yield from told(table)


def memories(frames: Frames) -> Iterator[str]:
    """A sentence a task: the median horizon of each architecture, the longest first."""
    for task, here in probed(frames, NAMES).groupby("task_label", sort=False):
        ladder = Ladder(here[here.name == "recall"], here[here.name == "horizon"])
        found = [(float(np.median(ladder.horizon(label))), label) for label in ladder.labels]
        found.sort(key=lambda it: -it[0])
        words = ", ".join(f"{label} {ladder.shown(horizon)}" for horizon, label in found)
        about = f"in {ladder.unit} (median over seeds; ≥: the longest asked)"
        yield f"Memory on {task}, {about}: {words}"


def cheapest(frames: Frames) -> Iterator[str]:
    """Who takes the fewest operations, and who learns the most examples a second."""
    trials = labelled(frames.trials)
    trials = trials[~trials.baseline.astype(bool) & (trials.status == "ok")]
    told = {"costs.flops_per_step": ("operations a step", 1.0)}
    if not mixed_conditions(trials):
        told["costs.examples_per_second"] = ("seconds an example in training", -1.0)
    for column, (unit, sign) in told.items():
        if column not in trials:
            continue
        wide = trials.pivot_table(index="task_label", columns="label", values=column).dropna(axis=1)
        if wide.shape[1] < 2:
            continue
        logs = sign * np.log(wide.to_numpy(float)).mean(axis=0)
        order = np.argsort(logs)
        names = [str(wide.columns[i]) for i in order]
        times = [float(np.exp(logs[i] - logs[order[0]])) for i in order]
        rest = ", ".join(f"{n} {t:.2f}" for n, t in zip(names[1:], times[1:], strict=True))
        yield (
            f"Fewest {unit}: {names[0]}; times as many: {rest} (geometric mean over "
            f"{len(wide)} task{'s' if len(wide) > 1 else ''})"
        )


def sentence(task: str, here: pd.DataFrame) -> str:
    """Who leads, by how much, and whether that can be told; and whether it is worth anything."""
    rows = summaries(here)
    models = [row for row in rows if not row["baseline"]]
    trivial = [row for row in rows if row["baseline"]]
    if not models:
        return f"On {task} nothing has a score."
    best, metric = models[0], here["name"].iloc[0]
    say = f"On {task}, {best['architecture']} has the best {metric}, {best['mean']:.3g}"
    if len(models) > 1:
        say += f"; {against(here, best['architecture'], models[1]['architecture'])}"
    if trivial:
        say += f". {beyond(here, best, trivial[0])}"
    return say + "."


def against(here: pd.DataFrame, one: str, other: str) -> str:
    """The best beside the next."""
    gap = compared(here, one, other)
    if gap is None or gap.seeds < 2:
        return f"whether {other} is behind it one seed cannot tell"
    low, high = gap.difference.low, gap.difference.high
    span = f"{gap.difference.value:.3g} [{low:.3g}, {high:.3g}], {gap.seeds} seeds"
    if gap.told_apart():
        return f"ahead of the next, {other}, by {span}"
    return f"it cannot be told from {other} over {gap.seeds} seeds"


def beyond(here: pd.DataFrame, best: dict[str, object], trivial: dict[str, object]) -> str:
    """Whether it beats the best of the trivial answers."""
    name = str(trivial["architecture"])
    gap = compared(here, str(best["architecture"]), name)
    if gap is not None and gap.difference.value <= 0:
        return f"It does not beat a trivial answer ({name}, {trivial['mean']:.3g})"
    if gap is not None and gap.seeds > 1 and gap.told_apart():
        return f"A trivial answer ({name}) reaches {trivial['mean']:.3g}"
    return f"That it beats a trivial answer ({name}, {trivial['mean']:.3g}) cannot be told"


def told(table: Table) -> Iterator[str]:
    """Each claim once, with where it is supported, where not, and where that cannot be told."""
    verdict = table.columns.index("verdict")
    found: dict[str, dict[str, list[str]]] = {}
    for row in table.rows:
        where, claim = row.cells[:2]
        found.setdefault(claim, {}).setdefault(row.cells[verdict], []).append(where)
    for claim, verdicts in found.items():
        words = [f"{it} on {', '.join(verdicts[it])}" for it in VERDICTS if it in verdicts]
        yield f"“{claim}”: {'; '.join(words)}"
