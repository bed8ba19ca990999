"""`measure`: metrics asked for beside those of the tasks, and probes with their settings."""

from typing import Any

from seqbench.catalogue.nearest import shown
from seqbench.contract.trial import Choice
from seqbench.suite.build import Key
from seqbench.suite.entries import Entries


def measured(entries: Entries, value: Any) -> tuple[tuple[str, ...], tuple[Choice, ...]]:
    """The metrics, and the probes with every setting filled in; what is neither is a slip."""
    metrics: list[str] = []
    probes: dict[str, Choice] = {}
    for name, given, path in entries.form.entries(("measure",), value):
        catalogue = entries.catalogue
        if name in catalogue.names("probes"):
            if probe := entries.choice("probes", name, given, path):
                probes[probe.label] = probe
        elif name not in catalogue.names("metrics"):
            unknown(entries, name, path)
        elif given:
            entries.form.slip_key(path, f"{name} is a metric, and a metric has no settings")
        else:
            metrics.append(name)
    return tuple(dict.fromkeys(metrics)), tuple(probes.values())


def unknown(entries: Entries, name: str, path: Key) -> None:
    """Note a name that nothing has."""
    if entries.lenient:
        entries.unresolved.append(name)
        return
    known = (*entries.catalogue.names("metrics"), *entries.catalogue.names("probes"))
    message = f"no metric or probe is called {shown(name)}"
    entries.form.slip_key(path, message + entries.catalogue.instead(name, known))
