"""`parameters: N` and `flops: N`: what every architecture is sized to."""

from typing import Any

from seqbench.catalogue.nearest import shown
from seqbench.contract.architecture import Architecture
from seqbench.suite.build import Key
from seqbench.suite.form import Form
from seqbench.suite.suite import Budget, Entry

MOST = 10**15


def budget(form: Form, data: dict[str, Any]) -> Budget | None:
    """The one that the suite sets, if it does."""
    words = [word for word in Budget.KINDS if word in data]
    if len(words) > 1:
        form.slip_key((words[1],), "parameters and flops cannot both be equal; leave one out")
    for word in words[:1]:
        amount = data[word]
        if type(amount) is int and 1 <= amount <= MOST:
            return Budget(word, amount, str(form.document.key((word,))))
        hint = f": write {int(amount)}" if isinstance(amount, float) else ""
        form.slip((word,), f"{word} takes a whole number from 1, not {shown(amount)}{hint}")
    return None


def refuse_size(form: Form, path: Key, cls: type[Architecture], entry: Entry) -> None:
    """Note an architecture whose size is given where a budget decides it."""
    words = [word for word in Budget.KINDS if form.has(word)]
    if not words or cls.weigh is Architecture.weigh:
        return
    slip = f"{cls.name}.{cls.size} is solved for, as the suite sets {words[0]}; leave one out"
    if cls.size in entry.settings:
        form.slip_key((*path, cls.size), slip)
    if entry.search and cls.size in entry.search.over:
        form.slip_key(path, slip)
