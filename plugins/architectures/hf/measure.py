"""What model types do, measured: python -m seqbench_plugins.architectures.hf.measure [TYPE ...].

Writes known.json beside this file, of all types that the installed library has or of those named:
whether one looks ahead, whether padding reaches what stands before it, whether its answers step by
step are those given at once, and what a step of training costs, over gpt2's; or why it does not
run. Each in a process of its own, with a limit of time.
"""

import inspect
import json
import multiprocessing
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqbench.kits.torch import seeded
from seqbench_plugins.architectures.hf import CURATED, KNOWN
from seqbench_plugins.architectures.hf.backbone import Backbone, built, called, idle
from seqbench_plugins.architectures.hf.library import (
    configured,
    model_types,
    quietly,
    transformers,
)
from seqbench_plugins.architectures.hf.shrink import Frame

FRAME = Frame(32, 2, 4, 64)
CUT = 24  # of 48 steps
TOLERANCE = 1e-5
LARGEST = 10_000_000  # numbers, at a width of 32
LIMIT = 45.0  # seconds for one type

Told = dict[str, Any]


def reach(model_type: str, more: str = "{}") -> Told:
    """Whether it looks ahead, and whether padding matters. Raises what the model raises."""
    unused = idle(model_type, FRAME.layers, FRAME.heads, more)
    with seeded(np.random.default_rng(0)), torch.no_grad():
        net = Backbone(model_type, FRAME, json.loads(more), unused).eval()
        weights = sum(it.numel() for it in (*net.model.parameters(), *net.model.buffers()))
        if weights > LARGEST:
            raise ValueError(f"it has {weights:,} numbers that no option makes fewer")
        x = torch.randn(2, 2 * CUT, FRAME.width)
        other = torch.cat([x[:, :CUT], torch.randn(2, CUT, FRAME.width)], 1)
        y, ends = net(x), torch.full((2,), CUT)
        if y.shape != x.shape or not bool(y.isfinite().all()):
            raise ValueError(f"it gives {tuple(y.shape)} of {tuple(x.shape)}, or no numbers")
        if not torch.equal(y, net(x)):
            raise ValueError("it answers differently each time")
        ahead = moved(net(other), y)
        padded, short = net(x, ends), net(x[:, :CUT], ends)
        beside = max(moved(net(other, ends), padded), moved(short, padded))
    return {"causal": ahead < TOLERANCE, "padding": beside < 10 * TOLERANCE}


def moved(one: Tensor, other: Tensor) -> float:
    """How far the first answers are apart."""
    return float((one[:, :CUT] - other[:, :CUT]).abs().max())


def made(model_type: str) -> Told:
    """What it is made of, by which a newer library that makes something else is seen."""
    net = Backbone(model_type, FRAME, {}, idle(model_type, FRAME.layers, FRAME.heads, "{}"))
    weights = sum(weight.numel() for weight in net.parameters())
    return {"class": type(net.model).__name__, "parameters": weights}


def cost(model_type: str) -> float:
    """Median CPU seconds of a training step: 16 sequences of 64 steps, two layers, one thread."""
    net = Backbone(model_type, FRAME, {}, idle(model_type, FRAME.layers, FRAME.heads, "{}")).train()
    x, taken = torch.randn(16, 64, FRAME.width), []
    for _ in range(4):
        start = time.process_time()
        net(x).square().mean().backward()
        taken.append(time.process_time() - start)
        if sum(taken) > LIMIT / 3:
            break
    return statistics.median(taken[1:] or taken)


def streaming(model_type: str) -> float | None:
    """How far its cached answer to one more step is from the whole's; None where it has none."""
    unused = idle(model_type, FRAME.layers, FRAME.heads, "{}")
    net = Backbone(model_type, FRAME, {}, unused).eval()
    names = inspect.signature(net.model.forward).parameters
    x = torch.randn(2, CUT, FRAME.width)
    with torch.no_grad(), quietly():
        x = net.inward(x)
        whole = called(net.model, x)
        told = net.model(inputs_embeds=x[:, :-1], use_cache=True)
        for name in ("cache", "past_key_values", "cache_params", "state"):
            if name in names and (kept := getattr(told, name, None)) is not None:
                more = net.model(inputs_embeds=x[:, -1:], use_cache=True, **{name: kept})
                last = more[0] if isinstance(more[0], Tensor) else more.last_hidden_state
                return float((last[:, -1] - whole[:, -1]).abs().max())
    return None


def told_of(model_type: str) -> Told:
    """All of one type, or why it does not run."""
    torch.set_num_threads(1)
    try:
        found = reach(model_type)
        found["seconds"] = cost(model_type)
        if model_type in CURATED:
            found |= made(model_type)
    except Exception as error:
        return {"why": f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"}
    try:
        off = streaming(model_type)
    except Exception:  # a cache of a kind of its own
        off = None
    return found if off is None else {**found, "streaming_error": float(f"{off:.1e}")}


def watched(model_type: str) -> Told:
    """The same from a process of its own, which may hang or end."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(False)
    process = fork.Process(target=lambda: theirs.send(told_of(model_type)))
    process.start()
    theirs.close()
    try:
        found: Told = ours.recv() if ours.poll(LIMIT) else {"why": f"it takes over {LIMIT:.0f} s"}
    except EOFError:
        found = {"why": "its process ends: it is too large, or it crashes"}
    process.kill()
    process.join()
    print(model_type, found, flush=True)
    return found


def main(types: list[str]) -> None:
    """Measure and keep."""
    library = transformers()
    built(configured("gpt2", FRAME, {}))  # so that what all need is imported before the forks
    known: Told = json.loads(KNOWN.read_text()) if types and KNOWN.exists() else {}
    wanted = types or model_types()
    with ThreadPoolExecutor(2) as pool:
        rows: Told = known.pop("types", {}) | dict(
            zip(wanted, pool.map(watched, wanted), strict=True)
        )
    unit = rows["gpt2"].get("seconds") or known["gpt2_seconds"]
    for found in rows.values():
        if "seconds" in found:
            found["cost"] = float(f"{found.pop('seconds') / unit:.2g}")
    known |= {"transformers": library.__version__, "gpt2_seconds": unit}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(rows[name])}" for name in sorted(rows))
    KNOWN.write_text(json.dumps(known)[:-1] + f', "types": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main(sys.argv[1:])
