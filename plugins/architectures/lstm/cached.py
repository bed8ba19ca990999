"""Compiled functions that are kept between processes, and never stale.

Numba's own cache (`njit(cache=True)`) notices a change of the file that a function stands in, and
not of those that it takes functions from: after an edit there, or an upgrade that leaves the one
file as it was, it would run the old code. Here what is kept is named after all files of the
package. Numba sees to the rest: the folder is NUMBA_CACHE_DIR, or else the package's __pycache__
where that can be written to, or else the user's cache folder; and code is kept by the processor and
features that it is for, and by Numba's version.
"""

import hashlib
import warnings
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import llvmlite
import numba
from numba import njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache


def fingerprint(*packages: str) -> str:
    """Of all that compiled code is made from: the packages' files, and what compiles them."""
    found = hashlib.sha256(f"{numba.__version__} {llvmlite.__version__}".encode())
    for package in packages:
        for file in sorted(files(package).iterdir(), key=lambda it: it.name):
            if file.name.endswith(".py"):
                code = file.read_bytes()
                found.update(f"\n{file.name} {len(code)}\n".encode() + code)
    return found.hexdigest()[:16]


FINGERPRINT = fingerprint(__package__)  # as imported, which is what is compiled


class Named(CompileResultCacheImpl):
    """Numba's way of keeping a function, under a name of our own."""

    made_from = ""

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        """Its name, with what it was made from: two versions never read each other's."""
        return f"{super().get_filename_base(fullname, abiflags)}-{self.made_from}"


def cached(package: str = "", **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Njit(**options), keeping what is compiled where there is a folder to keep it in.

    Where the function builds on this package from another one, `package` is that one.
    """
    made_from = fingerprint(__package__, package) if package else FINGERPRINT
    named = type("Named", (Named,), {"made_from": made_from})
    kept = type("Cache", (FunctionCache,), {"_impl_class": named})

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = njit(**options)(function)
        try:
            compiled._cache = kept(function)  # what njit(cache=True) does, with its own
        except RuntimeError as error:  # neither folder can be written to
            hint = "every process will compile it anew; NUMBA_CACHE_DIR may name another folder"
            warnings.warn(f"{error}: {hint}", stacklevel=2)
        return compiled

    return decorate
