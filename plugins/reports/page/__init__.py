"""Results as one page to look at, and as pictures for a paper."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seqbench import Frames, Missing, Report, hookimpl


@dataclass(frozen=True)
class HtmlReport(Report):
    """One file that opens offline: the answer in words, then pictures with the numbers behind."""

    name = "html"
    suffix = ".html"

    def render(self, frames: Frames) -> str:
        """The page."""
        from seqbench_plugins.reports.page.document import document

        return document(frames, converter().javascript_bundle())

    def show(self, frames: Frames, width: int) -> None:
        """A terminal gets the path alone."""


@dataclass(frozen=True)
class FiguresReport(Report):
    """The page's pictures as SVG and PNG files, made without a browser."""

    name = "figures"
    suffix = ".txt"
    scale: float = 2.0  # of the PNG's dots to the SVG's

    def render(self, frames: Frames) -> str:
        """Which files there are, and what they show."""
        return "".join(f"{name}: {it.title}. {it.alt}\n" for name, it in self.pictures(frames))

    def files(self, frames: Frames) -> Mapping[str, bytes]:
        """Two of each picture, and a text that tells what they show."""
        convert, found = converter(), {"figures/figures.txt": self.render(frames).encode()}
        for name, picture in self.pictures(frames):
            spec = picture.for_paper()
            found[f"figures/{name}.svg"] = convert.vegalite_to_svg(spec).encode()
            found[f"figures/{name}.png"] = convert.vegalite_to_png(spec, scale=self.scale)
        return found

    def show(self, frames: Frames, width: int) -> None:
        """A terminal gets the path alone."""

    def pictures(self, frames: Frames) -> Iterator[tuple[str, Any]]:
        """All of them, each with a name for a file."""
        from seqbench_plugins.reports.page.sections import sections

        for section in sections(frames):
            for number, picture in enumerate(section.pictures, 1):
                yield f"{section.anchor}-{number:02}", picture


def converter() -> Any:
    """vl-convert, which holds Vega. Raises Missing where it is not installed."""
    try:
        import vl_convert
    except ImportError:
        raise Missing(
            "pages and figures need vl-convert-python: pip install 'seqbench[report]'"
        ) from None
    return vl_convert


@hookimpl
def reports() -> list[type[Report]]:
    return [HtmlReport, FiguresReport]
