"""A test for each check, in pytest."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from seqbench.testing.checking import examination
from seqbench.testing.examination import Examination


class Advice(UserWarning):
    """What a plugin might do better."""


@dataclass(frozen=True)
class Asked:
    """One check of one plugin; call it in a test."""

    examination: Examination
    name: str

    def __call__(self) -> None:
        """Fail, skip, expect to fail or warn, as the check does."""
        import pytest

        __tracebackhide__ = True
        found = self.examination.outcome(self.name)
        match found.status:
            case "failed":
                pytest.fail(str(found), pytrace=False)
            case "skipped":
                pytest.skip(str(found))
            case "expected":
                pytest.xfail(str(found))
            case "warned":
                warnings.warn(str(found), Advice, stacklevel=2)


def parametrize_checks(*things: Any, expected_failed: Mapping[str, str] | None = None) -> Any:
    """A test for each promise of these plugins, or of classes of them as they are by default.

        @parametrize_checks(MyMixer, expected_failed={"a_gpu_agrees": "my kernel is the CPU's"})
        def test_it_keeps_its_promises(check):
            check()

    Each is asked once, when its test runs; one that is not asked is a skipped test, with its
    reason. `expected_failed` is strict: where such a check passes, its test fails.
    """
    import pytest

    asked = [
        Asked(one, name)
        for one in (examination(thing, expected_failed) for thing in things)
        for name in one.checks
    ]
    mark: Callable[..., Any] = pytest.mark.parametrize(
        "check", asked, ids=[f"{one.examination.name}-{one.name}" for one in asked]
    )
    return mark
