"""What the numbers say of two claims."""

from collections.abc import Iterable, Iterator
from math import isfinite

from seqbench.kits.statistics import Estimate
from seqbench_plugins.reports.scaling.figures import reach, span
from seqbench_plugins.reports.scaling.ledger import Ledger, Line

GROWS = "attention's cost grows with every token; a recurrent network's does not to that extent"
PRICE = "a bidirectional RNN sees both directions at a price"
COSTS = {"flops": "FLOPs", "seconds": "seconds"}

Said = tuple[str, str]  # verdict and reason
Claim = tuple[str, str, tuple[str, str, str]]  # task and cost, pass, claim and what is said


def stands(
    ledger: Ledger, these: Iterable[str], those: Iterable[str]
) -> Iterator[tuple[str, str, Line, Line]]:
    """Each cost of one architecture against another: of what, its title, and the two lines."""
    pairs = [*ledger.pairs()]
    pairs += [(other, one) for one, other in pairs]
    here, there = set(these), set(those)
    for of in COSTS:
        for one, other in pairs:
            if runs(one, here) and runs(other, there - here):
                yield of, f"{ledger.title}, {COSTS[of]}", one, other


def runs(line: Line, names: set[str]) -> bool:
    """Whether it is one of these architectures, in whatever settings."""
    return str(line.architecture).split("(")[0] in names


def grows(ledger: Ledger, attention: str, recurrent: Iterable[str]) -> Iterator[Claim]:
    """Claim: attention's exponent is above 1, and above a recurrent network's."""
    for of, title, one, other in stands(ledger, [attention], recurrent):
        mine, theirs = (steepness(ledger, of, line) for line in (one, other))
        if isfinite(mine.value) and isfinite(theirs.value):
            names = [ledger.label(line, way=False) for line in (one, other)]
            because = f"T^{span(mine)} for {names[0]}, T^{span(theirs)} for {names[1]}"
            claim = f"{GROWS} ({' and '.join(names)})"
            yield title, one.way, (claim, apart(mine, theirs), because)


def apart(mine: Estimate, theirs: Estimate) -> str:
    """The verdict on two exponents."""
    if not (mine.known and theirs.known):
        return "cannot tell"
    if mine.low > 1 and mine.low > theirs.high:
        return "supported"
    return "not supported" if mine.high <= 1 or mine.high <= theirs.low else "cannot tell"


def steepness(ledger: Ledger, of: str, line: Line) -> Estimate:
    """The exponent at the longest lengths; of exact counts its interval is itself."""
    found = ledger.pick("exponent", of=of, **line.at)
    if not found:
        return Estimate(*[float("nan")] * 3)
    last = max(found, key=lambda row: row.get("from", 0))
    at = {**line.at, "of": of, "from": last.get("from"), "to": last.get("to")}
    known = ledger.estimate("exponent", **at)
    return Estimate(*[known.value] * 3) if of == "flops" else known


def pays(ledger: Ledger, both: str, attention: str) -> Iterator[Claim]:
    """Claim: reading both ways by recurrence costs more than by attention, at every length."""
    for of, title, one, other in stands(ledger, [both], [attention]):
        ratios = compared(ledger, of, one, other)
        if ratios:
            yield title, one.way, (PRICE, *priced(ledger, of, (one, other), ratios))


def compared(ledger: Ledger, of: str, one: Line, other: Line) -> dict[int, Estimate]:
    """The cost of one over the other's, by length, with what the errors of both leave open."""
    mine, theirs = (ledger.curve(of, line) for line in (one, other))
    found = {}
    for length in (length for length in mine if theirs.get(length, 0) > 0):
        ratio, off = mine[length] / theirs[length], 1.0
        for line in (one, other) if of == "seconds" else ():
            error = ledger.value("relative_error", length=length, **line.at)
            off *= 1 + error
        found[length] = Estimate(ratio, ratio / off, ratio * off)
    return found


def priced(ledger: Ledger, of: str, lines: tuple[Line, Line], ratios: dict[int, Estimate]) -> Said:
    """The verdict on ratios by length."""
    names = [ledger.label(line, way=False) for line in lines]
    first, last = min(ratios), max(ratios)
    ends = " and ".join(f"{ratios[it].value:.2g} at {it:,}" for it in dict.fromkeys((first, last)))
    because = f"{names[0]}'s cost is {ends} times {names[1]}'s"
    if not all(ratio.known for ratio in ratios.values()):
        return "cannot tell", because
    if all(ratio.low > 1 for ratio in ratios.values()):
        return "supported", because
    if all(ratio.high < 1 for ratio in ratios.values()):
        return "not supported", because
    dear = [length for length, ratio in ratios.items() if ratio.low > 1]
    if dear:
        because += f"; surely more at {', '.join(f'{length:,}' for length in dear)} alone"
    where = ledger.estimate("crossing", of=of, over=lines[0].architecture, **lines[1].at)
    if isfinite(where.value):
        because += f"; {names[1]} overtakes it at T ≈ {reach(where)}"
    return "cannot tell", because
