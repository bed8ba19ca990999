"""The parts of a page, each made only where there is something to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from seqbench import Frames
from seqbench.kits.frames import labelled
from seqbench.kits.table import Table
from seqbench_plugins.reports.page import costs, curves, distances, ranking, scaling, scores
from seqbench_plugins.reports.page.picture import Picture


@dataclass(frozen=True)
class Section:
    """Pictures of one kind, what they say in a sentence, and tables below them."""

    anchor: str
    title: str
    lead: str
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = field(default=())


def architectures(frames: Frames) -> list[str]:
    """All that were fitted or raced, in the order of the records: their colours go by it."""
    trials = labelled(frames.trials)
    fitted = [str(name) for name in dict.fromkeys(trials[~trials.baseline.astype(bool)].label)]
    return [*fitted, *(name for name in scaling.raced(frames) if name not in fitted)]


def sections(frames: Frames) -> Iterator[Section]:
    """In the order of reading; the ones without a picture or a table are left out."""
    names = architectures(frames)
    for make in MAKERS:
        section = Section(*make(frames, names))
        if section.pictures or section.tables:
            yield section


MAKERS = (
    scores.leaderboard,
    distances.memory,
    distances.extrapolation,
    scaling.growth,
    costs.trade,
    costs.decoding,
    curves.learning,
    curves.gradients,
    ranking.diagram,
    scores.searches,
    scores.missing,
)
