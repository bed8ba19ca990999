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
torch.optim.AdamW([torch.zeros(1)])  # which imports half of torch, as every training does
start = time.process_time()
from seqbench_plugins.architectures.lstm import LSTM
layer, twin = LSTM(5, 20), torch.nn.LSTM(5, 20)
twin.load_state_dict(layer.state_dict())
x = torch.ones(7, 3, 5)
layer(x)[0].square().sum().backward()
took = time.process_time() - start
from seqbench_plugins.architectures.lstm import kernels
codes = [*kernels.forward.inspect_asm().values(), *kernels.backward.inspect_asm().values()]
special = ("tdpbf16ps", "%zmm", "%ymm", "vfmadd")
used = [word for word in special if any(word in code for code in codes)]
twin(x)[0].square().sum().backward()
pairs = zip(layer.parameters(), twin.parameters())
right = all(torch.allclose(a.grad, b.grad, atol=1e-5) for a, b in pairs)
print(json.dumps([took, right, used]))
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
    took, right, _ = first_use(tmp_path)
    assert right
    assert took < 20
    took, right, _ = first_use(tmp_path)
    assert right
    assert took < 1.0


@pytest.mark.parametrize(
    ("processor", "features", "found"),
    [
        ("haswell", "+avx,+avx2,+fma", ["%ymm", "vfmadd"]),
        ("sandybridge", "+avx", ["%ymm"]),
        ("generic", "", []),
    ],
)
def test_smaller_processors_get_the_same_from_what_they_have(tmp_path, processor, features, found):
    if os.uname().machine != "x86_64":
        pytest.skip("these are names of x86-64 processors")
    _, right, used = first_use(tmp_path, NUMBA_CPU_NAME=processor, NUMBA_CPU_FEATURES=features)
    assert right
    assert used == found  # and no instruction that is not theirs
