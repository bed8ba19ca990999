"""The probes that a trial asks for, each by itself."""

import traceback
from dataclasses import replace

from seqbench.bench.streams import stream
from seqbench.catalogue import Catalogue
from seqbench.contract.errors import Diverged, Missing, Unsuited
from seqbench.contract.probe import Probe, Subject
from seqbench.contract.trial import Measurement, Trial


def asked(
    trial: Trial, catalogue: Catalogue, subject: Subject
) -> tuple[dict[str, str | None], list[Measurement]]:
    """By label, None or why the probe was skipped; and what the others measured.

    One that raises is skipped too, and costs the trial none of its scores: an architecture may be
    unable to run at the lengths that are asked of it.
    """
    probed: dict[str, str | None] = {}
    found: list[Measurement] = []
    for choice in trial.probes:
        probe: Probe = catalogue.make("probes", choice.name, choice.settings)
        given = replace(subject, rng=stream(trial.seed, "probe", choice))
        probed[choice.label] = probe.unsuited(given)
        if probed[choice.label] is None:
            try:
                found += list(probe.measure(given))
            except (Diverged, Missing):  # they say something of the whole trial
                raise
            except Unsuited as reason:
                probed[choice.label] = str(reason)
            except Exception as error:
                traceback.print_exc()  # where an executor keeps its log
                told = " ".join(f"{type(error).__name__}: {error}".split())
                probed[choice.label] = f"it failed: {told}"
    return probed, found
