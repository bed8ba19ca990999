"""What holds of everything that has settings."""

import dataclasses
import json
from typing import Any

from seqbench.testing.check import promise


@promise("api", "Write @dataclass(frozen=True) above the class, and a default behind each field")
def settings_are_frozen(thing: Any) -> None:
    """The settings are the fields of a frozen dataclass, with a default each."""
    params = getattr(type(thing), "__dataclass_params__", None)
    assert params and params.frozen, f"{type(thing).__name__} is no frozen dataclass"
    for f in dataclasses.fields(thing):
        bare = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        assert not bare, f"the setting {f.name} has no default"


@promise("api", "Keep to bool, int, float, str, and tuples, lists and dicts of these")
def settings_are_plain(thing: Any) -> None:
    """The settings can be written as JSON, since a trial's id is made of them."""
    try:
        json.dumps(dataclasses.asdict(thing), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"a setting cannot be written as JSON: {error}") from error


@promise(
    "advice", "Say in the class's docstring what it does; `seqbench list` shows the first line"
)
def it_says_what_it_does(thing: Any) -> None:
    """There is a docstring of its own, and not the one that dataclasses write."""
    told = (vars(type(thing)).get("__doc__") or "").strip()
    assert told and not told.startswith(f"{type(thing).__name__}("), "it has no docstring"


@promise("advice", "Name the paper or the book, with its year, in `source`")
def a_source_is_named(thing: Any) -> None:
    """Readers of a table can look up what was measured."""
    assert thing.source, "`source` is empty"
