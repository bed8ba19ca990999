"""Two sets of results: did anything get worse?"""

from seqbench.compare.comparison import Comparison, compared
from seqbench.compare.side import Side, opened

__all__ = ["Comparison", "Side", "compared", "opened"]
