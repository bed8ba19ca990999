"""From a YAML file to a list of trials. Nothing runs here."""

from seqbench.suite.plan import plan
from seqbench.suite.read import open_suite, read_suite
from seqbench.suite.schema import schema
from seqbench.suite.studies import Known, Told
from seqbench.suite.suite import Entry, Suite

__all__ = [
    "Entry",
    "Known",
    "Suite",
    "Told",
    "open_suite",
    "plan",
    "read_suite",
    "schema",
]
