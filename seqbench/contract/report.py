"""How results are shown."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Frames:
    """Results as tidy tables, linked by the trial's `id`.

    `trials` has a row a trial, `measurements` a row for each number of a trial at each split and
    coordinate, `curves` a row for each point of a learning curve. `about` holds the text of the
    suite (`suite`) and the `command` where they are known.
    """

    trials: "pd.DataFrame"
    measurements: "pd.DataFrame"
    curves: "pd.DataFrame"
    about: Mapping[str, str] = field(default_factory=dict)


class Report(ABC):
    """A view on the frames. A frozen dataclass; its fields are its settings."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    suffix: ClassVar[str] = ".md"  # of the file it is written to, beside the records
    all_tried: ClassVar[bool] = False  # what searches did not choose is left out, unless this is so

    @abstractmethod
    def render(self, frames: Frames) -> str:
        """The text of the file."""

    def files(self, frames: Frames) -> Mapping[str, bytes]:
        """All files it is written to, by path below the results folder; one, unless it says so."""
        return {f"{self.name}{self.suffix}": self.render(frames).encode()}

    def show(self, frames: Frames, width: int) -> str | None:
        """What a terminal of so many columns shows, or None to show the file's path alone."""
        return self.render(frames)
