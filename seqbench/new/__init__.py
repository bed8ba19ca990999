"""The first file of somebody's own plugin, and a pip package around it."""

import re
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path
from string import Template

from seqbench.contract.errors import SeqbenchError
from seqbench.contract.version import CONTRACT

KINDS = ("architecture", "task", "metric", "probe", "report")
NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def write(kind: str, name: str, folder: Path, package: bool = False) -> list[Path]:
    """Write a plugin that works as it is, `name.py`; with `package` a folder that pip installs.

    The paths written. Raises SeqbenchError where the name is none, or something stands there.
    """
    if kind not in KINDS:
        raise SeqbenchError(f"no plugin is of the kind {kind!r}; it takes {', '.join(KINDS)}")
    if not NAME.fullmatch(name) or iskeyword(name):
        raise SeqbenchError(
            f"{name!r} names no plugin: it takes a-z, 0-9 and _, and a letter first, as in my_mixer"
        )
    texts = packaged(kind, name) if package else {f"{name}.py": filled(kind, kind, name)}
    places = {folder / path: text for path, text in texts.items()}
    if taken := next((place for place in places if place.exists()), None):
        raise SeqbenchError(f"{taken} exists already; nothing was written")
    for place, text in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return list(places)


def packaged(kind: str, name: str) -> dict[str, str]:
    """The files of a package, by their paths in the folder it is written to."""
    return {
        f"{name}/{name}.py": filled(kind, kind, name),
        f"{name}/pyproject.toml": filled("pyproject", kind, name),
        f"{name}/README.md": filled("readme", kind, name),
        f"{name}/tests/test_{name}.py": filled(f"test_{kind}", kind, name),
    }


def filled(template: str, kind: str, name: str) -> str:
    """A template with the names put in."""
    text = files("seqbench.new").joinpath("templates", f"{template}.txt").read_text("utf-8")
    title = "".join(part.capitalize() for part in name.split("_"))
    return Template(text).substitute(name=name, title=title, kind=kind, contract=CONTRACT)
