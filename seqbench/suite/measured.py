"""`measure`: metrics asked for beside those of the tasks, probes and races with their settings."""

from typing import Any, Literal, NamedTuple

from seqbench.catalogue.nearest import shown
from seqbench.contract.probe import Race
from seqbench.contract.trial import Choice
from seqbench.suite.build import Key
from seqbench.suite.entries import Entries


class Measured(NamedTuple):
    """What is asked of every fitted model, and of all architectures at once."""

    metrics: tuple[str, ...]
    probes: tuple[Choice, ...]
    races: tuple[Choice, ...]


def measured(entries: Entries, value: Any, fitted: bool) -> Measured:
    """The metrics, probes and races with every setting filled in; what is none is a slip.

    So is what needs a fitted model where there are to be none.
    """
    metrics: list[str] = []
    probes: dict[str, Choice] = {}
    races: dict[str, Choice] = {}
    for name, given, path in entries.form.entries(("measure",), value):
        kind = kind_of(entries, name)
        if kind is None:
            unknown(entries, name, path)
        elif kind != "race" and not fitted:
            entries.form.slip_key(path, f"{name} looks at trained models, and train is false")
        elif kind == "metric":
            metrics.append(name)
            if given:
                entries.form.slip_key(path, f"{name} is a metric, and a metric has no settings")
        elif probe := entries.choice("probes", name, given, path):
            (races if kind == "race" else probes)[probe.label] = probe
    if not (fitted or races or entries.lenient):
        slip = "train is false, so that something in `measure` must need no training: scaling, say"
        entries.form.slip(("train",), slip)
    return Measured(tuple(dict.fromkeys(metrics)), tuple(probes.values()), tuple(races.values()))


def kind_of(entries: Entries, name: str) -> Literal["metric", "probe", "race"] | None:
    """What a name in `measure` is."""
    catalogue = entries.catalogue
    if name in catalogue.names("probes"):
        return "race" if issubclass(catalogue.get("probes", name), Race) else "probe"
    return "metric" if name in catalogue.names("metrics") else None


def unknown(entries: Entries, name: str, path: Key) -> None:
    """Note a name that nothing has."""
    if entries.lenient:
        entries.unresolved.append(name)
        return
    known = (*entries.catalogue.names("metrics"), *entries.catalogue.names("probes"))
    message = f"no metric or probe is called {shown(name)}"
    entries.form.slip_key(path, message + entries.catalogue.instead(name, known))
