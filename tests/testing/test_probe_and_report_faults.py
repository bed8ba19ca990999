"""Each planted fault of a probe, a race or a report is caught by the check that names it."""

import itertools
from dataclasses import dataclass

import pytest

from seqbench import Measurement, Probe, Race, Report
from seqbench.testing import PROBE_CHECKS, RACE_CHECKS, REPORT_CHECKS, check_probe, check_report
from seqbench.testing.settings import settings_are_frozen, settings_are_plain

SETTINGS = {settings_are_frozen.name, settings_are_plain.name}  # tried with architectures
COUNT = itertools.count()


def broken(found):
    return {one.check for one in found.of("failed", "warned")}


def number(value=1.0, **at):
    return Measurement("loudness", value, "", "probe", at)


@dataclass(frozen=True)
class GoodProbe(Probe):
    """One number."""

    name = "good"
    source = "nobody, 2026"

    def measure(self, subject):
        return [number(subject.rng.random()), number(2.0, step=1)]


@dataclass(frozen=True)
class FindsNothing(GoodProbe):
    """No number."""

    def measure(self, subject):
        return []


@dataclass(frozen=True)
class NoNumber(GoodProbe):
    """NaN."""

    def measure(self, subject):
        return [number(float("nan"))]


@dataclass(frozen=True)
class BareNumber(GoodProbe):
    """No Measurement."""

    def measure(self, subject):
        return [1.0]


@dataclass(frozen=True)
class SaysItTwice(GoodProbe):
    """Two numbers of one name and place."""

    def measure(self, subject):
        return [number(1.0), number(2.0)]


@dataclass(frozen=True)
class PlacesNothing(GoodProbe):
    """A coordinate that is no JSON."""

    def measure(self, subject):
        return [number(1.0, step={1})]


@dataclass(frozen=True)
class Moody(GoodProbe):
    """Another number each time."""

    def measure(self, subject):
        return [number(float(next(COUNT)))]


@dataclass(frozen=True)
class Trains(GoodProbe):
    """Leaves the network in training mode."""

    def measure(self, subject):
        if subject.model.network is not None:
            subject.model.network.train()
        return super().measure(subject)


@dataclass(frozen=True)
class Shrinks(GoodProbe):
    """Changes weights."""

    def measure(self, subject):
        if subject.model.network is not None:
            for weight in subject.model.network.parameters():
                weight.data *= 0.9
        return super().measure(subject)


@dataclass(frozen=True)
class WantsANetwork(GoodProbe):
    """Takes a network for granted."""

    def measure(self, subject):
        return [number(float(len(list(subject.model.network.parameters()))))]


@dataclass(frozen=True)
class Silent(GoodProbe):
    __doc__ = None


@dataclass(frozen=True)
class Sourceless(GoodProbe):
    """From nowhere."""

    source = ""


PROBES = {
    FindsNothing: "it_measures",
    NoNumber: "it_measures",
    BareNumber: "it_measures",
    SaysItTwice: "it_measures",
    PlacesNothing: "it_measures",
    Moody: "measuring_is_repeatable",
    Trains: "the_model_is_unchanged",
    Shrinks: "the_model_is_unchanged",
    WantsANetwork: "a_model_without_network_is_no_trouble",
    Silent: "it_says_what_it_does",
    Sourceless: "a_source_is_named",
}


@pytest.mark.parametrize("fault", PROBES, ids=lambda cls: cls.__name__)
def test_a_fault_of_a_probe_is_caught(fault):
    assert broken(check_probe(fault())) == {PROBES[fault]}


@dataclass(frozen=True)
class GoodRace(Race):
    """Who is larger."""

    name = "good"
    source = "nobody, 2026"

    def measure(self, field):
        for name, one in field.runners.items():
            yield number(float(one.width), architecture=name)


@dataclass(frozen=True)
class Nameless(GoodRace):
    """Does not say who."""

    def measure(self, field):
        return [number(float(one.width), place=k) for k, one in enumerate(field.runners.values())]


@dataclass(frozen=True)
class ShortIsAnother(GoodRace):
    """A glance at something else."""

    def short(self):
        return Nameless()


@dataclass(frozen=True)
class SilentRace(GoodRace):
    __doc__ = None


@dataclass(frozen=True)
class SourcelessRace(GoodRace):
    """From nowhere."""

    source = ""


RACES = {
    Nameless: "it_tells_the_runners_apart",
    ShortIsAnother: "short_is_the_same_kind",
    SilentRace: "it_says_what_it_does",
    SourcelessRace: "a_source_is_named",
}


@pytest.mark.parametrize("fault", RACES, ids=lambda cls: cls.__name__)
def test_a_fault_of_a_race_is_caught(fault):
    assert broken(check_probe(fault())) == {RACES[fault]}


@dataclass(frozen=True)
class GoodReport(Report):
    """How many."""

    name = "good"

    def render(self, frames):
        return f"{len(frames.trials)} trials\n"


@dataclass(frozen=True)
class SaysNothing(GoodReport):
    """No text."""

    def render(self, frames):
        return ""


@dataclass(frozen=True)
class FirstRow(GoodReport):
    """Takes a row for granted."""

    def render(self, frames):
        return str(frames.trials.iloc[0])


@dataclass(frozen=True)
class FirstNumber(GoodReport):
    """Takes a number for granted."""

    def render(self, frames):
        return str(frames.measurements.iloc[0]) if len(frames.trials) else "nothing"


@dataclass(frozen=True)
class Counts(GoodReport):
    """Another text each time."""

    def render(self, frames):
        return str(next(COUNT))


@dataclass(frozen=True)
class Keeps(GoodReport):
    """Writes into what others read."""

    def render(self, frames):
        frames.trials["seen"] = True
        return "seen"


@dataclass(frozen=True)
class SilentReport(GoodReport):
    __doc__ = None


REPORTS = {
    SaysNothing: "it_renders",
    FirstRow: "nothing_is_no_trouble",
    FirstNumber: "failed_rows_are_no_trouble",
    Counts: "rendering_is_repeatable",
    Keeps: "frames_are_unchanged",
    SilentReport: "it_says_what_it_does",
}


@pytest.mark.parametrize("fault", REPORTS, ids=lambda cls: cls.__name__)
def test_a_fault_of_a_report_is_caught(fault):
    assert broken(check_report(fault())) == {REPORTS[fault]}


@pytest.mark.parametrize(
    ("checks", "faults"), [(PROBE_CHECKS, PROBES), (RACE_CHECKS, RACES), (REPORT_CHECKS, REPORTS)]
)
def test_every_check_has_a_fault_that_it_catches(checks, faults):
    assert set(faults.values()) == {check.name for check in checks} - SETTINGS


def test_what_is_sound_passes():
    assert broken(check_probe(GoodProbe())) == broken(check_probe(GoodRace())) == set()
    assert broken(check_report(GoodReport())) == set()
