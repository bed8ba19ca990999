"""What a search has to know of the trials that have run."""

from typing import Any

from seqbench.store import Store
from seqbench.suite import Known, Told


def told(store: Store) -> Known:
    """By id, of the trials that a search made; as it stands now."""
    return {r["id"]: of_record(r) for r in store.records() if r.get("study")}.get


def of_record(record: dict[str, Any]) -> Told:
    """The score by the metric that the task is ranked by, turned so that less is better."""
    curve = tuple((point["examples"], point["valid_loss"]) for point in record["curve"])
    if record["status"] != "ok":
        return Told(None, curve, pruned=record["status"] == "skipped" and bool(curve))
    ranked = record["metrics"][0]
    scores = [
        -m["value"] if m["better"] == "higher" else m["value"]
        for m in record["measurements"]
        if m["name"] == ranked and m["split"] == "valid" and not m["at"]
    ]
    return Told(scores[0] if scores else None, curve)
