"""Plain words of YAML as values, by the core schema of YAML 1.2 (2009, section 10.3).

PyYAML follows YAML 1.1, where `no` is false, `1e-3` is text and `12:30:45` is 45045.
"""

import math
import re

NULL = {"", "~", "null", "Null", "NULL"}
BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INT = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

DIGITS = 64  # in the text of a number
LARGEST = 2**63 - 1  # what every reader of a record can hold


def scalar(word: str) -> bool | int | float | str | None:
    """What an unquoted word means. Raises ValueError for a number no trial can use."""
    if word in NULL:
        return None
    if word in BOOL:
        return BOOL[word]
    if INFINITE.fullmatch(word):
        raise ValueError(f"{word} is no finite number")
    whole, based = INT.fullmatch(word), BASED.fullmatch(word)
    if not (whole or based or FLOAT.fullmatch(word)):
        return word
    if len(word) > DIGITS:
        raise ValueError(f"a number of {len(word)} digits; {DIGITS} are allowed")
    if whole or based:
        return bounded(int(word) if whole else int(word, 0))
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(f"{word} is too large for a number")
    return number


def bounded(number: int) -> int:
    """An int that fits into 64 bits, or a ValueError."""
    if abs(number) > LARGEST:
        raise ValueError(f"{number} is too large; whole numbers go up to {LARGEST}")
    return number
