"""Trials in which all architectures of a suite are measured side by side."""

from collections.abc import Iterable, Iterator

from seqbench.catalogue import Catalogue, choice_of
from seqbench.contract.probe import Race
from seqbench.contract.trial import Choice, Trial
from seqbench.suite.suite import Suite


def races_of(
    suite: Suite, catalogue: Catalogue, asked: Trial, wanted: Iterable[Choice], quick: bool
) -> Iterator[Trial]:
    """One for each race: all architectures in all settings, on one task's signature."""
    runners = distinct(list(wanted))
    for choice in suite.races:
        race: Race = catalogue.make("probes", choice.name, choice.settings)
        yield Trial(
            task=asked.task,
            architecture=choice_of(race.short() if quick else race),
            seed=suite.seeds[0],
            ranges=asked.ranges,
            partial=quick,
            runners=runners,
        )


def distinct(choices: list[Choice]) -> dict[str, Choice]:
    """Choices by name; several of one name by name and the settings in which they differ."""
    found: dict[str, Choice] = {}
    for one in choices:
        alike = [other.settings for other in choices if other.name == one.name]
        own = {k: v for k, v in one.settings.items() if any(s.get(k) != v for s in alike)}
        inside = ", ".join(f"{key}={value}" for key, value in own.items())
        found[f"{one.name}({inside})" if inside else one.name] = one
    return found
