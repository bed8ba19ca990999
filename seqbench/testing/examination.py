"""Asks checks of one plugin, each once, and only those whose needs are met."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from seqbench.catalogue import nearest
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.testing.check import Check, Findings, Outcome, Status


class Examination:
    """A plugin before its checks; an outcome is found when it is asked for.

    `expected_failed` gives by check the reason why it fails. It is strict: where such a check
    passes, that is a failure, so that no excuse outlives its reason.
    """

    def __init__(
        self,
        name: str,
        subject: Any,
        checks: Sequence[Check],
        expected_failed: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.subject = name, subject
        self.checks = {check.name: check for check in checks}
        self.excuses = dict(expected_failed or {})
        self._found: dict[str, Outcome] = {}
        for check in self.excuses:
            if check not in self.checks:
                raise SeqbenchError(
                    f"expected_failed: no check is called {check!r}{nearest(check, self.checks)}"
                )

    def findings(self) -> Findings:
        """Every check, in their order."""
        return Findings(self.name, tuple(self.outcome(name) for name in self.checks))

    def outcome(self, name: str) -> Outcome:
        """One check's, whatever it meets; what it needs is asked first."""
        if name not in self._found:
            check = self.checks[name]
            found = self._unmet(check) or asked(check, self.subject)
            self._found[name] = excused(found, self.excuses.get(name))
        return self._found[name]

    def _unmet(self, check: Check) -> Outcome | None:
        for need in check.needs:
            status = self.outcome(need).status
            if status != "passed":
                why = "was skipped" if status == "skipped" else "failed"
                return Outcome(check.name, "skipped", f"{need} {why}", check.group)
        return None


def asked(check: Check, subject: Any) -> Outcome:
    """What comes of a check by itself."""
    bad: Status = "warned" if check.group == "advice" else "failed"
    try:
        check(subject)
    except Missing as lack:
        return Outcome(check.name, "skipped", str(lack), check.group)
    except AssertionError as broken:
        why = " ".join(str(broken).split())
        return Outcome(check.name, bad, why, check.group, check.remedy)
    except Exception as error:
        why = " ".join(f"it raised {type(error).__name__}: {error}".split())
        return Outcome(check.name, bad, why, check.group, check.remedy)
    return Outcome(check.name, "passed", group=check.group)


def excused(found: Outcome, excuse: str | None) -> Outcome:
    """Strictly: a failure that has an excuse is expected, and an excuse without one a failure."""
    if excuse is None or found.status == "skipped":
        return found
    if found.status == "passed":
        why = f"it passes, and was expected to fail ({excuse})"
        return replace(found, status="failed", reason=why, remedy="Take it out of expected_failed")
    return replace(found, status="expected", reason=f"{excuse} ({found.reason})")
