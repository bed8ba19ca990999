"""Where plugins come from, and what became of each: the lines of `seqbench list --plugins`."""

import sys
from collections.abc import Iterator

from seqbench.catalogue import Catalogue
from seqbench.catalogue.block import BLOCK
from seqbench.catalogue.source import Source
from seqbench.kits.table import plain


def origins(catalogue: Catalogue) -> Iterator[str]:
    """A line for each entry point: its name, package and version, module, state and place.

    Below it a line for each module of it that was left out or could not be loaded.
    """
    for source in catalogue.sources:
        cells = (source.name, source.home, source.module)
        yield "  ".join([*(f"{plain(cell):18}" for cell in cells), plain(state(catalogue, source))])
        for module in catalogue.blocked:
            if source.covers(module) and source.name not in catalogue.blocked:
                yield f"  {plain(module)}: blocked by {BLOCK}"
        for module, reason in catalogue.broken.items():
            if source.covers(module):
                yield f"  {plain(f'{module}: could not be loaded: {reason}')}"
    for module, reason in catalogue.broken.items():
        if not any(source.covers(module) for source in catalogue.sources):
            yield plain(f"{module}: could not be read: {reason}")
    yield from asides(catalogue)


def state(catalogue: Catalogue, source: Source) -> str:
    """`loaded: 2 architectures, 1 task [the file]`, or why it is not."""
    if source.name in catalogue.blocked:
        return f"blocked by {BLOCK}"
    if source.module in catalogue.broken:
        return "not loaded"
    if source.module in catalogue.blocked:
        return f"blocked by {BLOCK}"
    offered = catalogue.offered_by(source.module).items()
    counts = [f"{len(names)} {kind if len(names) > 1 else kind[:-1]}" for kind, names in offered]
    file = getattr(sys.modules.get(source.module), "__file__", None)
    return f"loaded: {', '.join(counts) or 'it offers nothing'}" + (f" [{file}]" if file else "")


def losses(catalogue: Catalogue) -> Iterator[str]:
    """What a plain list is without, and why."""
    for plugin, reason in catalogue.broken.items():
        yield f"could not be loaded: {plugin}: {plain(reason)}"
    if catalogue.blocked:
        yield f"blocked by {BLOCK}: {plain(', '.join(catalogue.blocked))}"
    yield from asides(catalogue)


def asides(catalogue: Catalogue) -> Iterator[str]:
    """What no single plugin is to blame for: contested names, and words that block nothing."""
    for line in catalogue.contested:
        yield plain(f"not to be had: {line}")
    for word in catalogue.idle:
        yield plain(f"{BLOCK} names {word!r}, and no plugin is called that")
