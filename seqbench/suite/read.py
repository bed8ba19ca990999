"""A YAML file as a Suite, checked against what is installed; all that is wrong is told at once."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seqbench.catalogue import Catalogue, nearest
from seqbench.catalogue.nearest import shown
from seqbench.contract.architecture import Recipe
from seqbench.contract.data import Sizes
from seqbench.contract.errors import SeqbenchError
from seqbench.suite.bounds import unfit_name
from seqbench.suite.budgets import budget
from seqbench.suite.entries import Entries
from seqbench.suite.files import plugin_files
from seqbench.suite.form import Form
from seqbench.suite.measured import measured
from seqbench.suite.overrides import edited
from seqbench.suite.searching import Searches
from seqbench.suite.suite import Suite
from seqbench.suite.yaml import load

NEEDED = ("suite", "tasks", "architectures")
KEYS = (
    *NEEDED,
    *("about", "plugins", "seeds", "train", "sizes", "parameters", "flops", "search", "measure"),
    *("executor", "report"),
)
SEEDS = 10_000


def open_suite(
    path: Path,
    overrides: Iterable[str] = (),
    *,
    allow_plugins: bool = False,
    load_plugins: bool = True,
) -> tuple[Suite, Catalogue]:
    """Read a suite and load what it speaks of.

    `overrides` are `key=value` texts (`train.lr=0.01`) that stand above the file.
    `allow_plugins` lets the suite name plugin files that do not lie beside or below it; without
    `load_plugins` none of its files is run, and what only they can offer is `unresolved`.
    Raises SeqbenchError with a line for each thing that is wrong: `file:line:column: what`.
    """
    form = Form(edited(load(path), overrides))
    files = plugin_files(form, path.parent, allow_plugins)
    if not load_plugins or form.document.problems.found:  # then what files offer is not missed
        catalogue = Catalogue.installed()
        return read(form, catalogue, path, files, lenient=form.has("plugins")), catalogue
    try:
        catalogue = Catalogue.installed(*files)
    except SeqbenchError as error:
        form.document.problems.stop(form.document.key(("plugins",)), str(error))
    return read(form, catalogue, path, files), catalogue


def read_suite(path: Path, catalogue: Catalogue, overrides: Iterable[str] = ()) -> Suite:
    """Read a suite against a catalogue at hand, which is taken to hold the suite's plugins."""
    form = Form(edited(load(path), overrides))
    return read(form, catalogue, path, plugin_files(form, path.parent, allow=False))


def read(
    form: Form, catalogue: Catalogue, path: Path, files: tuple[Path, ...], lenient: bool = False
) -> Suite:
    """The Suite in a document, or all that keeps it from being one."""
    data = top(form)
    entries = Entries(form, catalogue, Searches(form, data.get("search")), lenient)
    trained = data.get("train") is not False  # `train: false` trains nothing
    asked = measured(entries, data.get("measure", []), trained)
    suite = Suite(
        name=name(form, data.get("suite", "unnamed")),
        about=form.text(("about",), data.get("about", "")),
        plugins=files,
        seeds=seeds(form, data.get("seeds", 3)),
        sizes=form.single(("sizes",), "sizes", Sizes, form.pairs(("sizes",), data.get("sizes"))),
        **what_is_trained(entries, data, trained),
        measure=asked.metrics,
        probes=asked.probes,
        races=asked.races,
        fitted=trained,
        executor=entries.executor(data.get("executor", usual_executor(catalogue))),
        reports=entries.reports(data.get("report", usual_reports(catalogue))),
        path=path,
        budget=budget(form, data),
        unresolved=tuple(entries.unresolved),
    )
    form.document.problems.settle()
    return suite


def what_is_trained(entries: Entries, data: dict[str, Any], trained: bool) -> dict[str, Any]:
    """`train`, `tasks` and `architectures`, with what is searched over."""
    form, searches = entries.form, entries.searches
    given = form.pairs(("train",), data.get("train")) if trained else {}
    train = form.sweep(("train",), "train", Recipe, given)
    tasks = entries.trained("tasks", data.get("tasks"))
    searches.taken = {*train, *(key for entry in tasks for key in entry.train)}
    asked = data.get("architectures")
    architectures = entries.trained("architectures", asked)
    if not entries.lenient and isinstance(asked, list) and len(architectures) == len(asked):
        classes = [entries.catalogue.get("architectures", entry.name) for entry in architectures]
        searches.settle(classes)
    if not trained and any(entry.search for entry in architectures):
        form.slip(("train",), "train is false, and a search has to train")
    return {"train": train, "tasks": tasks, "architectures": architectures}


def top(form: Form) -> dict[str, Any]:
    """The keys of a suite, but for the user's own, `x-…`."""
    data, problems = form.document.data, form.document.problems
    if data is None:
        problems.stop(form.document.place(()), "it is empty; a suite begins with `suite: NAME`")
    if not isinstance(data, dict):
        problems.stop(form.document.place(()), "a suite is `key: value` pairs, as in `suite: NAME`")
    for key in data:
        if key not in KEYS and not key.startswith("x-"):
            form.slip_key((key,), f"a suite has no {shown(key)}{nearest(key, KEYS)}")
    for key in NEEDED:
        if key not in data:
            form.document.problems.add(
                form.document.place(()), f"the suite has no {key!r}, which every suite needs"
            )
    return data


def name(form: Form, value: Any) -> str:
    """`suite`: becomes the name of a folder."""
    text = form.text(("suite",), value)
    if isinstance(value, str) and (bad := unfit_name(text)):
        form.slip(("suite",), f"{shown(text)}: {bad}")
    return text


def seeds(form: Form, value: Any) -> tuple[int, ...]:
    """`seeds`: how many, or which."""
    if isinstance(value, list) and value:
        good = [type(one) is int and one >= 0 for one in value]
        if all(good) and len(set(value)) == len(value) <= SEEDS:
            return tuple(value)
    elif type(value) is int and 1 <= value <= SEEDS:
        return tuple(range(value))
    message = f"seeds takes a number from 1 to {SEEDS}, or a list of different whole numbers"
    form.slip(("seeds",), f"{message} from 0, not {shown(value)}")
    return ()


def usual_executor(catalogue: Catalogue) -> str:
    """A process for each trial, where that is installed."""
    return "process" if catalogue.claimed("executors", "process") else "inline"


def usual_reports(catalogue: Catalogue) -> list[str]:
    """The table, where that is installed."""
    return [name for name in ("table",) if catalogue.claimed("reports", name)]
