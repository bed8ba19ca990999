"""What was counted, timed and held, and what follows from it."""

from collections.abc import Callable, Iterator
from math import isfinite

from seqbench.kits.table import Row, Table
from seqbench_plugins.reports.scaling.figures import (
    NONE,
    number,
    once,
    polynomial,
    reach,
    size,
    span,
    time,
)
from seqbench_plugins.reports.scaling.ledger import Ledger, Line, Numbers

UNITS = {"flops": "FLOPs", "seconds": "seconds", "bytes": "bytes"}
UNIT = {"flops": "", "seconds": "s", "bytes": "B"}
SHOWN = {"flops": number, "seconds": time, "bytes": size}


def measured(ledger: Ledger) -> Iterator[Table]:
    """Every table of a race that has rows."""
    title = ledger.title
    batches = ", ".join(str(batch) for batch in sorted({line.batch for line in ledger.lines}))
    call = f"a call, a batch of {batches}"
    for table in (
        Table(f"{title}: FLOPs of {call}, by length", *counts(ledger)),
        Table(f"{title}: seconds of {call}, by length", *times(ledger)),
        Table(f"{title}: peak memory of {call}, by length", *peaks(ledger)),
        Table(f"{title}: cost = a + b T^k", *exponents(ledger), text=True),
        Table(f"{title}: which costs more", *crossings(ledger), text=True),
    ):
        if table.rows:
            yield table


Body = tuple[tuple[str, ...], tuple[Row, ...], tuple[str, ...]]  # columns, rows and notes


def by_length(
    ledger: Ledger, name: str, cell: Callable[[Line, int], str], more: Callable[[Line], str]
) -> Iterator[Row]:
    """A row for each line that has such a number."""
    for line in ledger.lines:
        if ledger.curve(name, line):
            cells = (cell(line, length) for length in ledger.lengths)
            yield Row((ledger.label(line), *cells, more(line)))


def counts(ledger: Ledger) -> Body:
    """Counted operations, and what they are as a polynomial."""

    def cell(line: Line, length: int) -> str:
        return number(ledger.value("flops", length=length, **line.at))

    def law(line: Line) -> str:
        parts = [
            ledger.value(f"flops_{it}", **line.at) for it in ("constant", "linear", "quadratic")
        ]
        return polynomial(*parts) if all(map(isfinite, parts)) else NONE

    columns = ("", *map(str, ledger.lengths), "exactly")
    note = (
        "products of matrices, convolutions and attention, a multiplication with its addition"
        " counted as two; not what is done element by element. Training: forward and backward"
    )
    return columns, tuple(by_length(ledger, "flops", cell, law)), (note,)


def times(ledger: Ledger) -> Body:
    """Medians with their quartiles."""

    def cell(line: Line, length: int) -> str:
        at = {"length": length, **line.at}
        ends = (time(ledger.value(f"seconds_{quarter}", **at)) for quarter in ("q1", "q3"))
        middle = time(ledger.value("seconds", **at))
        far = ledger.value("relative_error", **at) > ledger.error
        return NONE if middle == NONE else f"{middle}{'*' if far else ''} [{', '.join(ends)}]"

    def rounds(line: Line) -> str:
        found = [row["value"] for row in ledger.pick("rounds", **line.at)]
        return f"{min(found):g}–{max(found):g}" if found else NONE

    clocks = {str(row.get("clock", "?")) for row in ledger.pick("seconds")}
    notes = [f"median [quartiles] over the rounds, {' and '.join(sorted(clocks))} time, warm"]
    notes += [ledger.where] if ledger.where else []
    errors = [row["value"] for row in ledger.pick("relative_error")]
    if far := [error for error in errors if error > ledger.error]:
        notes.append(
            f"*: {len(far)} of {len(errors)} medians are not known to the {ledger.error:.1%} asked"
            f" for (half their 95 % interval), but to {max(far):.1%} at worst"
        )
    elif errors:
        notes.append(f"half the 95 % interval of each median is {max(errors):.1%} of it at most")
    columns = ("", *map(str, ledger.lengths), "rounds")
    return columns, tuple(by_length(ledger, "seconds", cell, rounds)), tuple(notes)


