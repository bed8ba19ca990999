"""Standard sets by name: where the hub has them, and their usual columns and splits."""

from collections.abc import Mapping
from typing import Any

Preset = Mapping[str, Any]

# Of texts and recordings. Where a set has no part of its own for it, valid is a tenth of train.
LABELLED: dict[str, Preset] = {
    "imdb": {"path": "stanfordnlp/imdb"},  # Maas et al., 2011
    "ag_news": {"path": "fancyzhx/ag_news"},  # Zhang, Zhao and LeCun, 2015
    "wikitext2": {  # Merity et al., 2017
        **{"path": "Salesforce/wikitext", "config": "wikitext-2-raw-v1"},
        **{"valid_split": "validation", "label": ""},
    },
    "speech_commands": {  # version 2 (Warden, 2018); its files as Parquet, as no script is run
        **{"path": "google/speech_commands", "revision": "refs/convert/parquet"},
        **{"data_dir": "v0.02", "valid_split": "validation", "audio": "audio"},
    },
}

# Transformers' oil temperature and loads (Zhou et al., Informer, 2021): 12 months are train, 4 are
# valid, 4 test, and what comes after is not used.
ETT: Preset = {
    **{"path": "thuml/Time-Series-Library", "time": "date", "target": "OT"},
    **{"train_share": 0.6, "valid_share": 0.2},
}
HOURS = 20 * 30 * 24
SERIES: dict[str, Preset] = {
    **{name.lower(): {**ETT, "config": name, "rows": HOURS} for name in ("ETTh1", "ETTh2")},
    **{name.lower(): {**ETT, "config": name, "rows": 4 * HOURS} for name in ("ETTm1", "ETTm2")},
    # The Monash archive (Godahewa et al., 2021), a row a series; its set is the config.
    "monash": {"path": "autogluon/chronos_datasets", "time": "timestamp", "target": "target"},
}


def asked(task: Any, presets: Mapping[str, Preset], setting: str) -> Any:
    """A task's setting: its own where it was set, else its preset's, else the default."""
    own = getattr(task, setting)
    if own != type(task).__dataclass_fields__[setting].default:
        return own
    return presets.get(task.preset, {}).get(setting, own)
