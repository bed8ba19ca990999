"""One named promise, and what came of asking whether it is kept."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, overload

Group = Literal["api", "claims", "advice"]
Status = Literal["passed", "failed", "skipped", "expected", "warned"]


@dataclass(frozen=True)
class Check:
    """A promise: a function that raises AssertionError where it is broken, saying how.

    `group`: `api`, what every plugin must keep; `claims`, what follows from what it declares or
    offers, and is skipped (Missing) where it does not; `advice`, what is worth a warning. `remedy`
    is what to do where it fails. Where one of `needs` was not kept, this is not asked.
    """

    name: str
    group: Group
    remedy: str
    run: Callable[[Any], None]
    needs: tuple[str, ...] = ()

    def __call__(self, subject: Any) -> None:
        """Ask it by itself."""
        self.run(subject)

    def of(self, part: Callable[[Any], Any]) -> "Check":
        """The same, asked of a part of the subject."""
        return replace(self, run=lambda subject: self.run(part(subject)))


def promise(
    group: Group, remedy: str, needs: tuple[str, ...] = ()
) -> Callable[[Callable[[Any], None]], Check]:
    """Make a Check, named as it is, of a function."""
    return lambda run: Check(run.__name__, group, remedy, run, needs)


@dataclass(frozen=True)
class Outcome:
    """What came of one check.

    `expected` failed as its author said it would; `warned` is advice that failed. `reason` says
    what is wrong, or why it was skipped; `remedy` what to do about it.
    """

    check: str
    status: Status
    reason: str = ""
    group: Group = "api"
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.check.replace('_', ' ')}"
        text += f": {self.reason}" if self.reason else ""
        return f"{text}. {self.remedy}" if self.remedy else text


@dataclass(frozen=True)
class Findings(Sequence[Outcome]):
    """One outcome for each check of one plugin, and how many were really asked."""

    name: str
    outcomes: tuple[Outcome, ...]

    def __len__(self) -> int:
        return len(self.outcomes)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    @overload
    def __getitem__(self, at: int) -> Outcome: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, at: int | slice) -> Outcome | tuple[Outcome, ...]:
        return self.outcomes[at]

    def of(self, *statuses: Status) -> list[Outcome]:
        """Those that ended so."""
        return [one for one in self.outcomes if one.status in statuses]

    @property
    def failed(self) -> list[Outcome]:
        """What its author has to mend."""
        return self.of("failed")

    @property
    def summary(self) -> str:
        """`gru: ran 20 of 22 checks, 0 failed; skipped 2 because ...`, in one line."""
        left = self.of("skipped")
        text = f"{self.name}: ran {len(self) - len(left)} of {len(self)} checks"
        text += f", {len(self.failed)} failed"
        for status, what in (("expected", "failed as expected"), ("warned", "warned")):
            if number := len(self.of(status)):  # type: ignore[arg-type]
                text += f", {number} {what}"
        reasons: dict[str, list[str]] = {}
        for one in left:
            reasons.setdefault(one.reason, []).append(one.check)
        for reason, names in reasons.items():
            text += f"; skipped {', '.join(names)}, because {reason}"
        return text

    def record(self) -> dict[str, Any]:
        """The same as plain JSON."""
        ran = len(self) - len(self.of("skipped"))
        counts = {"checks": len(self), "ran": ran, "failed": len(self.failed)}
        return {"name": self.name, **counts, "outcomes": [asdict(one) for one in self]}
