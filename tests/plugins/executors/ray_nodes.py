"""Machines of a Ray cluster, all of them here on loopback: `python ray_nodes.py folder`.

Says the head's address; then takes lines of JSON and answers each with one: {"add": "127.0.0.3",
"cpus": 1, "environment": {}} for another node, {"kill": "127.0.0.3"} for its sudden end. Ends, and
takes everything along, when its input does.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import processes

NODE = "SEQBENCH_TEST_NODE"  # in the environment of all that a node starts
QUICK = {"health_check_period_ms": 500, "health_check_failure_threshold": 4}  # to miss a lost node


def add(cluster, address, cpus, environment):
    """Start a node; its processes have more in their environment."""
    before = dict(os.environ)
    os.environ.update(environment, **{NODE: address})
    try:
        cluster.add_node(num_cpus=cpus, node_ip_address=address, include_log_monitor=False)
    finally:
        os.environ.clear()
        os.environ.update(before)


def kill(address):
    """The end of all processes of a node, as when its power goes."""
    node = f"{NODE}={address}".encode()
    for pid in processes.numbers(os.environ[processes.MARK]):  # of this cluster, not another's
        with suppress(OSError):
            if node in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)


def main(folder):
    """Head on 127.0.0.2; Ray takes 127.0.0.1 for the machine's outward address."""
    Path("/tmp/ray").mkdir(exist_ok=True)  # it notes the address there, whatever the folder
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "node_ip_address": "127.0.0.2", "include_dashboard": False}
    more = {"temp_dir": folder, "include_log_monitor": False, "_system_config": QUICK}
    cluster = Cluster(initialize_head=True, head_node_args=head | more)
    try:
        print(cluster.address, flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            if "add" in order:
                add(cluster, order["add"], order["cpus"], order["environment"])
            else:
                kill(order["kill"])
            print("done", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
