"""What Ray calls on a node.

It travels as code and needs nothing there but Python and Ray, so that it can tell what is missing
or of another version before anything of it is used.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from typing import Any


def visit(wanted: dict[str, str], order: bytes, trial: bytes) -> Iterator[dict[str, Any]]:
    """Say where the trial runs, then what came of it; or what has another version than wanted."""
    import ray

    here = ray.get_runtime_context().get_node_id()
    place = {"node": here, "address": ray.util.get_node_ip_address()}
    found = versions()
    others = {name: (v, found.get(name)) for name, v in wanted.items() if found.get(name) != v}
    if others:
        yield {**place, "others": others}
        return
    yield place
    from seqbench_plugins.executors.ray.station import perform

    yield {**place, **perform(order, trial)}


def versions() -> dict[str, str]:
    """Of Python, and of each distribution with plugins, seqbench among them."""
    found = {"Python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for one in distributions():
        try:
            if one.entry_points.select(group="seqbench"):
                found.setdefault(one.metadata["Name"], one.version)
        except Exception:
            continue  # somebody's damaged metadata; the catalogue tells of it
    return found
