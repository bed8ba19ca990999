"""Model types of Hugging Face transformers, from their configurations alone."""

import json
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch

from front_door import seqbench as shell
from seqbench import SeqbenchError, Signature, Tokens
from seqbench.catalogue import Catalogue
from seqbench.testing import check_architecture
from seqbench.testing.battery import ARCHITECTURE_CHECKS
from seqbench.testing.examination import Examination
from seqbench.testing.specimen import Specimen
from seqbench_plugins.architectures import hf
from seqbench_plugins.architectures.hf import CURATED, HF, known, reached
from seqbench_plugins.architectures.hf.measure import made, reach

transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore")  # the library's own, and of what it imports

CAUSAL = Signature(Tokens(5), Tokens(4), 12)
FREE = Signature(Tokens(5), Tokens(4), 12, causal=False, varied=True)
CORE = (
    *("outputs_follow_the_signature", "predicting_is_repeatable", "examples_do_not_mix"),
    *("parameters_are_counted", "parameters_get_gradients", "gradients_may_be_off"),
    *("the_future_does_not_leak", "padding_does_not_matter"),
)
RUNS = sorted(name for name, found in known().items() if "why" not in found)


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("it asks the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


SINGLE = {"gradients_are_right": "parts of it are in float32, whatever it is given"}


@pytest.mark.parametrize(
    ("model_type", "excuses"), [("gpt2", {}), ("bert", {}), ("llama", SINGLE), ("mamba2", SINGLE)]
)
def test_it_keeps_every_promise(model_type, excuses):
    found = check_architecture(HF(model_type=model_type, width=16), expected_failed=excuses)
    assert not found.failed, [str(one) for one in found.failed]


def test_it_computes_what_the_library_does():
    """The whole mixer is the library's model of that configuration, with vectors for words."""
    mixer = HF(model_type="gpt2", width=16, layers=3, heads=2).mixer(16, CAUSAL).eval()
    config = transformers.GPT2Config(
        **{"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 14, "vocab_size": 16},
        **{"n_inner": 32, "resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0},
    )
    twin = transformers.GPT2Model(config).eval()
    told = twin.load_state_dict(mixer.model.state_dict(), strict=False)
    assert told.missing_keys == ["wte.weight"]
    x = torch.randn(2, 9, 16)
    with torch.no_grad():
        assert torch.allclose(mixer(x), twin(inputs_embeds=x).last_hidden_state, atol=1e-6)
    counted = sum(weight.numel() for weight in mixer.parameters())
    assert counted == sum(w.numel() for w in twin.parameters()) - twin.wte.weight.numel()


@pytest.mark.parametrize("width", [13, 20, 31, 32, 46])
def test_any_width_has_a_network_and_a_larger_one_is_larger(width):
    sizes = [HF(width=w).weigh(CAUSAL, flops=False).parameters for w in (width, width + 1)]
    assert sizes[0] < sizes[1] < 1.3 * sizes[0]


def test_work_is_counted_of_experts_too():
    """Two of four experts work on each step, of three matrices each."""
    io = Signature(Tokens(5), Tokens(4), 10)
    counted = {
        kind: HF(model_type=kind, width=32).weigh(io).flops_per_step for kind in ("mixtral", "gpt2")
    }
    experts = 2 * 2 * 2 * 3 * 32 * 64  # layers, experts, a multiplication with its addition
    projections = 2 * 2 * 4 * 32 * 32
    attention = 2 * 2 * 2 * 10 * 32
    ends = 2 * 32 * 4  # the readout
    gate = 2 * 2 * 32 * 4
    assert counted["mixtral"] == pytest.approx(experts + projections + attention + ends + gate)
    perceptrons = 2 * 2 * 2 * 32 * 64
    assert counted["gpt2"] == pytest.approx(perceptrons + projections + attention + ends)


def test_options_reach_the_configuration():
    mixer = HF(model_type="llama", width=16, options={"rope_theta": 77.0}).mixer(16, CAUSAL)
    config = mixer.model.config
    assert 77.0 in (getattr(config, "rope_theta", 0), *(config.rope_parameters or {}).values())


def test_what_looks_ahead_is_no_answer_to_a_causal_task():
    assert "bert reads ahead" in HF(model_type="bert").unsuited(CAUSAL)
    assert HF(model_type="bert").unsuited(FREE) is None
    assert HF(model_type="gpt2").unsuited(CAUSAL) is None
    assert "fnet lets padding" in HF(model_type="fnet").unsuited(FREE)


def test_options_are_measured_anew():
    """A decoder is made of bert by an option, which no table knows."""
    assert HF(model_type="bert", options={"is_decoder": True}).unsuited(CAUSAL) is None


@pytest.mark.parametrize(
    ("model_type", "check"), [("bert", "the_future_does_not_leak"), ("fnet", "padding_does_not")]
)
def test_the_kit_finds_by_itself_what_the_table_says(monkeypatch, model_type, check):
    monkeypatch.setattr(hf, "reached", lambda *_: {"causal": True, "padding": True})
    found = check_architecture(HF(model_type=model_type, width=16))
    assert any(one.check.startswith(check) for one in found.failed)


def test_slips_are_told_in_a_line():
    with pytest.raises(SeqbenchError, match="no 'gtp2'; did you mean 'gpt2'"):
        HF(model_type="gtp2").mixer(16, CAUSAL)
    with pytest.raises(SeqbenchError, match="hf: llama has no such configuration"):
        HF(model_type="llama", options={"hidden_act": 3}).mixer(16, CAUSAL)
    with pytest.raises(SeqbenchError, match=r"hf\.heads is 0"):
        HF(heads=0)
    mixer = HF(width=16).mixer(16, CAUSAL)
    with pytest.raises(SeqbenchError, match="learned places for 12 steps, not for 20"):
        mixer(torch.zeros(1, 20, 16))


SUITE = """
suite: borrowed
seeds: 1
sizes: {train: 64, valid: 20, test: 20}
parameters: 20000
train: {examples: 64}
tasks: [associative_recall: {pairs: 2, vocab: 8}]
architectures:
  - hf: {model_type: [gpt2, mamba2, bert]}
  - hf: {model_type: llama, layers: 3}
"""


def test_a_suite_sizes_and_runs_them(tmp_path):
    import seqbench

    (tmp_path / "borrowed.yaml").write_text(SUITE)
    done = shell("run", "borrowed.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    trials = seqbench.load(tmp_path / "results" / "borrowed").trials
    mine = trials[~trials.baseline].set_index("architecture.model_type")
    assert dict(mine.status) == {
        **{"gpt2": "ok", "mamba2": "ok", "llama": "ok", "bert": "skipped"},
    }
    assert "reads ahead" in mine.reason["bert"]
    fitted = mine[mine.status == "ok"]
    assert ((fitted["costs.parameters"] / 20000 - 1).abs() < 0.05).all()
    notes = json.loads(fitted["facts.model"].iloc[0])
    assert notes["transformers"] == transformers.__version__
    assert "kernels" in notes


def test_they_are_listed_with_what_was_measured(tmp_path):
    told = shell("list", "architectures", "--hf", cwd=tmp_path).stdout.splitlines()
    lines = dict(line.split(maxsplit=1) for line in told)
    assert lines["gpt2"] == "causal, 1 times gpt2's time, curated"
    assert lines["bert"].startswith("bidirectional")
    assert "its cache is off by" in lines["rwkv"]
    assert "padding matters" in lines["fnet"]
    assert sum("does not run: " not in line for line in told) >= 100
    refused = shell("list", "architectures", "--rnn", cwd=tmp_path)
    assert refused.returncode == 2
    assert "rnn is one architecture" in refused.stderr


def test_listing_imports_no_library(tmp_path):
    code = "import sys; from seqbench.catalogue import Catalogue; Catalogue.installed().get("
    code += "'architectures', 'hf').variants(); print('transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_without_the_library_it_is_a_skip_that_says_how(tmp_path, monkeypatch):
    (tmp_path / "transformers.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "borrowed.yaml").write_text(SUITE.replace("parameters: 20000\n", ""))
    done = shell("run", "borrowed.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "hf needs Hugging Face transformers: pip install 'seqbench[hf]'" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("model_type", sorted(CURATED))
def test_a_curated_type_is_as_it_was(model_type):
    kept = json.loads(hf.KNOWN.read_text())
    if kept["transformers"] != transformers.__version__:
        pytest.skip(f"what is known is of transformers {kept['transformers']}")
    found = {**reach(model_type), **made(model_type)}
    assert found == {key: kept["types"][model_type][key] for key in found}


def test_a_hundred_types_run():
    assert len(RUNS) >= 100
    assert CURATED <= set(RUNS)
    assert all(known()[name]["padding"] for name in CURATED)


@pytest.mark.hf
@pytest.mark.parametrize("model_type", RUNS)
def test_a_type_passes_the_core_checks(model_type):
    checks = [check for check in ARCHITECTURE_CHECKS if check.name in CORE]
    assert len(checks) == len(CORE)
    architecture = HF(model_type=model_type, width=16)
    found = Examination(model_type, Specimen(architecture), checks).findings()
    assert not found.failed, [str(one) for one in found.failed]
    assert reached(model_type, "{}") == known()[model_type]


def test_the_catalogue_makes_one():
    made = Catalogue.installed().make("architectures", "hf", {"model_type": "gpt2"})
    assert made == HF()
    assert np.isfinite(made.weigh(CAUSAL).flops_per_step)
