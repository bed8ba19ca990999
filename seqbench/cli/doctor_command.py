"""`seqbench doctor`: what this machine has."""

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import click

from seqbench.catalogue import KINDS, Catalogue
from seqbench.catalogue.block import BLOCK
from seqbench.cli.origins import asides
from seqbench.contract.version import CONTRACT
from seqbench.kits import cache

PACKAGES = ("seqbench", "torch", "numba", "numpy", "pandas", "pyarrow", "pluggy", "pydantic")
# extra -> a module it brings
EXTRAS = {
    **{"data": "sklearn", "hub": "datasets", "hf": "transformers", "ray": "ray"},
    **{"report": "vl_convert", "search": "optuna"},
}


@click.command("doctor")
def command() -> None:
    """Show versions, threads, devices, folders, extras, broken plugins."""
    import numba
    import torch

    line("python", f"{platform.python_version()} at {sys.executable}")
    line("system", f"{platform.system()} {platform.machine()}")
    for package in PACKAGES:
        line(package, _version(package))
    line("cores", str(os.cpu_count()))
    line("threads", f"torch {torch.get_num_threads()}, numba {numba.get_num_threads()}")
    devices = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    line("devices", ", ".join(["cpu", *devices]))
    line("cache", f"{cache.root()} ({_free(str(cache.root()))})")
    line("numba cache", os.environ.get("NUMBA_CACHE_DIR", "beside the code, else a user folder"))
    for extra, module in EXTRAS.items():
        here = "present" if find_spec(module) else f"absent: pip install 'seqbench[{extra}]'"
        line(f"extra [{extra}]", here)
    catalogue = Catalogue.installed()
    for kind in KINDS:
        line(kind, f"{len(catalogue.names(kind))}")
    for plugin, reason in catalogue.broken.items():
        line("broken plugin", f"{plugin}: {reason}")
    line("contract", f"{CONTRACT}")
    for plugin in catalogue.blocked:
        line("blocked plugin", f"{plugin}: by {BLOCK}")
    for told in asides(catalogue):
        line("plugins", told)


def line(name: str, value: str) -> None:
    """One fact."""
    click.echo(f"{name:16} {value}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _free(folder: str) -> str:
    while not os.path.isdir(folder):  # noqa: PTH112  the nearest folder that exists
        folder = os.path.dirname(folder)  # noqa: PTH120
    return f"{shutil.disk_usage(folder).free / 2**30:.0f} GiB free"
