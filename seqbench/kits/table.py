"""Tables of text, for a terminal and for Markdown."""

import io
import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seqbench.contract.report import Frames, Report

CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
MARKDOWN = re.compile(r"([\\|`*{}<>\[\]#]|(?<!\w)_|_(?!\w))")  # not within a_name


class Strong(str):
    """A cell to be seen first."""


@dataclass(frozen=True)
class Row:
    """The cells of one line; a quiet row (a baseline) is dimmed where that can be shown."""

    cells: tuple[str, ...]
    quiet: bool = False


@dataclass(frozen=True)
class Table:
    """A title, columns, rows and notes below. The first column is a name, the others numbers.

    `text` says that the others are words.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    text: bool = False

    def markdown(self) -> str:
        """As a Markdown section. What plugins supplied is escaped."""
        lines = [f"### {escaped(self.title)}", ""]
        lines.append(bar(self.columns))
        lines.append("|---|" + ("---|" if self.text else "---:|") * (len(self.columns) - 1))
        lines += [bar(row.cells) for row in self.rows]
        if self.notes:
            lines += ["", *(f"- {escaped(note)}" for note in self.notes)]
        return "\n".join(lines) + "\n"

    def latex(self) -> str:
        """As a LaTeX table, for the package booktabs. What plugins supplied is escaped."""
        kind = "l" * len(self.columns) if self.text else "l" + "r" * (len(self.columns) - 1)
        body = [" & ".join(map(in_latex, row.cells)) + r" \\" for row in self.rows]
        head = " & ".join(map(in_latex, self.columns)) + r" \\"
        notes = [rf"\\[2pt] {{\footnotesize {in_latex(note)}}}" for note in self.notes]
        lines = (
            r"\begin{table}",
            rf"\caption{{{in_latex(self.title)}}}",
            rf"\begin{{tabular}}{{{kind}}}",
            *(r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"),
            *notes,
            r"\end{table}",
        )
        return "\n".join(lines) + "\n"

    def terminal(self, width: int) -> str:
        """For a terminal of so many columns, with colour codes."""
        from rich.console import Console
        from rich.table import Table as RichTable
        from rich.text import Text

        title = Text(plain(self.title))
        table = RichTable(title=title, title_justify="left", title_style="bold")
        for number, column in enumerate(self.columns):
            table.add_column(
                Text(plain(column)), justify="right" if number and not self.text else "left"
            )
        for row in self.rows:
            cells = [
                Text(plain(cell), style="bold" if isinstance(cell, Strong) else "")
                for cell in row.cells
            ]
            table.add_row(*cells, style="dim" if row.quiet else "")
        console = Console(file=io.StringIO(), width=width, force_terminal=True, highlight=False)
        console.print(table)
        for note in self.notes:
            console.print(Text("  " + plain(note), style="dim"))
        out = console.file
        return out.getvalue() if isinstance(out, io.StringIO) else ""


class TablesReport(Report):
    """A report that is one table after another: say `tables(frames)`."""

    @abstractmethod
    def tables(self, frames: Frames) -> Iterable[Table]:
        """The tables, in the order of reading."""

    def render(self, frames: Frames) -> str:
        """All of them in Markdown."""
        return "\n".join(table.markdown() for table in self.tables(frames))

    def show(self, frames: Frames, width: int) -> str:
        """All of them for a terminal."""
        return "\n".join(table.terminal(width) for table in self.tables(frames))


def bar(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    told = (f"**{escaped(it)}**" if isinstance(it, Strong) else escaped(it) for it in cells)
    return "| " + " | ".join(told) + " |"


LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "≥": r"$\geq$",
    "×": r"$\times$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "–": "--",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}


def in_latex(cell: str) -> str:
    """One line that means itself in LaTeX, bold where it is strong."""
    text = "".join(LATEX.get(sign, sign) for sign in plain(cell))
    return rf"\textbf{{{text}}}" if isinstance(cell, Strong) else text


def plain(text: str) -> str:
    """One line without control characters, so that a reason cannot paint on the terminal."""
    return CONTROL.sub("", " ".join(text.split()))


def escaped(text: str) -> str:
    """One line that means itself in Markdown."""
    return MARKDOWN.sub(r"\\\1", plain(text))
