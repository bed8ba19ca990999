"""Whether every line still says what was written."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from seqbench.contract.record import SCHEMA, from_record
from seqbench.store.head import flaw
from seqbench.store.index import Damage, lines_of, record_files
from seqbench.store.schema import current


@dataclass(frozen=True)
class Verdict:
    """What a look at every line of a results folder found."""

    files: int
    records: int  # that are as they were written
    damaged: tuple[Damage, ...]

    def __str__(self) -> str:
        found = f"{self.records} records in {self.files} files, {len(self.damaged)} damaged lines"
        return "\n".join([found, *map(str, self.damaged)])


def verify(folder: Path) -> Verdict:
    """Check the checksum of every line, and that a trial's id is the one its fields make."""
    files = record_files(folder)
    records = 0
    damaged: list[Damage] = []
    for file in files:
        for number, line in enumerate(lines_of(file), 1):
            why = flaw(line) or _doubt(line, file)
            if why is None:
                records += 1
            else:
                damaged.append(Damage(file, number, why))
    return Verdict(len(files), records, tuple(damaged))


def _doubt(line: bytes, file: Path) -> str | None:
    told = msgspec.json.decode(line)
    try:
        trial = from_record(current(told, str(file))).trial
    except (AttributeError, KeyError, TypeError) as error:
        return f"it is no record: {error!r}"
    if told["schema"] == SCHEMA and told["id"] != trial.id:  # an older id was made by older rules
        return f"its trial's id is {trial.id}, and it says {told['id']}"
    return None
