"""Mixers by name: what one architecture may be made of others by."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from seqbench.contract.errors import SeqbenchError
from seqbench.kits.torch.architecture import TorchArchitecture


def mixers() -> dict[str, type[TorchArchitecture]]:
    """By name, every loaded architecture that says `mixer`, wherever it comes from."""
    found: dict[str, type[TorchArchitecture]] = {}
    waiting: list[type[TorchArchitecture]] = [TorchArchitecture]
    while waiting:
        cls = waiting.pop(0)
        waiting += cls.__subclasses__()
        own = cls.mixer is not TorchArchitecture.mixer
        if own and cls.module is TorchArchitecture.module and "name" in vars(cls):
            found[cls.name] = cls
    return found


def part(owner: str, said: str | Mapping[str, Mapping[str, Any]]) -> TorchArchitecture:
    """A mixer's architecture from `name` or {name: {setting: value}}.

    Raises SeqbenchError, in the name of its owner, where there is none such.
    """
    name, settings = (said, {}) if isinstance(said, str) else one_of(owner, said)
    known = mixers()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "there are: " + ", ".join(sorted(known))
        raise SeqbenchError(f"{owner} takes mixers, and none is called {name!r}; {hint}")
    try:
        return known[name](**settings)
    except TypeError as error:
        raise SeqbenchError(f"{owner}: {name}: {error}") from error


def one_of(owner: str, said: Mapping[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    """The one name of a mapping, and its settings."""
    if len(said) != 1 or not isinstance(next(iter(said.values())), Mapping | None):
        raise SeqbenchError(f"{owner} takes name, or `name: {{setting: value}}`, not {said!r}")
    name, settings = next(iter(said.items()))
    return name, settings or {}
