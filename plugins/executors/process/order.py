"""What a trial's processes are told, and what they tell."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqbench import Trial


@dataclass(frozen=True)
class Order:
    """One trial, where its traces go, and what it may use."""

    work: bytes  # the pickled callable: unpickling it imports plugins, and only a trial may
    trial: Trial
    spool: Path
    log: Path
    threads: int
    timeout: float  # seconds; 0 for no limit
    memory: int  # bytes of the trial and all its children together; 0 for no limit

    @property
    def result(self) -> Path:
        """Where the trial leaves its result."""
        return self.spool / f"{self.trial.id}.json"


def tell(events: int, **event: Any) -> None:
    """Write an event to the run's pipe. Short enough to arrive in one piece among others."""
    os.write(events, json.dumps(event).encode()[:4000] + b"\n")
