"""The schema of suites says what the reader does, as far as a schema can."""

import json
import re

import pytest
import yaml

from seqbench import SeqbenchError
from seqbench.suite import read_suite, schema

FINE = [
    "tasks: [copy]\narchitectures: [net]",
    "tasks: [copy: {length: [4, 5], noise: 1, sep: dash}, book: ]\narchitectures: [mean]",
    "tasks: [copy: {train: {lr: [0.1, 1]}, sizes: {test: 3}, test: {length: 4}}]\n"
    "architectures: [net: {kernels: [[1, 2]], train: {batch: 4}, bias: [true, false]}]",
    "tasks: [copy]\narchitectures: [net]\nseeds: 4\nabout: text\nx-mine: {a: [1]}\n"
    "measure: [loss, depth, depth: {at: [3, 4]}]\n"
    "executor: {inline: {workers: 2, hosts: [a]}}\nreport: [table]",
    "tasks: [copy]\narchitectures: [net]\nseeds: [4, 1]\nplugins: []\nexecutor: inline\n"
    "train: {lr: 0.1, examples: [1, 2]}\nsizes: {train: 4}",
    "parameters: 5000\ntasks: [copy: {length: {from: 4, to: 9}, curriculum: true, noise: 1}]\n"
    "architectures: [net: {layers: 2}]",
    "flops: 5000\ntasks: [copy: {curriculum: false}]\narchitectures: [net]",
    "search: {method: grid, trials: 3, prune: true, seed: 4, at_once: 2,\n"
    " over: {lr: {log: [0.0001, 0.01], points: 3}, layers: [1, 2]}}\n"
    "tasks: [copy]\narchitectures: [net: {search: {over: {drop: {from: 0, to: 1, points: 2}}}}]",
]
SLIPS = [
    "tasks: [copy]",
    "tasks: []\narchitectures: [net]",
    "tasks: [coppy]\narchitectures: [net]",
    "tasks: [copy: {lenth: 4}]\narchitectures: [net]",
    "tasks: [copy: {length: x}]\narchitectures: [net]",
    "tasks: [copy: {length: []}]\narchitectures: [net]",
    "tasks: [copy: {sep: comma}]\narchitectures: [net]",
    "tasks: [copy]\narchitectures: [net: {width: true}]",
    "tasks: [copy]\narchitectures: [net: {width: 1.5}]",
    "tasks: [copy]\narchitectures: [net: {test: {width: 1}}]",
    "tasks: [copy]\narchitectures: [net]\nseeds: 0",
    "tasks: [copy]\narchitectures: [net]\nseeds: [-1]",
    "tasks: [copy]\narchitectures: [net]\ntrian: {}",
    "tasks: [copy]\narchitectures: [net]\ntrain: {batch: 0}",
    "tasks: [copy]\narchitectures: [net]\nsizes: {train: [1, 2]}",
    "tasks: [copy]\narchitectures: [net]\nmeasure: [lss]",
    "tasks: [copy]\narchitectures: [net]\nparameters: 0",
    "tasks: [copy]\narchitectures: [net]\nflops: 1.5",
    "tasks: [copy]\narchitectures: [net]\nflops: 9\nparameters: 9",
    "tasks: [copy: {length: {from: 4}}]\narchitectures: [net]",
    "tasks: [copy: {length: {from: 4, to: 9, by: 2}}]\narchitectures: [net]",
    "tasks: [copy: {length: {from: 4, to: x}}]\narchitectures: [net]",
    "tasks: [copy: {length: [{from: 4, to: 9}]}]\narchitectures: [net]",
    "tasks: [copy: {noise: {from: 4, to: 9}}]\narchitectures: [net]",
    "tasks: [copy: {curriculum: 1, length: {from: 4, to: 9}}]\narchitectures: [net]",
    "tasks: [copy]\narchitectures: [net: {width: {from: 4, to: 9}}]",
    "tasks: [copy]\narchitectures: [net]\nmeasure: [depth: {att: [1]}]",
    "tasks: [copy]\narchitectures: [net]\nmeasure: [depth: {step: [1, 2]}]",
    "tasks: [copy]\narchitectures: [net]\nmeasure: [loss: {at: [1]}]",
    "tasks: [copy]\narchitectures: [net]\nexecutor: {inline: {workers: x}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: [1]",
    "tasks: [copy]\narchitectures: [net]\nsearch: {over: {lr: []}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {over: {lr: 0.1}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {over: {lr: {log: [1]}}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {over: {lr: {log: [1, 2, 3]}}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {over: {lr: {from: 1}}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {over: {lr: {from: 1, to: 2, by: 1}}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {over: {lr: {log: [1, 2], points: 1}}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {over: [lr]}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {trails: 3, over: {lr: [1, 2]}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {trials: 0, over: {lr: [1, 2]}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {trials: [1, 2], over: {lr: [1, 2]}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {method: gird, over: {lr: [1, 2]}}",
    "tasks: [copy]\narchitectures: [net]\nsearch: {prune: 1, over: {lr: [1, 2]}}",
    "tasks: [copy]\narchitectures: [net: {search: {over: {lr: [], width: [4]}}}]",
    "tasks: [copy: {search: {over: {lr: [1, 2]}}}]\narchitectures: [net]",
]

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def is_of(kind, value):
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def fits(value, rule):
    """As much of JSON Schema as the schema of suites uses, written from its specification."""
    kinds = rule.get("type", [])
    checks = [
        not kinds
        or any(is_of(kind, value) for kind in ([kinds] if isinstance(kinds, str) else kinds)),
        "enum" not in rule or value in rule["enum"],
        "not" not in rule or not fits(value, rule["not"]),
        "anyOf" not in rule or any(fits(value, option) for option in rule["anyOf"]),
    ]
    if isinstance(value, str):
        checks.append(re.search(rule.get("pattern", ""), value) is not None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        checks.append(rule.get("minimum", value) <= value <= rule.get("maximum", value))
    if isinstance(value, list):
        checks.append(rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value)))
        checks += [fits(item, rule.get("items", {})) for item in value]
    if isinstance(value, dict):
        own = rule.get("properties", {})
        free = [
            name
            for name in value
            if any(re.search(p, name) for p in rule.get("patternProperties", {}))
        ]
        checks += [fits(item, own[name]) for name, item in value.items() if name in own]
        checks += [name in value for name in rule.get("required", [])]
        others = [item for name, item in value.items() if name not in own and name not in free]
        if isinstance(more := rule.get("additionalProperties", True), dict):
            checks += [fits(item, more) for item in others]
        checks.append(more is not False or not others)
    return all(checks)


@pytest.mark.parametrize("text", FINE)
def test_what_is_read_fits(write, world, text):
    read_suite(write(text), world)
    assert fits(yaml.safe_load("suite: s\n" + text), schema(world))


@pytest.mark.parametrize("text", SLIPS)
def test_what_is_refused_does_not(write, world, text):
    with pytest.raises(SeqbenchError):
        read_suite(write(text), world)
    assert not fits(yaml.safe_load("suite: s\n" + text), schema(world))


def test_it_tells_an_editor_what_things_are(world):
    made = schema(world)
    assert json.loads(json.dumps(made)) == made
    copy = next(
        o for o in made["properties"]["tasks"]["items"]["anyOf"] if "copy" in o.get("required", ())
    )
    assert copy["description"] == "Say it again."
    length = copy["properties"]["copy"]["properties"]["length"]
    assert (length["default"], length["description"]) == (8, "tokens in all")
    lr = made["properties"]["train"]["anyOf"][0]["properties"]["lr"]
    assert lr["default"] == 0.003
