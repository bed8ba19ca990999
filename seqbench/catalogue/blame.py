"""Which line of a plugin an exception is due to, in one line."""

import traceback
from pathlib import Path


def blame(error: BaseException, file: Path | None = None) -> str:
    """`my_mixer.py:3: NameError: name 'nn' is not defined`.

    The line is the last one in the plugin's `file` that the exception passed through.
    """
    kind = type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        here = file if file and Path(error.filename) == file.resolve() else error.filename
        return f"{here}:{error.lineno}: {kind}: {error.msg}"
    text = " ".join(said(error).split())[:300]
    what = f"{kind}: {text}" if text else kind
    if file is None:
        return what
    own = (file, file.resolve())
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) in own]
    return f"{file}:{lines[-1]}: {what}" if lines else f"{file}: {what}"


def said(error: BaseException) -> str:
    """Its message; an exception may be unable to tell even that."""
    try:
        return str(error)
    except Exception:
        return ""
