"""What a broken file costs: its own line, never another, and never in silence."""

import json

import pytest
from samples import lines, result, trial

from seqbench import SeqbenchError, to_record
from seqbench.contract.record import SCHEMA
from seqbench.store import Store
from seqbench.store.line import encode
from seqbench.store.schema import UPGRADES


def only_file(folder):
    (file,) = folder.glob("records/*.jsonl")
    return file


@pytest.mark.parametrize("fill", [b"", b"\0", b"\xff"], ids=["cut", "zeroed", "filled"])
def test_a_torn_tail_costs_its_own_record_at_every_byte(filled, fill):
    file = only_file(filled)
    whole = file.read_bytes()
    start = whole[:-1].rfind(b"\n") + 1
    trials = [trial(seed) for seed in range(4)]
    for cut in range(start, len(whole) - 1):
        file.write_bytes(whole[:cut] + fill * (len(whole) - cut))
        store = Store(filled)
        assert store.done(trials) == {one.id for one in trials[:2]}
        assert len(store.damaged()) == (0 if cut == start and not fill else 1)
        if cut % 40 == 0:  # the next run's record is not glued to it
            with store:
                store.add(result(3))
            assert store.done(trials) == {one.id for one in (*trials[:2], trials[3])}
            (filled / "records" / f"{store.run}.jsonl").unlink()
    file.write_bytes(whole[:-1])  # nothing but the line break is lost
    assert len(Store(filled).done(trials)) == 3
    assert Store(filled).damaged() == []


def test_a_line_that_is_finished_later_counts_then(filled):
    file = only_file(filled)
    whole = file.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 30):
        file.write_bytes(whole[:cut])
        store = Store(filled)
        list(store.records())
        file.write_bytes(whole)
        assert len(list(store.records())) == 3
        assert store.damaged() == []


def test_damage_in_the_middle_is_named_with_file_and_line(filled):
    file = only_file(filled)
    first, second, third = lines(filled)
    file.write_bytes(b"\n".join([first, second.replace(b"0.5", b"0.9"), b"{...", third, b""]))
    store = Store(filled)
    assert [one.trial.seed for one in store.results()] == [0, 2]
    assert [str(bad) for bad in store.damaged()] == [
        f"{file}:2: it does not match its checksum",
        f"{file}:3: it was cut short",
    ]
    verdict = store.verify()
    assert (verdict.files, verdict.records) == (1, 2)
    assert list(verdict.damaged) == store.damaged()


def test_verify_finds_a_record_whose_trial_is_not_the_one_it_names(filled):
    record = to_record(result(7))
    record["seed"] = 8
    other = filled / "records" / "other.jsonl"
    other.write_bytes(encode(record) + encode({"schema": SCHEMA, "id": "x", "status": "ok"}))
    wrong, incomplete = Store(filled).verify().damaged
    assert f"{other}:1: its trial's id is {trial(8).id}, and it says {trial(7).id}" == str(wrong)
    assert "it is no record" in str(incomplete)


def test_a_line_that_is_json_and_no_record_does_not_count(filled):
    (filled / "records" / "other.jsonl").write_bytes(encode({"schema": SCHEMA}) + encode({"a": 1}))
    store = Store(filled)
    assert len(list(store.records())) == 3
    assert [bad.why for bad in store.damaged()] == ["it is no record"] * 2


def test_records_of_a_later_release_are_refused_by_name(filled):
    file = filled / "records" / "tomorrow.jsonl"
    file.write_bytes(encode({**to_record(result(5)), "schema": SCHEMA + 1}))
    for look in (
        lambda: Store(filled).done([trial()]),
        lambda: list(Store(filled).records()),
        lambda: Store(filled).frames(),
    ):
        with pytest.raises(
            SeqbenchError, match=f"tomorrow.jsonl .*schema {SCHEMA + 1}.*reads up to"
        ):
            look()


def test_records_nobody_can_upgrade_are_refused(filled):
    old = {**to_record(result(5)), "schema": -5}
    (filled / "records" / "old.jsonl").write_bytes(encode(old))
    with pytest.raises(SeqbenchError, match=r"old.jsonl .*schema -5"):
        Store(filled).done([trial()])


def test_records_of_an_earlier_release_are_read_as_todays(filled, monkeypatch):
    """Two schemas back, the status was a number and was then called `outcome`."""

    def named(record):
        return {**record, "outcome": ["ok", "failed"][record["outcome"]]}

    def renamed(record):
        record = dict(record)
        return {**record, "status": record.pop("outcome")}

    monkeypatch.setitem(UPGRADES, SCHEMA - 2, named)
    monkeypatch.setitem(UPGRADES, SCHEMA - 1, renamed)
    old = [
        {**to_record(result(seed)), "schema": SCHEMA - 2, "outcome": seed - 5} for seed in (5, 6)
    ]
    for record in old:
        del record["status"]
    file = filled / "records" / "old.jsonl"
    file.write_bytes(b"".join(map(encode, old)))
    before = file.read_bytes()
    store = Store(filled)
    assert len(store.done([trial(seed) for seed in range(7)])) == 5
    assert {one.trial.seed: one.status for one in store.results()}[6] == "failed"
    assert store.frames().trials.status.tolist().count("ok") == 4
    assert store.verify().damaged == ()
    assert file.read_bytes() == before
    assert json.loads(before.split(b"\n")[0])["schema"] == SCHEMA - 2