def peaks(ledger: Ledger) -> Body:
    """What a call held, and what learns in it."""

    def cell(line: Line, length: int) -> str:
        return size(ledger.value("peak_bytes", length=length, **line.at))

    def parameters(line: Line) -> str:
        many = ledger.value("parameters", architecture=line.architecture, width=line.width)
        return f"{many:,.0f}" if isfinite(many) else NONE

    columns = ("", *map(str, ledger.lengths), "parameters")
    note = "beyond the network and its inputs; on a CPU the rise of the resident set"
    return columns, tuple(by_length(ledger, "peak_bytes", cell, parameters)), (note,)


def exponents(ledger: Ledger) -> Body:
    """Fitted, of times and bytes, and of counts that at the two longest lengths."""
    rows = []
    for of, line in ((of, line) for of in UNITS for line in ledger.lines):
        for found in ledger.pick("exponent", of=of, **line.at):
            at = {**line.at, "of": of, "from": found.get("from"), "to": found.get("to")}
            a, b, off = (ledger.value(it, **at) for it in ("overhead", "factor", "misfit"))
            law = f"a = {SHOWN[of](a)}, b = {b:.3g} {UNIT[of]}" if isfinite(a) else "exact"
            misfit = f"{off:.0%}" if isfinite(off) else NONE
            reached = f"{found.get('from', '?')} to {found.get('to', '?')}"
            k = span(ledger.estimate("exponent", **at))
            rows.append(Row((f"{UNITS[of]}: {ledger.label(line)}", k, reached, law, misfit)))
    notes = (
        "k with its 95 % bootstrap interval over the rounds; misfit: how far the worst length is"
        " off. A linear part beside a quadratic one is no single power: the long lengths tell more",
        "of FLOPs, the growth between the two longest lengths; bytes are measured once",
    )
    return ("", "k [95 %]", "T", "law", "misfit"), tuple(rows), notes


def crossings(ledger: Ledger) -> Body:
    """For each two architectures who costs more, and from where on."""
    rows = []
    for of, (one, other) in ((of, pair) for of in ("flops", "seconds") for pair in ledger.pairs()):
        if said := outcome(ledger, of, one, other):
            who = " and ".join(ledger.label(line, way=False) for line in (one, other))
            rows.append((f"{who}: {UNITS[of]}", one.way, (said,)))
    notes = ("between two lengths that were measured, costs are taken as straight in logarithms",)
    return ("", "T [95 %]"), tuple(once(rows)), notes


def outcome(ledger: Ledger, of: str, one: Line, other: Line) -> str:
    """In words; nothing where they have no length in common."""
    for dear, cheap in ((one, other), (other, one)):
        where = ledger.estimate("crossing", of=of, over=cheap.architecture, **dear.at)
        if isfinite(where.value):
            names = (ledger.label(it, way=False) for it in (dear, cheap))
            return f"{' overtakes '.join(names)} in cost at T ≈ {reach(where)}"
    mine, theirs = (ledger.curve(of, line) for line in (one, other))
    both = [length for length in mine if length in theirs]
    if not both:
        return ""
    longest = both[-1]
    if mine[longest] == theirs[longest]:
        return f"they cost the same at {longest:,}"
    dear = one if mine[longest] > theirs[longest] else other
    return f"{ledger.label(dear, way=False)} costs more at each of {both[0]:,} to {longest:,}"


def absent(ledger: Ledger) -> tuple[Row, ...]:
    """Who has no numbers, or not all, and why."""
    rows = [Row((ledger.title, ledger.reason))] if ledger.reason else []
    rows += [Row((name, why)) for name, why in ledger.skipped.items()]
    for line in ledger.lines:
        for name in FATES:
            for row in ledger.pick(name, **line.at):
                rows.append(Row((ledger.label(line), fate(row))))
    return tuple(rows)


FATES = ("out_of_memory", "too_slow", "failed")


def fate(row: Numbers) -> str:
    """In words."""
    length, value, why = row["length"], row["value"], str(row.get("why", ""))
    match row["name"]:
        case "out_of_memory":
            more = f"more than {size(value)}" if value else "more than there is"
            return f"out of memory from {length:,} on: a call takes {more}"
        case "too_slow":
            return f"too slow from {length:,} on: a call takes more than {value:g} s"
        case _:
            return f"failed at {length:,}: {why or 'no reason told'}"
