"""A range of lengths, and what lies beyond it: through the front door."""

from front_door import seqbench

SUITE = """
suite: beyond
seeds: 2
train: {examples: 64, batch: 8, evaluations: 1}
sizes: {train: 64, valid: 16, test: 16}
executor: inline
tasks: [parity: {length: {from: 4, to: 8}, test: {length: [6, 12, 24]}}]
architectures: [rnn]
measure: [decoding: {at: [4]}, gradients]
report: [extrapolation, decoding, gradients]
"""


def test_it_is_told_what_lies_beyond(tmp_path):
    (tmp_path / "beyond.yaml").write_text(SUITE)
    done = seqbench("run", "beyond.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "beyond" in done.stdout and "24" in done.stdout and "nothing to tell" not in done.stdout


def test_a_probe_that_was_skipped_is_told(tmp_path):
    (tmp_path / "beyond.yaml").write_text(SUITE)
    words = ("--limit", "8", "--set", "tasks=[pixel_digits]")
    done = seqbench("run", "beyond.yaml", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Not measured" in done.stdout and "not causal" in done.stdout
