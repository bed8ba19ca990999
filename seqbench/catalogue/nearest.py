"""What somebody may have meant."""

import difflib
from collections.abc import Iterable

LISTED = 40  # names at most in one message


def nearest(word: str, names: Iterable[str]) -> str:
    """`; did you mean 'lstm'? (known: gru, lstm, rnn)`, as it follows a complaint."""
    known = sorted(names)
    close = difflib.get_close_matches(word[:64], known, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    more = f", and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return f"{meant} (known: {', '.join(known[:LISTED]) or 'none'}{more})"


def shown(value: object, width: int = 60) -> str:
    """A value as an error shows it: its repr, cut where it is long."""
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"
