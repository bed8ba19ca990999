"""Modules that take part, each loaded on its own, so that none takes the others down."""

import hashlib
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from seqbench import hooks
from seqbench.catalogue import edition, offer
from seqbench.catalogue.blame import blame
from seqbench.catalogue.block import Block
from seqbench.catalogue.nearest import nearest
from seqbench.catalogue.offer import FILE, KINDS, Offer
from seqbench.catalogue.source import Source
from seqbench.contract.errors import SeqbenchError

GROUP = "seqbench"


class Manager(pluggy.PluginManager):
    """Pluggy's, which looks at each name of a module with care, and so for long."""

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> pluggy.HookimplOpts | None:
        """What a hook's marker says, or None: nothing but a marked routine is a hook."""
        thing = vars(plugin).get(name)
        marked = inspect.isroutine(thing) and hasattr(thing, f"{self.project_name}_impl")
        return super().parse_hookimpl_opts(plugin, name) if marked else None


class Plugins:
    """The loaded modules and what they offer; `broken` says why others could not be loaded."""

    def __init__(self) -> None:
        self.manager = Manager("seqbench")
        self.manager.add_hookspecs(hooks)
        self.broken: dict[str, str] = {}
        self.block = Block()
        self.blocked: list[str] = []
        self.sources: list[Source] = []
        self.offers: dict[str, list[Offer]] = {kind: [] for kind in KINDS}

    def load_installed(self) -> None:
        """Every entry point of the group, but for the blocked ones."""
        for home, point in self.entry_points():
            self.sources.append(Source(point.name, point.value, home))
            if self.block.stops(point.name, home.rpartition(" ")[0]):
                self.blocked.append(point.name)
            elif point.value.partition(":")[2]:
                self.broken[point.value] = f"{home}: an entry point names a module, not a thing"
            else:
                self.load(point.value, home)

    def entry_points(self) -> Iterator[tuple[str, EntryPoint]]:
        """With the distribution and version each comes from; the first of a name counts."""
        seen: set[str] = set()
        for distribution in distributions():
            try:
                points = list(distribution.entry_points.select(group=GROUP))
                home = home_of(distribution) if points else ""
            except Exception as error:  # somebody's damaged metadata
                self.broken[str(getattr(distribution, "_path", distribution))] = blame(error)
                continue
            if points and home.split()[0] not in seen:
                seen.add(home.split()[0])
                yield from ((home, point) for point in points)

    def load(self, name: str, home: str) -> None:
        """A module. Of a package every module inside, unless its own face offers hooks."""
        if self.manager.has_plugin(name):
            return
        if self.block.stops(name):
            self.blocked.append(name)
            return
        file = None
        try:
            spec = importlib.util.find_spec(name)
            file = Path(spec.origin) if spec and spec.has_location and spec.origin else None
            module = importlib.import_module(name)
            self.register(module, name, home)
            inside = () if self.manager.get_hookcallers(module) else getattr(module, "__path__", ())
            children = [child.name for child in pkgutil.iter_modules(inside)]
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: no plugin takes the others down
            self.broken[name] = f"{home}: {edition.misfit_in(file) or blame(error, file)}"
            return
        for child in children:
            if child != "__main__":
                self.load(f"{name}.{child}", home)

    def load_file(self, file: Path) -> None:
        """A plugin file of a suite. Raises SeqbenchError where it cannot be loaded."""
        if not file.is_file() or file.suffix != ".py":
            raise SeqbenchError(f"{file}: no plugin file stands there; it is a file named *.py")
        try:
            module = self.module(file.resolve())
            if self.manager.has_plugin(module.__name__):
                return
            self.register(module, module.__name__, str(file))
            callers = self.manager.get_hookcallers(module)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            other = edition.misfit_in(file)
            raise SeqbenchError(f"{file}: {other}" if other else blame(error, file)) from error
        if not callers:
            raise SeqbenchError(f"{file}: it offers nothing; no function is marked @hookimpl")

    @staticmethod
    def module(file: Path) -> ModuleType:
        """A file as a module, run once for each content it has.

        Its name is made of its path and its content, so that it stands in nobody's way, and
        is the same in every process, for pickle's sake.
        """
        source = file.read_bytes()
        mark = hashlib.sha256(str(file).encode() + b"\0" + source).hexdigest()[:12]
        stem = re.sub(r"\W", "_", file.stem)
        name = f"{FILE}{stem}_{mark}"
        if name in sys.modules:
            return sys.modules[name]
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None:
            raise SeqbenchError("it cannot be imported")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # where dataclasses, inspect and pickle look
        try:
            exec(compile(source, str(file), "exec"), vars(module))
        except BaseException:
            del sys.modules[name]
            raise
        return module

    def register(self, module: ModuleType, name: str, home: str) -> None:
        """Take in all that a module offers, or, where anything is wrong with it, nothing."""
        edition.check(module)
        try:
            self.manager.register(module, name)
            found = [(kind, Offer(thing, name, home)) for kind, thing in self.offered(module)]
            offer.check_names(found)
        except BaseException:
            if self.manager.is_registered(module):
                self.manager.unregister(module)
            raise
        for kind, one in found:
            self.offers[kind].append(one)

    def offered(self, module: ModuleType) -> Iterator[tuple[str, Any]]:
        """Each checked thing of one module, by kind."""
        for caller in self.manager.get_hookcallers(module) or ():
            if not caller.has_spec():
                known = [n for n in vars(hooks) if hasattr(getattr(hooks, n), "seqbench_spec")]
                raise TypeError(f"no hook is called {caller.name!r}{nearest(caller.name, known)}")
            if caller.name not in KINDS:
                continue  # an observer
            for impl in caller.get_hookimpls():
                if impl.plugin is module:
                    for thing in offer.checked(caller.name, impl.function()):
                        yield caller.name, thing


def home_of(distribution: Distribution) -> str:
    """`seqbench 0.1.0`."""
    return f"{distribution.metadata['Name']} {distribution.version}"
