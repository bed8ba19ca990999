"""Small rooms: a file of at most 200 lines, a function of at most 40."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [p for room in ("seqbench", "plugins") for p in sorted((ROOT / room).rglob("*.py"))]
KERNELS = "plugins/architectures/lstm/"  # a kernel may be longer where it reads better whole


def functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.end_lineno - node.lineno


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_size(file):
    text = file.read_text()
    if not str(file.relative_to(ROOT)).startswith(KERNELS):
        assert text.count("\n") <= 200
        assert [name for name, lines in functions(text) if lines > 40] == []
