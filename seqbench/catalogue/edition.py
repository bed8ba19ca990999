"""Was a plugin built for the contract that stands here?"""

import re
from pathlib import Path
from types import ModuleType

from seqbench.contract.errors import SeqbenchError
from seqbench.contract.version import CONTRACT

ATTRIBUTE = "SEQBENCH_CONTRACT"  # of a module; what says nothing is taken to be built for this one
WRITTEN = re.compile(rf"^{ATTRIBUTE}\s*(?::\s*\w+\s*)?=\s*(\d+)\s*(?:#.*)?$", re.MULTILINE)


def check(module: ModuleType) -> None:
    """Raises SeqbenchError with both numbers where a module says that it needs another."""
    declared = vars(module).get(ATTRIBUTE, CONTRACT)
    if isinstance(declared, bool) or not isinstance(declared, int):
        raise SeqbenchError(f"{ATTRIBUTE} is {declared!r}; it takes an int, as seqbench.CONTRACT")
    if declared != CONTRACT:
        raise SeqbenchError(mismatch(declared))


def misfit_in(file: Path | None) -> str | None:
    """The same of a file that could not even be imported, from what is written in it."""
    try:
        text = file.read_text("utf-8") if file else ""
    except (OSError, ValueError):
        return None
    found = WRITTEN.search(text)
    return mismatch(int(found[1])) if found and int(found[1]) != CONTRACT else None


def mismatch(declared: int) -> str:
    """What is wrong, with both numbers, and which of the two is to be renewed."""
    older = "a newer seqbench" if declared > CONTRACT else "a newer version of the plugin"
    return (
        f"built for contract {declared}, and this seqbench has contract {CONTRACT}: needs {older}"
    )
