"""The probes that a trial asks for, each by itself."""

from dataclasses import replace

from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.probe import Probe, Subject
from seqbench.contract.trial import Measurement, Trial


def asked(
    trial: Trial, catalogue: Catalogue, subject: Subject
) -> tuple[dict[str, str | None], list[Measurement]]:
    """By label, None or why the probe was skipped; and what the others measured."""
    probed: dict[str, str | None] = {}
    found: list[Measurement] = []
    for choice in trial.probes:
        probe: Probe = catalogue.make("probes", choice.name, choice.settings)
        given = replace(subject, rng=stream(trial.seed, "probe", choice))
        probed[choice.label] = probe.unsuited(given)
        if probed[choice.label] is None:
            found += probe.measure(given)
    return probed, found
