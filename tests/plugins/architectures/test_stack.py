"""Hybrids made in a suite of the mixers of others."""

import numpy as np
import pytest
import torch

from front_door import seqbench
from seqbench import SeqbenchError, Signature, Tokens
from seqbench.catalogue import Catalogue
from seqbench.kits.torch import seeded
from seqbench.suite import open_suite, plan

HERE = Catalogue.installed()
CAUSAL = Signature(Tokens(5), Tokens(5), 12)
SUITE = """
suite: hybrids
seeds: 1
parameters: 20000
tasks: [associative_recall: {pairs: 4, vocab: 16}]
architectures:
  - stack: [lstm, transformer]
  - stack: {of: [[rnn, {lstm: {layers: 2}}]], residual: [true, false]}
"""


def mixer(width=8, **settings):
    stack = HERE.make("architectures", "stack", settings)
    with seeded(np.random.default_rng(0)):
        return stack.mixer(width, CAUSAL).eval()


def planned(tmp_path, text=SUITE):
    (tmp_path / "hybrids.yaml").write_text(text)
    suite, catalogue = open_suite(tmp_path / "hybrids.yaml", ())
    return [t for t in plan(suite, catalogue, only={}) if not t.baseline]


def test_a_list_is_one_stack_and_sizes_meet_the_budget(tmp_path):
    trials = planned(tmp_path)
    assert [t.architecture.settings["of"] for t in trials] == [
        ["lstm", "transformer"],
        ["rnn", {"lstm": {"layers": 2}}],
        ["rnn", {"lstm": {"layers": 2}}],
    ]
    assert [t.architecture.settings["residual"] for t in trials] == [True, True, False]
    for trial in trials:
        made = HERE.make("architectures", "stack", trial.architecture.settings)
        task = HERE.make("tasks", trial.task.name, trial.task.settings)
        assert made.weigh(task.signature()).parameters == pytest.approx(20000, rel=0.05)


def test_it_is_the_mixers_one_after_the_other():
    net, x = mixer(of=["rnn", "lstm"], residual=False, norm=False), torch.randn(2, 12, 8)
    first, last = net.mixers
    torch.testing.assert_close(net(x), last(first(x)))
    both = mixer(of=["rnn", "lstm"])
    y = x + both.mixers[0](both.norms[0](x))
    torch.testing.assert_close(both(x), y + both.mixers[1](both.norms[1](y)))


@pytest.mark.parametrize("of", [["lstm", "transformer"], ["gru", "mingru", "rnn"], ["xlstm"]])
def test_streaming_is_the_parallel_form(of):
    net, x = mixer(of=of), torch.randn(3, 12, 8)
    state, told = net.initial_state(3), []
    with torch.no_grad():
        for t in range(12):
            y, state = net.step(x[:, t], state)
            told.append(y)
        torch.testing.assert_close(torch.stack(told, 1), net(x), rtol=0, atol=1e-4)


def test_its_work_is_the_sum_of_theirs():
    io = Signature(Tokens(5), Tokens(5), 12)

    def flops(name, **settings):
        return HERE.make("architectures", name, {"width": 16, **settings}).weigh(io).flops_per_step

    embedding_and_readout = 2 * 16 * 5
    alone = [flops(name) - embedding_and_readout for name in ("gru", "transformer")]
    assert flops("stack", of=["gru", "transformer"]) == pytest.approx(
        sum(alone) + embedding_and_readout
    )


def test_one_that_looks_ahead_makes_it_look_ahead():
    stack = HERE.make("architectures", "stack", {"of": ["lstm", "birnn"]})
    assert "birnn reads ahead" in stack.unsuited(CAUSAL)
    assert stack.unsuited(Signature(Tokens(5), Tokens(5), 12, causal=False)) is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("[lstm, transformr]", "none is called 'transformr'; did you mean 'transformer'?"),
        ("[lstm, {lstm: {layer: 2}}]", "stack.of: lstm: "),
        ("[lstm, {lstm: {layers: 0}}]", "lstm.layers is 0"),
        ("[lstm, stack]", "stack.of names a stack"),
        ("[lstm, 5]", "stack.of takes"),
        ("[ngram]", "none is called 'ngram'"),
    ],
)
def test_what_is_no_mixer_is_refused_with_its_place(said, why, tmp_path):
    (tmp_path / "bad.yaml").write_text(
        f"suite: bad\ntasks: [copy]\narchitectures:\n  - stack: {said}\n"
    )
    told = seqbench("plan", "bad.yaml", cwd=tmp_path)
    assert told.returncode == 2
    assert why in told.stderr
    assert "bad.yaml:4:" in told.stderr


def test_no_mixer_at_all_is_refused():
    with pytest.raises(SeqbenchError, match="one mixer or more"):
        HERE.make("architectures", "stack", {"of": []})


def test_a_hybrid_is_trained(tmp_path):
    (tmp_path / "hybrids.yaml").write_text(SUITE)
    words = ("--set", "train.examples=200", "--set", "sizes.train=100", "--set", "sizes.test=50")
    told = seqbench("run", "hybrids.yaml", *words, "--set", "executor=inline", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "stack(of=" in told.stdout
