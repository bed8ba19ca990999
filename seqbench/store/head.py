"""The little of a record that decides whether its trial has to run."""

from pathlib import Path
from typing import Any

import msgspec

from seqbench.contract.record import SCHEMA
from seqbench.store.line import intact
from seqbench.store.schema import current


class Mark(msgspec.Struct, gc=False):
    """What was measured, and where."""

    name: str
    split: str = "test"
    at: dict[str, Any] = {}


class Head(msgspec.Struct, gc=False):
    """The little of a record that decides whether its trial has to run."""

    schema: int
    id: str
    status: str
    run: str = ""
    missing: bool = False
    measurements: list[Mark] = []
    probed: dict[str, str | None] = {}
    study: dict[str, str] = {}


def flaw(line: bytes) -> str | None:
    """Why a line does not count, or None where it does."""
    if intact(line):
        return None
    return "it does not match its checksum" if line.endswith(b"}") else "it was cut short"


def whole(line: bytes, file: Path) -> dict[str, Any]:
    """An intact line as a record of today's schema."""
    return current(msgspec.json.decode(line), str(file))


_decode = msgspec.json.Decoder(Head).decode


def head_of(line: bytes, file: Path) -> Head | None:
    """The head of an intact line, or None where it is no record."""
    try:
        head = _decode(line)
        if head.schema == SCHEMA:
            return head
    except msgspec.ValidationError:  # another schema may call things by other names
        pass
    try:
        return msgspec.convert(whole(line, file), Head)
    except (msgspec.ValidationError, KeyError, TypeError):
        return None
