"""Text out of a user's file, and one clear line where it is none."""

from seqbench.contract.errors import SeqbenchError


def decoded(raw: bytes, where: str, wanted: str) -> str:
    """The text of UTF-8 bytes, without the mark that some programs put before it.

    Raises SeqbenchError with the line (from 1) where they are anything else; `where` is how the
    user knows the file, and `wanted` says what it takes.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SeqbenchError(f"{where}, line {line}: this is not UTF-8; {wanted}") from error
