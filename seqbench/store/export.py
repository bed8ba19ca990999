"""Frames as files for other programs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from seqbench.contract.report import Frames
from seqbench.kits.table import CONTROL
from seqbench.store.journal import writing

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("trials", "measurements", "curves")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs a cell that begins with one


def to_csv(frame: "pd.DataFrame", file: Path) -> None:
    """Numbers in full; text that would be a formula or paint on a terminal is made harmless."""
    words = [column for column, kind in frame.dtypes.items() if not is_number(kind)]
    safe = frame.assign(**{str(column): frame[column].map(harmless) for column in words})
    safe.rename(columns=harmless).to_csv(file, index=False)


def to_json(frame: "pd.DataFrame", file: Path) -> None:
    """A list of objects, a row each; what is empty is null."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    file.write_bytes(msgspec.json.encode(rows))  # pandas would round to 15 digits


def to_parquet(frame: "pd.DataFrame", file: Path) -> None:
    """Columns with their types."""
    frame.to_parquet(file, index=False)


FORMATS: dict[str, Callable[["pd.DataFrame", Path], None]] = {
    "csv": to_csv,
    "json": to_json,
    "parquet": to_parquet,
}


def export(frames: Frames, to: str, folder: Path) -> list[Path]:
    """A file for each frame, `trials.csv` and so on. Raises SeqbenchError where disks do."""
    files = [folder / f"{part}.{to}" for part in PARTS]
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for part, file in zip(PARTS, files, strict=True):
            FORMATS[to](getattr(frames, part), file)
    return files


def harmless(cell: Any) -> Any:
    """Text without control characters, and with an apostrophe before what would be a formula."""
    if not isinstance(cell, str):
        return cell
    text = CONTROL.sub("", cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def is_number(kind: Any) -> bool:
    """Whether a column of this type holds numbers or truths."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return bool(is_numeric_dtype(kind) or is_bool_dtype(kind))
