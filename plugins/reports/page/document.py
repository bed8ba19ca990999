"""The page: text, pictures and tables in one HTML file that needs nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from seqbench import Frames
from seqbench.kits.frames import labelled
from seqbench.kits.table import Strong, Table
from seqbench_plugins.reports.page.origin import logs, reproduce, said
from seqbench_plugins.reports.page.picture import COLOURS, Picture, config
from seqbench_plugins.reports.page.sections import Section, architectures, sections
from seqbench_plugins.reports.page.words import answers

if TYPE_CHECKING:
    import pandas as pd

POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'"
POLICY += "; img-src data: blob:"


def document(frames: Frames, library: str) -> str:
    """The whole page; `library` is Vega's JavaScript."""
    parts, names = list(sections(frames)), architectures(frames)
    trials = labelled(frames.trials)
    tasks = [str(task) for task in dict.fromkeys(trials.task_label)]
    title = f"seqbench: {', '.join(tasks[:4])}{' …' if len(tasks) > 4 else ''}"
    charts = [picture.spec for part in parts for picture in part.pictures]
    data = {"charts": charts, "config": config("currentColor")}
    body = [
        f"<header><h1>{said(title)}</h1>{standing(frames.trials)}</header>",
        f'<section id="answer"><h2>The answer</h2>{bullets([*answers(frames, parts)])}</section>',
        filters(names, tasks),
        *numbered(parts),
        logs(trials),
        reproduce(frames),
    ]
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            f"<title>{said(title)}</title><style>{resource('page.css')}</style></head><body>",
            *body,
            f"<script>{closed(library)}</script>",
            f'<script id="data" type="application/json">{embedded(data)}</script>',
            f"<script>{resource('page.js')}</script></body></html>\n",
        )
    )


def resource(name: str) -> str:
    """A file beside this one."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def closed(script: str) -> str:
    """JavaScript that cannot end the element it stands in."""
    return script.replace("</script", r"<\/script")


def embedded(data: Any) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def bullets(sentences: list[str]) -> str:
    """A list; a long one shows its first part."""
    items = [f"<li>{said(one)}</li>" for one in sentences]
    shown, rest = items[:12], items[12:]
    more = f"<details><summary>{len(rest)} more</summary><ul>{''.join(rest)}</ul></details>"
    return f"<ul>{''.join(shown)}</ul>{more if rest else ''}"


def standing(trials: pd.DataFrame) -> str:
    """How many trials came to what, and over how many seeds."""
    counts = Counter(map(str, trials.status))
    words = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    seeds = trials[~trials.race.astype(bool)].seed.nunique()
    partial = int(trials.partial.astype(bool).sum())
    told = f"{len(trials)} trials: {words}; seeds: {seeds or '–'}"
    return f'<p class="standing">{said(told + (f"; {partial} cut short" if partial else ""))}</p>'


def filters(names: list[str], tasks: list[str]) -> str:
    """Switches for architectures, in their colours, and for tasks."""
    rows = []
    for kind, some in (("architecture", names), ("task", tasks)):
        switches = []
        for number, name in enumerate(some):
            colour = COLOURS[number % len(COLOURS)] if kind == "architecture" else "currentColor"
            switches.append(
                f'<label><input type="checkbox" checked data-{kind}="{said(name)}">'
                f'<i style="background:{colour}"></i>{said(name)}</label>'
            )
        rows.append(f"<div><b>{kind}s</b>{''.join(switches)}</div>")
    return f'<nav id="filters" aria-label="Filters">{"".join(rows)}</nav>'


def numbered(parts: list[Section]) -> Iterator[str]:
    """Each section, its pictures numbered as they stand in the data."""
    number = 0
    for part in parts:
        drawn = []
        for picture in part.pictures:
            drawn.append(figure(picture, number))
            number += 1
        tables = "".join(map(table, part.tables))
        if part.pictures and tables:
            tables = f"<details><summary>All numbers as tables</summary>{tables}</details>"
        yield (
            f'<section id="{part.anchor}"><h2>{said(part.title)}</h2><p>{said(part.lead)}</p>'
            f'<div class="grid">{"".join(drawn)}</div>{tables}</section>'
        )


def figure(picture: Picture, number: int) -> str:
    """A place for a chart, with what it shows in words and in numbers."""
    alt = said(f"{picture.title}. {picture.alt}")
    return (
        f'<figure data-of-task="{said(picture.task)}"><figcaption>{said(picture.title)}'
        f'</figcaption><div class="chart" role="img" aria-label="{alt}" data-chart="{number}">'
        f"</div><details><summary>Data</summary>{table(picture.table)}</details></figure>"
    )


def table(one: Table) -> str:
    """A table with its notes."""
    head = "".join(f'<th scope="col">{said(column)}</th>' for column in one.columns)
    rows = []
    for row in one.rows:
        first, *others = row.cells or ("",)
        cells = "".join(f"<td>{strong(cell)}</td>" for cell in others)
        quiet = ' class="quiet"' if row.quiet else ""
        rows.append(f'<tr{quiet}><th scope="row">{said(first)}</th>{cells}</tr>')
    notes = "".join(f"<p class='note'>{said(note)}</p>" for note in one.notes)
    kind = "words" if one.text else "numbers"
    return (
        f'<div class="table"><table class="{kind}"><caption>{said(one.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{notes}"
    )


def strong(cell: str) -> str:
    """A cell, which may be one to see first."""
    return f"<strong>{said(cell)}</strong>" if isinstance(cell, Strong) else said(cell)
