"""The front door: everything a plugin needs."""

from seqbench.contract.architecture import Architecture, Lesson, Model, Point, Recipe, Weight
from seqbench.contract.data import Dataset, Role, Sizes, Split
from seqbench.contract.errors import Diverged, Missing, Pruned, SeqbenchError, Unsuited
from seqbench.contract.executor import Executor, Movable, Progress, Site, Watch, Work
from seqbench.contract.metric import Metric
from seqbench.contract.probe import Field, Probe, Race, Subject
from seqbench.contract.record import from_record, to_record
from seqbench.contract.report import Frames, Report
from seqbench.contract.signature import Continuation, Reals, Signature, Tokens, Transcript
from seqbench.contract.task import Task
from seqbench.contract.trial import Choice, Measurement, Result, Trial
from seqbench.contract.version import CONTRACT
from seqbench.hooks import hookimpl
from seqbench.reading import load

__all__ = [
    "CONTRACT",
    "Architecture",
    "Choice",
    "Continuation",
    "Dataset",
    "Diverged",
    "Executor",
    "Field",
    "Frames",
    "Lesson",
    "Measurement",
    "Metric",
    "Missing",
    "Model",
    "Movable",
    "Point",
    "Probe",
    "Progress",
    "Pruned",
    "Race",
    "Reals",
    "Recipe",
    "Report",
    "Result",
    "Role",
    "SeqbenchError",
    "Signature",
    "Site",
    "Sizes",
    "Split",
    "Subject",
    "Task",
    "Tokens",
    "Transcript",
    "Trial",
    "Unsuited",
    "Watch",
    "Weight",
    "Work",
    "from_record",
    "hookimpl",
    "load",
    "to_record",
]
