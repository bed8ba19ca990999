"""What may go wrong that is not a bug of seqbench."""


class SeqbenchError(Exception):
    """A slip of the user's. Say what is wrong, where, and what would be right, in one line."""


class Missing(SeqbenchError):
    """Something this machine lacks: a data file, a program, an extra. Say how to bring it.

    The trial becomes a skip with this reason, and a later run tries it again.
    """


class Unsuited(SeqbenchError):
    """An architecture cannot take this task, or be taught by this recipe; the trial is skipped."""


class Diverged(Exception):
    """Training left the finite numbers; the message names the step."""


class Pruned(Exception):
    """Training was given up, as others were better by then; raised by `lesson.report`."""
