"""Settings that weigh nothing cost no search for a size of their own."""

from dataclasses import replace

import pytest

from seqbench import Choice, Signature, Tokens
from seqbench.catalogue import Catalogue, choice_of
from seqbench.suite.sizing import Sizing
from seqbench.suite.suite import Budget

IO = Signature(Tokens(16), Tokens(16), 32)


@pytest.mark.parametrize(("kind", "amount"), [("parameters", 20_000), ("flops", 40_000)])
def test_dropout_is_kept_and_weighed_once(monkeypatch, kind, amount):
    monkeypatch.delenv("SEQBENCH_PLUGINS_BLOCK")
    catalogue = Catalogue.installed()
    rnn = catalogue.get("architectures", "rnn")
    weighed: list[float] = []
    weigh = rnn.weigh

    def counting(self, io, flops=True):
        weighed.append(self.dropout)
        return weigh(self, io, flops)

    monkeypatch.setattr(rnn, "weigh", counting)
    sizing = Sizing(catalogue, Budget(kind, amount, "suite.yaml:1:1"))
    plain = choice_of(catalogue.make("architectures", "rnn", {}))

    def sized(**settings: object) -> Choice:
        return sizing.sized(replace(plain, settings={**plain.settings, **settings}), IO, "task")

    first = sized()
    once = len(weighed)
    second = sized(dropout=0.25)
    assert once and len(weighed) == once
    assert second.settings == {**first.settings, "dropout": 0.25}
    assert sized(layers=2).settings["width"] < first.settings["width"]
    assert len(weighed) > once
