"""Numbers as a reader wants them."""

from collections.abc import Iterable, Iterator
from math import isfinite, log10

from seqbench.kits.statistics import Estimate
from seqbench.kits.table import Row

NONE = "–"
SCALES = ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k"), (1.0, ""))
TIMES = ((1.0, " s"), (1e-3, " ms"), (1e-6, " µs"))
SIZES = ((2.0**30, " GiB"), (2.0**20, " MiB"), (2.0**10, " KiB"), (1.0, " B"))


def scaled(value: float, scales: tuple[tuple[float, str], ...]) -> str:
    """Three digits and a unit that suits them."""
    if not isfinite(value):
        return NONE
    over, unit = next((one for one in scales if abs(value) >= one[0]), scales[-1])
    return f"{digits(value / over)}{unit}"


def digits(value: float) -> str:
    """Three digits, and all of those before the point."""
    whole = 1 + int(log10(abs(value))) if abs(value) >= 1 else 1
    return f"{value:,.{max(0, 3 - whole)}f}"


def number(value: float) -> str:
    """Of operations: 1.23 G."""
    return scaled(value, SCALES)


def time(value: float) -> str:
    """Of seconds: 12.3 ms."""
    return scaled(value, TIMES)


def size(value: float) -> str:
    """Of bytes: 1.23 MiB."""
    return scaled(value, SIZES)


def steps(value: float) -> str:
    """A length: 1,024; ? where it is not known."""
    return f"{value:,.0f}" if isfinite(value) else "?"


def reach(found: Estimate) -> str:
    """A length with its interval, of which an end may not be known."""
    ends = isfinite(found.low) or isfinite(found.high)
    return steps(found.value) + (f" [{steps(found.low)}, {steps(found.high)}]" if ends else "")


def span(found: Estimate) -> str:
    """An exponent with its interval."""
    return f"{found.value:.2f}" + (f" [{found.low:.2f}, {found.high:.2f}]" if found.known else "")


def polynomial(constant: float, linear: float, quadratic: float) -> str:
    """The law of exact counts, without the parts that are 0."""
    parts = ((constant, ""), (linear, " T"), (quadratic, " T²"))
    return " + ".join(f"{part:,.10g}{unit}" for part, unit in parts if part) or NONE


def once(rows: Iterable[tuple[str, str, tuple[str, ...]]]) -> Iterator[Row]:
    """Rows of a head, a pass and cells; one for all passes of which the same is said."""
    ways: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for head, way, cells in rows:
        ways.setdefault((head, cells), []).append(way)
    for (head, cells), its in ways.items():
        yield Row((f"{head}, {' and '.join(its)}", *cells))
