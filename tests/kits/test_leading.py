"""Who leads: only where it can be told; and how tables show it."""

import pandas as pd
import pytest

from seqbench.kits.leading import compared, leader
from seqbench.kits.table import Row, Strong, Table


def scores(better="higher", **values):
    rows = [
        {"label": label, "seed": seed, "value": value, "better": better}
        for label, some in values.items()
        for seed, value in enumerate(some)
    ]
    return pd.DataFrame(rows)


def test_the_best_leads_where_it_is_told_from_every_other():
    clear = scores(a=[0.9, 0.91, 0.92], b=[0.5, 0.52, 0.51], c=[0.1, 0.3, 0.2])
    assert leader(clear) == "a"
    near = scores(a=[0.9, 0.91, 0.92], b=[0.5, 0.52, 0.51], c=[0.91, 0.90, 0.91])
    assert leader(near) is None


def test_less_may_be_better():
    assert leader(scores("lower", a=[0.9, 0.91, 0.92], b=[0.5, 0.52, 0.51])) == "b"


@pytest.mark.parametrize(
    "values",
    [{"a": [0.9, 0.9]}, {"a": [0.9], "b": [0.1]}, {"a": [0.9, 0.2, 0.9], "b": [0.8, 0.3, 0.7]}],
)
def test_one_seed_or_one_architecture_or_noise_gives_no_leader(values):
    assert leader(scores(**values)) is None


def test_seeds_are_compared_with_themselves():
    here = scores(a=[0.2, 0.5, 0.8], b=[0.1, 0.4, 0.69])
    found = compared(here, "a", "b")
    assert found.difference.value == pytest.approx(0.31 / 3)
    assert found.told_apart()
    assert compared(here[here.label == "a"], "a", "b") is None


def test_a_leader_is_bold_and_everything_else_means_itself():
    evil = r"50%_{x}\input{/etc/passwd}$&#~^"
    table = Table(evil, ("", "score ↑"), (Row((evil, Strong("0.9 ± 0.1"))),), (evil,))
    assert "**0.9 ± 0.1**" in table.markdown()
    tex = table.latex()
    assert r"\textbf{0.9 $\pm$ 0.1}" in tex
    assert r"\input" not in tex
    assert r"50\%\_\{x\}\textbackslash{}input\{/etc/passwd\}\$\&\#" in tex
    opened = tex.replace(r"\{", "").replace(r"\}", "")
    assert opened.count("{") == opened.count("}")
