"""What holds of everything that has settings."""

import dataclasses
import json
from typing import Any


def settings_are_frozen(thing: Any) -> None:
    """The settings are the fields of a frozen dataclass, with a default each."""
    params = getattr(type(thing), "__dataclass_params__", None)
    assert params and params.frozen, f"{type(thing).__name__} must be @dataclass(frozen=True)"
    for f in dataclasses.fields(thing):
        bare = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        assert not bare, f"the setting {f.name} needs a default"


def settings_are_plain(thing: Any) -> None:
    """The settings can be written as JSON, since a trial's id is made of them."""
    try:
        json.dumps(dataclasses.asdict(thing), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"a setting cannot be written as JSON: {error}") from error
