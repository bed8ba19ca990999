"""The command line: words in, calls out. Commands are imported when they are called."""

import difflib
import importlib
import signal
import sys
from typing import NoReturn

import click

# Name -> what it does. Here, so that `--help` imports no command, and so no torch or pandas.
SUMMARIES = {
    "run": "Run a suite; what is done already is not run again.",
    "plan": "Show a suite's trials, their number and a rough time.",
    "list": "List what is installed: architectures, tasks, metrics, ...",
    "show": "Show one plugin: its settings, defaults, source and text.",
    "report": "Make the tables of a results folder.",
    "serve": "Show a results folder's page in a browser, as results come.",
    "compare": "Compare two results folders: did anything get worse?",
    "export": "Write results as CSV, Parquet or JSON files.",
    "new": "Write the first file of a plugin of your own.",
    "check": "Check that a plugin keeps its promises.",
    "data": "List, fetch and verify the data files that tasks read.",
    "results": "Show what is in a results folder, or verify every record.",
    "merge": "Join two results folders into a third.",
    "gc": "Remove logs and caches from a results folder, never records.",
    "schema": "Print a JSON Schema of suites, for completion in editors.",
    "doctor": "Show versions, threads, devices, folders, extras, broken plugins.",
}


class Shell(click.Group):
    """Commands from modules of their own; a SeqbenchError is one line and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a user meets them."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that is called."""
        if cmd_name not in SUMMARIES:
            return None
        module = importlib.import_module(f"seqbench.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name where there is none."""
        if args and args[0] not in SUMMARIES and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], SUMMARIES, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(SUMMARIES)}"
            ctx.fail(f"no command is called {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The summaries, without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=Shell)
@click.version_option(package_name="seqbench")
def shell() -> None:
    """Which sequence architecture, for this work, at this cost?"""


def main() -> NoReturn:
    """The console script. Exit codes: 0 all ok, 2 a slip of the user's, 3 trials failed, 130."""
    signal.signal(signal.SIGTERM, interrupted)
    try:
        code = shell.main(standalone_mode=False)
    except click.ClickException as slip:
        slip.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone, as `| head` does: nothing more to say
        sys.exit(0)
    except Exception as error:
        from seqbench.contract.errors import SeqbenchError

        if not isinstance(error, SeqbenchError):
            raise
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def interrupted(signum: int, frame: object) -> None:
    """SIGTERM ends a run as Ctrl-C does."""
    raise KeyboardInterrupt
