"""`seqbench schema`: suites, for editors."""

import json

import click

from seqbench.catalogue import Catalogue
from seqbench.suite import schema


@click.command("schema")
def command() -> None:
    """Print a JSON Schema of suites, made from what is installed, for completion in editors.

    Save it, and name it in a suite's first line: # yaml-language-server: $schema=seqbench.json
    """
    click.echo(json.dumps(schema(Catalogue.installed()), indent=2, ensure_ascii=False))
