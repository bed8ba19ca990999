"""A process of one side, asked for laps."""

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seqbench.compare.rerun.place import Place
from seqbench.contract.errors import SeqbenchError

SCRIPT = Path(__file__).with_name("lap.py")
ONE = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


class Runner:
    """Started on entering, ended on leaving; on one thread."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.cells: list[dict[str, str]] = []
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        env = {**os.environ, **dict.fromkeys(ONE, "1"), **self.place.env}
        self._process = subprocess.Popen(
            [str(self.place.python), "-P", str(SCRIPT), str(self.place.suite.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        try:
            self.cells = self._answer()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def lap(self, cell: int, examples: int) -> dict[str, Any]:
        """CPU and wall seconds of one fit, or an `error`."""
        assert self._process is not None and self._process.stdin is not None
        try:
            print(json.dumps({"cell": cell, "examples": examples}), file=self._process.stdin)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None
        found: dict[str, Any] = self._answer()
        return found

    def _answer(self) -> Any:
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._died()
        return json.loads(line)

    def _died(self) -> SeqbenchError:
        assert self._process is not None
        _, told = self._process.communicate()
        last = [line for line in told.strip().splitlines() if line][-1:]
        return SeqbenchError(f"{self.place.name}: its process ended: {' '.join(last)}")

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
