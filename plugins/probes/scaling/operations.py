"""Floating-point operations of a place, counted where nothing is computed."""

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from seqbench.kits.torch.weight import unfilled, worked
from seqbench_plugins.probes.scaling.place import Entrant, Place, Work


def operations(entrant: Entrant, place: Place) -> int | None:
    """FLOPs of a call, or None where they can neither be counted nor are declared.

    On the meta device, in training mode and by the plain attention: on a CPU torch counts 0 for a
    fused LSTM and leaves fused attention out. Products of matrices, convolutions and attention
    count, its masked half included; what is done element by element does not. A backward pass of
    what declares its forward one is twice that: a product gives rise to two.
    """
    training = place.line.way == "training"
    try:
        network = unfilled(lambda: entrant.network(place.length))
        x = entrant.inputs(place.line.batch, place.length, "meta")
        forward, _ = worked(network, x)
        if not training or getattr(network, "flops", None) is not None:
            return 3 * forward if training else forward
        counter = FlopCounterMode(display=False)
        with torch.device("meta"), sdpa_kernel(SDPBackend.MATH), counter:
            Work(network, x, training=True)()
        return int(counter.get_total_flops())
    except Exception:  # whatever a network does that needs numbers, such as a kernel of its own
        return None
