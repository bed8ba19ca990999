"""Records of older releases, read as if written today."""

from collections.abc import Callable, Mapping
from typing import Any

from seqbench.contract.errors import SeqbenchError
from seqbench.contract.record import SCHEMA

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: dict[int, Upgrade] = {}  # by schema: a pure function that gives the next one's record


def current(record: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The record in today's schema; `where` names the file it stands in.

    Raises SeqbenchError where the record is newer than this seqbench or too old for it.
    """
    now = dict(record)
    while (schema := now["schema"]) != SCHEMA:
        if schema > SCHEMA:
            raise SeqbenchError(
                f"{where} holds records of schema {schema} and this seqbench reads up to {SCHEMA}:"
                " read it with the release that wrote it, or a later one"
            )
        if schema not in UPGRADES:
            raise SeqbenchError(f"{where} holds records of schema {schema}, which nobody can read")
        now = {**UPGRADES[schema](now), "schema": schema + 1}
    return now
