"""Everything on offer, by kind and name."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seqbench.catalogue.block import BLOCK
from seqbench.catalogue.nearest import nearest, shown
from seqbench.catalogue.offer import Offer
from seqbench.catalogue.plugins import Plugins
from seqbench.catalogue.settings import Setting, build, settings
from seqbench.contract.errors import SeqbenchError


class Catalogue:
    """What is installed. `broken` says which plugins could not be loaded, and why.

    `blocked` are those that SEQBENCH_PLUGINS_BLOCK leaves out, `idle` the words in it that no
    plugin goes by, and `sources` the entry points that were found, in their order. Where two
    plugins have a thing of one kind and name, neither is to be had, and `contested` says so.

    `hook` calls the observers among the plugins: `catalogue.hook.run_started(trials=...)`.
    """

    def __init__(self, plugins: Plugins) -> None:
        self.hook = plugins.manager.hook
        self.broken = plugins.broken
        self.blocked = plugins.blocked
        self.idle = plugins.block.idle()
        self.sources = tuple(plugins.sources)
        self._offers: dict[str, dict[str, Offer]] = {}
        self._contested: dict[str, dict[str, str]] = {}
        for kind, found in plugins.offers.items():
            self._offers[kind], self._contested[kind] = by_name(kind, found)

    @classmethod
    def installed(cls, *files: Path) -> "Catalogue":
        """Load every installed plugin, then the given files.

        Raises SeqbenchError where a file cannot be loaded or has a name that is taken; an
        installed plugin that cannot be loaded is only remembered, in `broken`.
        """
        plugins = Plugins()
        plugins.load_installed()
        for file in files:
            plugins.load_file(file)
        return cls(plugins)

    def names(self, kind: str) -> list[str]:
        """Every name of this kind (one of KINDS), in alphabetical order."""
        return sorted(self._offers[kind])

    def claimed(self, kind: str, name: str) -> bool:
        """Whether a plugin offers this name, or several do, so that it stands for none of them."""
        return name in self._offers[kind] or name in self._contested[kind]

    @property
    def contested(self) -> list[str]:
        """A line for each name that two installed plugins claim."""
        return [line for lines in self._contested.values() for line in lines.values()]

    def offered_by(self, plugin: str) -> dict[str, list[str]]:
        """Names by kind of all that a module, and those inside of it, offer."""
        inside = f"{plugin}."
        found = {
            kind: [name for name in self.names(kind) if f"{one[name].plugin}.".startswith(inside)]
            for kind, one in self._offers.items()
        }
        return {kind: names for kind, names in found.items() if names}

    def get(self, kind: str, name: str) -> Any:
        """The class (or the Metric) of this name, or a SeqbenchError with its neighbours."""
        return self._offer(kind, name).thing

    def home(self, kind: str, name: str) -> str:
        """The distribution and version it comes from, or the path of its file."""
        return self._offer(kind, name).home

    def settings(self, kind: str, name: str) -> list[Setting]:
        """Name, type, default and meaning of all that can be set."""
        return [] if kind == "metrics" else settings(self.get(kind, name))

    def make(self, kind: str, name: str, given: Mapping[str, Any]) -> Any:
        """An instance with these settings, or a SeqbenchError with a line for each slip."""
        made, problems = self._build(kind, name, given)
        if problems:
            raise SeqbenchError("\n".join(message for _, message in problems))
        return made

    def problems(
        self, kind: str, name: str, given: Mapping[str, Any]
    ) -> list[tuple[str | None, str]]:
        """All that `make` would complain about, by setting; None stands for the whole."""
        try:
            return self._build(kind, name, given)[1]
        except SeqbenchError as error:
            return [(None, str(error))]

    def _build(
        self, kind: str, name: str, given: Mapping[str, Any]
    ) -> tuple[Any, list[tuple[str | None, str]]]:
        thing = self.get(kind, name)
        if kind == "metrics":
            return thing, [(key, f"the metric {name} has no settings") for key in given]
        return build(thing, name, given)

    def _offer(self, kind: str, name: str) -> Offer:
        found = self._offers[kind]
        if name in found:
            return found[name]
        if name in self._contested[kind]:
            raise SeqbenchError(self._contested[kind][name])
        raise SeqbenchError(f"no {kind[:-1]} is called {shown(name)}{self.instead(name, found)}")

    def instead(self, name: str, known: Iterable[str]) -> str:
        """What follows a complaint of an unknown name: its neighbours, and what is not loaded."""
        message = nearest(name, known)
        for lines in self._contested.values():
            message += f"; {lines[name]}" if name in lines else ""
        if self.blocked:
            message += f"; blocked by {BLOCK}: {', '.join(self.blocked)}"
        lost = sorted(self.broken.items(), key=lambda plugin: (name not in plugin[0], plugin[0]))
        for plugin, reason in lost[:3]:
            message += f"; plugin {plugin} could not be loaded: {reason}"
        if len(lost) > 3:
            message += f"; and {len(lost) - 3} more could not"
        return message


def by_name(kind: str, offers: list[Offer]) -> tuple[dict[str, Offer], dict[str, str]]:
    """All that has a name of its own, and what is to be said of names that two things claim.

    One thing offered twice is one thing. Raises SeqbenchError where a suite's file claims a
    name that is taken: that is a slip of the suite's.
    """
    found: dict[str, Offer] = {}
    contested: dict[str, str] = {}
    for one in offers:
        name = one.thing.name
        other = found.setdefault(name, one)
        if other.thing is one.thing:
            continue
        told = (
            f"two {kind} are called {name!r}: in {other} and in {one}; rename one,"
            f" or leave out its plugin with {BLOCK}=NAME"
        )
        if one.of_file or other.of_file:
            raise SeqbenchError(told)
        contested[name] = told
    return {name: one for name, one in found.items() if name not in contested}, contested
