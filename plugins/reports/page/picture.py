"""A picture: what it shows in Vega-Lite's words, in ours, and as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from seqbench.kits.table import Row, Table, plain

# Okabe and Ito's colours (2008), told apart without colour vision, and again by dash and shape.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#8C564B", "#7F7F7F")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 1], [1, 3], [10, 2, 2, 2])
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Picture:
    """A chart of one task, or of all where `task` is empty."""

    title: str
    alt: str
    spec: Mapping[str, Any]
    table: Table
    task: str = ""

    def for_paper(self) -> dict[str, Any]:
        """With a title, a legend and a white ground."""
        spec = deepcopy(dict(self.spec))
        for part in (spec, *spec.get("layer", ())):
            colour = part.get("encoding", {}).get("color")
            if isinstance(colour, dict) and "scale" in colour:
                colour["legend"] = {"title": None, "orient": "right"}
        view = {"background": "white", "width": 380, "height": 260, "title": plain(self.title)}
        return {**spec, **view, "config": config("#222222")}


def config(ink: str) -> dict[str, Any]:
    """How all charts look; on a page the ink is the page's own."""
    font = "system-ui, sans-serif"
    axis = {"labelColor": ink, "titleColor": ink, "tickColor": ink, "domainColor": ink}
    grid = {"gridColor": "#888888", "gridOpacity": 0.25, "titleFontWeight": "normal"}
    return {
        "font": font,
        "axis": {**axis, **grid, "labelFontSize": 12, "titleFontSize": 12},
        "legend": {"labelColor": ink, "titleColor": ink, "labelLimit": 260},
        "title": {"color": ink, "fontWeight": "normal", "anchor": "start"},
        "text": {"color": ink},
        "view": {"stroke": None},
    }


def coloured(names: Sequence[str]) -> dict[str, Any]:
    """The channel that tells architectures apart by colour."""
    span = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    scale = {"domain": list(names), "range": span}
    return {"field": "architecture", "type": "nominal", "scale": scale, "legend": None}


def dashed(names: Sequence[str]) -> dict[str, Any]:
    """And by the line's dashes."""
    span = [list(DASHES[(i + i // len(COLOURS)) % len(DASHES)]) for i in range(len(names))]
    scale = {"domain": list(names), "range": span}
    return {"field": "architecture", "type": "nominal", "scale": scale, "legend": None}


def shaped(names: Sequence[str]) -> dict[str, Any]:
    """And by the point's shape."""
    span = [SHAPES[i % len(SHAPES)] for i in range(len(names))]
    scale = {"domain": list(names), "range": span}
    return {"field": "architecture", "type": "nominal", "scale": scale, "legend": None}


def axis(name: str, title: str, log: bool = False, form: str = "~g") -> dict[str, Any]:
    """A quantity along an axis, its ticks in one of d3's formats."""
    scale = {"type": "log", "nice": False} if log else {"zero": False, "nice": True}
    ticks = {"format": form, "tickCount": 6}
    return {"field": name, "type": "quantitative", "title": title, "scale": scale, "axis": ticks}


def tips(fields: Mapping[str, str]) -> list[dict[str, str]]:
    """What hovering shows: fields by title."""
    return [{"field": field, "title": title} for field, title in fields.items()]


def chart(rows: Rows, layers: Iterable[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """Layers over the same rows; those of an architecture can be taken out by its field."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"name": "rows", "values": rows},
        "width": "container",
        "height": 260,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": [dict(layer) for layer in layers],
    }


def lines(
    rows: Rows, names: Sequence[str], x: dict[str, Any], y: dict[str, Any], band: str = ""
) -> dict[str, Any]:
    """Lines through points with what lies between `low` and `high` shaded, named by `band`."""
    shown = {"x": x, "color": coloured(names)}
    shade = {**shown, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    told = {"architecture": "architecture", x["field"]: x["title"], y["field"]: y["title"]}
    hover = {"tooltip": tips({**told, **({"span": band} if band else {})})}
    line = {**shown, "y": y, "strokeDash": dashed(names)}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": line},
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {**shown, "y": y, "shape": shaped(names), **hover},
        },
    ]
    if band:
        layers.insert(0, {"mark": {"type": "area", "opacity": 0.15}, "encoding": shade})
    return chart(rows, layers, names)


def behind(title: str, rows: Rows, fields: Mapping[str, str]) -> Table:
    """The numbers of a chart as a table, fields by title."""
    cells = [Row(tuple(told(row.get(field)) for field in fields)) for row in rows]
    return Table(title, tuple(fields.values()), tuple(cells))


def told(value: Any) -> str:
    """A cell."""
    if value is None:
        return "–"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
