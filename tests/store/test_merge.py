"""Two folders become one: nothing lost, nothing twice, and what disagrees is said."""

from dataclasses import replace

import pytest
from samples import files, lines, result

from seqbench.store import Store, merge


def fill(folder, *results):
    with Store(folder) as store:
        for one in results:
            store.add(one)
    return folder


def test_merged_folders_hold_each_record_once(tmp_path):
    first = fill(tmp_path / "a", result(0), result(1))
    second = fill(tmp_path / "b", result(2), result(3, "failed"))
    into = tmp_path / "c"
    assert merge(first, second, into).added == 4
    assert sorted(lines(into)) == sorted(lines(first) + lines(second))
    assert merge(first, second, into).added == 0
    assert merge(second, into, into).added == 0
    assert len(lines(into)) == 4
    assert Store(into).verify().records == 4


def test_a_folder_may_take_another_in(tmp_path):
    first = fill(tmp_path / "a", result(0))
    second = fill(tmp_path / "b", result(1))
    merged = merge(first, second, first)
    assert (merged.added, merged.conflicts) == (1, ())
    assert len(lines(first)) == 2


def test_a_run_that_went_on_is_merged_again(tmp_path):
    """The same file, longer in one place: what is new goes beside what is there."""
    with Store(tmp_path / "a") as store:
        store.add(result(0, "failed", reason="old"))
        merge(tmp_path / "a", tmp_path / "none", tmp_path / "c")
        store.add(result(1))
        assert merge(tmp_path / "a", tmp_path / "none", tmp_path / "c").added == 1
    assert len(list(Store(tmp_path / "c").records())) == 2
    assert len(list(tmp_path.glob("c/records/*.jsonl"))) == 2  # no file has a second writer


@pytest.mark.parametrize("flip", [False, True])
def test_the_later_run_wins_whichever_folder_comes_first(tmp_path, flip):
    early = fill(tmp_path / "a", result(0, "failed", reason="early"))
    late = fill(tmp_path / "b", result(0, "crashed", reason="late"))
    merge(*((late, early) if flip else (early, late)), tmp_path / "c")
    assert [record["reason"] for record in Store(tmp_path / "c").records()] == ["late"]


def test_successes_that_disagree_are_reported(tmp_path):
    first = fill(tmp_path / "a", result(0, value=0.5), result(1, value=0.5))
    second = fill(tmp_path / "b", result(0, value=0.5), result(1, value=0.75))
    conflicts = merge(first, second, tmp_path / "c").conflicts
    assert sorted(conflict.values for conflict in conflicts) == [(0.25, 0.375), (0.5, 0.75)]
    assert {conflict.id for conflict in conflicts} == {result(1).trial.id}
    told = sorted(map(str, conflicts))
    assert told[1].endswith("(recall, lstm, seed 1): accuracy on test at {} is 0.5 and 0.75")


def test_failures_do_not_disagree(tmp_path):
    first = fill(tmp_path / "a", result(0))
    diverged = replace(result(0, value=0.1), status="diverged")
    second = fill(tmp_path / "b", result(0, "failed"), diverged)
    assert merge(first, second, tmp_path / "c").conflicts == ()


def test_damaged_lines_stay_behind_and_are_counted(tmp_path):
    first = fill(tmp_path / "a", result(0), result(1))
    (file,) = first.glob("records/*.jsonl")
    file.write_bytes(file.read_bytes()[:-9])
    merged = merge(first, tmp_path / "b", tmp_path / "c")
    assert (merged.added, merged.damaged) == (1, 1)


def test_merging_nothing_makes_nothing(tmp_path):
    assert merge(tmp_path / "a", tmp_path / "b", tmp_path / "c").added == 0
    assert files(tmp_path) == []
