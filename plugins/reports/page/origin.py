"""Where a page's numbers come from: logs of what failed, the suite, machines and versions."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from seqbench import Frames
from seqbench.kits.table import plain

if TYPE_CHECKING:
    import pandas as pd


def said(text: object) -> str:
    """Text as it is meant: no markup, no control characters."""
    return escape(plain(str(text)))


def logs(trials: pd.DataFrame) -> str:
    """The last lines that failed trials left, where they left any."""
    if "facts.log" not in trials:
        return ""
    found = []
    for _, trial in trials[trials["facts.log"].notna()].iterrows():
        head = said(f"{trial.task_label} × {trial.label}, seed {trial.seed}: {trial.status}")
        tail = escape(clean("\n".join(str(trial["facts.log"]).splitlines()[-15:])))
        found.append(f"<details><summary>{head}</summary><pre>{tail}</pre></details>")
    many = len(found) - MOST_LOGS
    more = f"<p class='note'>and {many} more</p>" if many > 0 else ""
    return f'<section id="logs">{"".join(found[:MOST_LOGS])}{more}</section>' if found else ""


def reproduce(frames: Frames) -> str:
    """The command, the suite's text where it is known, versions and machines."""
    trials = frames.trials
    facts = []
    for column in sorted(map(str, trials)):
        if column.startswith("facts.") and column not in UNTOLD:
            values = [str(value) for value in trials[column].dropna().unique()]
            if values:
                more = f" … ({len(values)} values)" if len(values) > 3 else ""
                facts.append((column.removeprefix("facts."), ", ".join(values[:3]) + more))
    rows = "".join(f'<tr><th scope="row">{said(k)}</th><td>{said(v)}</td></tr>' for k, v in facts)
    suite = frames.about.get("suite", "")
    text = f"<pre>{escape(clean(suite))}</pre>" if suite else ""
    command = frames.about.get("command", "seqbench run SUITE.yaml")
    return (
        f'<section id="reproduce"><h2>How to reproduce</h2><p><code>{said(command)}</code></p>'
        f'{text}<details><summary>Machines and versions</summary><div class="table">'
        f'<table class="words"><tbody>{rows}</tbody></table></div></details></section>'
    )


MOST_LOGS = 50
UNTOLD = ("facts.model", "facts.executor_settings", "facts.log", "facts.started_at")


def clean(text: str) -> str:
    """Lines of text, each without control characters."""
    return "\n".join(
        " " * (len(line) - len(line.lstrip())) + plain(line) for line in text.split("\n")
    )
