"""How far `seqbench compare --rerun` can be trusted: python tests/benchmarks/prove_rerun.py.

A plugin is compared with a byte-identical copy of itself, again and again, while another process
loads one core: none of these may alarm. Then with copies that do about 15 % more work in each
step: each of these has to be found. Prints a line a comparison and the two shares; exit 1 where
one is not as it should be. About a minute a comparison.
"""

import argparse
import multiprocessing
import sys
import tempfile
from pathlib import Path

from seqbench.compare.rerun import Timed, rerun

MIXER = '''
"""A recurrent mixer, and one that does a share of its work again."""
from dataclasses import dataclass
import torch
from torch import nn
from seqbench import hookimpl
from seqbench.kits.torch import TorchArchitecture

AGAIN = {again}  # of 20 products


class Mixer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(20))

    def forward(self, x):
        for layer in self.layers:
            x = x + torch.tanh(layer(x))
        for layer in self.layers[:AGAIN]:
            x = x + torch.tanh(layer(x)) - torch.tanh(layer(x)).detach() * 0
        return x


@dataclass(frozen=True, kw_only=True)
class Mine(TorchArchitecture):
    """Twenty products a step."""
    name = "mine"

    def mixer(self, width, io):
        return Mixer(width)


@hookimpl
def architectures():
    return [Mine]
'''
SUITE = """
suite: proof
plugins: [mine.py]
seeds: 1
tasks: [associative_recall: {pairs: 4, vocab: 16}]
architectures: [mine: {width: 64}]
"""


def compared(folder: Path, again: int, margin: float) -> Timed:
    """The mixer against a copy of itself that does `again` of its 20 products twice."""
    (folder / "mine.py").write_text(MIXER.format(again=0))
    (folder / "suite.yaml").write_text(SUITE)
    other = folder / "other" / "mine.py"
    other.parent.mkdir(exist_ok=True)
    other.write_text(MIXER.format(again=again))
    [cell] = rerun("here", str(other), folder / "suite.yaml", margin)
    return cell


def spin() -> None:
    """Load a core."""
    while True:
        pass


def main() -> None:
    """Both proofs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--equal", type=int, default=20, help="comparisons of equal code")
    parser.add_argument("--slowed", type=int, default=5, help="comparisons with slowed code")
    parser.add_argument("--margin", type=float, default=0.03)
    given = parser.parse_args()
    load = multiprocessing.Process(target=spin, daemon=True)
    load.start()
    alarms, found = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, count, again in (("equal", given.equal, 0), ("slowed", given.slowed, 3)):
            for number in range(count):
                cell = compared(Path(folder), again, given.margin)
                verdict, more = cell.verdict(given.margin), cell.estimate("current").value
                alarms += kind == "equal" and verdict in ("regression", "improvement")
                found += kind == "slowed" and verdict == "regression"
                rounds = len(cell.ratios("current"))
                print(f"{kind} {number + 1}: {verdict} {more:+.3f} ({rounds} rounds)", flush=True)
    load.terminate()
    print(f"equal code: {alarms} of {given.equal} alarm; slowed: {found} of {given.slowed} found")
    sys.exit(bool(alarms) or found < given.slowed)


if __name__ == "__main__":
    main()
