"""What a first use of the LSTM costs, here and in a process that finds the cache."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

FIRST_USE = """
import json, time
import numba
import torch
torch.set_num_threads(1)
start = time.process_time()
from seqbench_plugins.architectures.lstm import LSTM
layer, twin = LSTM(5, 20), torch.nn.LSTM(5, 20)
twin.load_state_dict(layer.state_dict())
x = torch.ones(7, 3, 5)
layer(x)[0].square().sum().backward()
took = time.process_time() - start
twin(x)[0].square().sum().backward()
pairs = zip(layer.parameters(), twin.parameters())
print(json.dumps([took, all(torch.allclose(a.grad, b.grad, atol=1e-5) for a, b in pairs)]))
"""


def first_use(cache, **environment):
    done = subprocess.run(
        [sys.executable, "-c", FIRST_USE],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_compiling_takes_seconds_and_finding_it_compiled_takes_none(tmp_path):
    took, right = first_use(tmp_path)
    assert right
    assert took < 20
    took, right = first_use(tmp_path)
    assert right
    assert took < 1.0


@pytest.mark.parametrize(
    ("processor", "features"), [("haswell", "+avx,+avx2,+fma"), ("generic", "")]
)
def test_smaller_registers_give_the_same(tmp_path, processor, features):
    if os.uname().machine != "x86_64":
        pytest.skip("these are names of x86-64 processors")
    _, right = first_use(tmp_path, NUMBA_CPU_NAME=processor, NUMBA_CPU_FEATURES=features)
    assert right
