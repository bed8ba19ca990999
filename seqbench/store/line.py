"""A record as one line of a file, with the checksum it is known by."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

SEAL = len(b',"crc":"00000000"}')


def encode(record: Mapping[str, Any]) -> bytes:
    """One line of UTF-8 JSON with sorted keys; its last key is the CRC-32 of all that precedes.

    Raises ValueError on a number that is not finite and TypeError on what JSON does not know.
    """
    text = json.dumps(
        record, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )
    body = text.encode("utf-8", "replace")  # half of a surrogate pair is no text: it becomes "?"
    return body[:-1] + _seal(body[:-1]) + b"\n"


def intact(line: bytes) -> bool:
    """Whether a line, without its line break, still says what was written."""
    return line[-SEAL:] == _seal(line[:-SEAL])


def _seal(body: bytes) -> bytes:
    return b',"crc":"%08x"}' % zlib.crc32(body)
