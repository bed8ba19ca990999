"""What is installed: from entry points to names to things."""

from seqbench.catalogue.catalogue import Catalogue
from seqbench.catalogue.nearest import nearest
from seqbench.catalogue.offer import KINDS
from seqbench.catalogue.settings import Setting, choice_of

__all__ = ["KINDS", "Catalogue", "Setting", "choice_of", "nearest"]
