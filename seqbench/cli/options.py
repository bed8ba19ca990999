"""Options that several commands share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from seqbench.catalogue import Catalogue
from seqbench.contract.errors import SeqbenchError
from seqbench.contract.trial import Trial
from seqbench.outcomes import told
from seqbench.store import Store
from seqbench.suite import Suite, open_suite, plan

KINDS = ("tasks", "architectures")


def suite_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What says which trials: the suite, where its results are, what to change and to leave out."""
    for option in reversed(
        [
            click.argument("suite", type=click.Path(path_type=Path)),
            click.option(
                "--results",
                type=click.Path(path_type=Path),
                default=Path("results"),
                show_default=True,
                help="Folder of all results; a suite's own is a folder of its name in it.",
            ),
            click.option(
                "--set",
                "overrides",
                multiple=True,
                metavar="KEY=VALUE",
                help="Change the suite: train.lr=0.01, seeds=2, tasks.char_lm.length=32.",
            ),
            click.option(
                "--only",
                metavar="KIND=NAME,...",
                default="",
                help="A part of the suite: tasks=char_lm,architectures=lstm,rnn.",
            ),
            click.option("--quick", is_flag=True, help="One seed, a short training; partial."),
            click.option("--limit", type=click.IntRange(1), help="N examples a split; partial."),
            click.option("--yes", is_flag=True, help="Plan more than 10,000 trials too."),
            click.option(
                "--allow-plugins", is_flag=True, help="Let the suite name plugin files anywhere."
            ),
        ]
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Planned:
    """The suite, what is installed, and what the options leave of the plan."""

    suite: Suite
    catalogue: Catalogue
    words: Mapping[str, Any]

    def trials(self, store: Store) -> list[Trial]:
        """As far as they can be named: a search may go on from what the store has."""
        known = told(store) if in_steps(self.suite) else nothing
        return plan(self.suite, self.catalogue, known=known, **self.words)


def planned(suite: Path, only: Mapping[str, set[str]], **options: Any) -> Planned:
    """What a command's options ask for. Raises SeqbenchError for a slip in them or the suite."""
    asked, catalogue = open_suite(
        suite, options["overrides"], allow_plugins=options["allow_plugins"]
    )
    cut = {name: options[name] for name in ("quick", "limit", "yes")}
    return Planned(asked, catalogue, {"only": only, **cut})


def nothing(trial: str) -> None:
    """All that a plan needs to know where nothing in it depends on results."""


def in_steps(suite: Suite) -> bool:
    """Whether the suite has a search that goes on from results."""
    return any(entry.search and entry.search.in_steps for entry in suite.architectures)


def parsed_only(text: str) -> Mapping[str, set[str]]:
    """`tasks=a,b,architectures=c` as sets of names."""
    found: dict[str, set[str]] = {}
    kind = ""
    for word in filter(None, (part.strip() for part in text.split(","))):
        if "=" in word:
            kind, word = (part.strip() for part in word.split("=", 1))
            if kind not in KINDS:
                raise SeqbenchError(f"--only {kind}=...: it takes {' and '.join(KINDS)}")
        if not kind:
            raise SeqbenchError(f"--only {text}: write tasks={word} or architectures={word}")
        found.setdefault(kind, set()).add(word)
    return found
