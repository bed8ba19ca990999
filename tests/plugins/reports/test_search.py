"""What is chosen is chosen on valid, whatever the test scores; and what is said of it is true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench import Choice, Measurement, Point, Result, SeqbenchError, Sizes, Trial
from seqbench.catalogue import Catalogue
from seqbench.kits.searched import chosen, ranking, tried
from seqbench.store import Store

ECHO, COPY = Choice("echo", {"length": 4}), Choice("copy", {"length": 4})
GRID = "random search finds better settings than a grid of as many"
KEEPS = "keeping what was best on valid prevents overfitting"


def result(lr, valid, test, seed=0, *, status="ok", study="net", name="net", **more):
    """One trial of a setting that a search tried; plain where `study` is None."""
    said = {"name": study, "method": more.pop("method", "random"), "over": "lr"} if study else {}
    metric, better = more.pop("metric", "accuracy"), more.pop("better", "higher")
    train = {"lr": lr, "keep": more.pop("keep", "best")}
    trial = Trial(
        more.pop("task", ECHO),
        Choice(name, more.pop("settings", {})),
        seed,
        train,
        study=said,
        metrics=(metric,),
        **more,
    )
    scores = tuple(
        Measurement(metric, value, split=split, better=better)
        for split, value in (("test", test), ("valid", valid))
        if value is not None
    )
    costs = {"parameters": 1234, "fit_seconds": 1.0}
    return Result(trial, status, None, scores if status == "ok" else (), (), costs)


@pytest.fixture
def frames(tmp_path):
    def frames(*results):
        with Store(tmp_path) as store:
            for one in results:
                store.add(one)
        return store.frames()

    return frames


@pytest.fixture
def told(frames):
    def rendered(*results, report="search", **settings):
        found = frames(*results)
        made = Catalogue.installed().make("reports", report, settings)
        return made.render(found if made.all_tried else chosen(found))

    return rendered


def line(text, start):
    return next(row for row in text.splitlines() if row.startswith(start))


def picked(frames):
    """The learning rates of what was chosen."""
    return sorted(set(chosen(frames).trials["train.lr"]))


# ------------------------------------------------------------------------------ choosing


@pytest.mark.parametrize(
    ("metric", "better", "good", "bad"),
    [("accuracy", "higher", 0.9, 0.1), ("perplexity", "lower", 1.5, 40.0), ("odd", None, 0.2, 0.5)],
)
def test_what_is_best_on_test_and_poor_on_valid_is_not_chosen(frames, metric, better, good, bad):
    kind = {"metric": metric, "better": better}
    found = frames(
        *(result(0.1, bad, good, seed, **kind) for seed in range(3)),  # planted
        *(result(0.2, good, bad, seed, **kind) for seed in range(3)),
        *(result(0.3, (good + bad) / 2, good, seed, **kind) for seed in range(3)),
    )
    assert picked(found) == [0.2]
    left = chosen(found)
    assert len(left.trials) == 3 and set(left.trials["study.settings"]) == {3}
    assert set(left.measurements.id) == set(left.trials.id)


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=25, deadline=None)
def test_test_scores_play_no_part(tmp_path_factory, seed, lower):
    rng = np.random.default_rng(seed)
    valid = rng.integers(0, 8, (5, 2)) / 8
    kind = {"metric": "loss", "better": "lower" if lower else "higher"}
    found = []
    for _ in range(2):  # two worlds that differ in their test scores
        with Store(tmp_path_factory.mktemp("r")) as store:
            for i, j in rng.permutation([(i, j) for i in range(5) for j in range(2)]):
                store.add(result(0.1 * (i + 1), valid[i, j], rng.random(), int(j), **kind))
        found.append(picked(store.frames()))
    means = valid.mean(axis=1)
    best = means.min() if lower else means.max()
    assert found[0] == found[1]
    assert found[0] == [0.1 * (int(np.flatnonzero(means == best)[0]) + 1)]  # ties: always the same


def test_the_mean_over_seeds_counts_and_not_the_luckiest_seed(frames):
    found = frames(
        *(result(0.1, value, 0.5, seed) for seed, value in enumerate((0.99, 0.0, 0.0))),
        *(result(0.2, value, 0.5, seed) for seed, value in enumerate((0.4, 0.5, 0.4))),
    )
    assert picked(found) == [0.2]


@pytest.mark.parametrize("status", ["failed", "diverged", "skipped", "leaked", "timeout", None])
def test_a_setting_that_lacks_a_seed_is_not_chosen(frames, told, status):
    lost = [] if status is None else [result(0.1, 0, 0, 2, status=status)]
    results = [
        *(result(0.1, 0.9, 0.9, seed) for seed in range(2)),
        *lost,
        *(result(0.2, 0.3, 0.3, seed) for seed in range(3)),
    ]
    assert picked(frames(*results)) == [0.2]
    row = line(told(*results), "| net |")
    given_up = " (1 trials given up)" if status == "skipped" else ""
    assert row.startswith(f"| net | 2, 1 without a score{given_up} | lr 0.2 | 0.300 ± 0.000 |")


def test_where_no_setting_is_whole_the_nearest_stays_and_none_is_called_chosen(frames, told):
    results = [
        result(0.1, 0.9, 0.9, 0),
        *(result(0.1, 0, 0, seed, status="failed") for seed in (1, 2)),
        *(result(0.2, 0.3, 0.3, seed) for seed in (0, 1)),
        result(0.2, 0, 0, 2, status="failed"),
    ]
    assert picked(frames(*results)) == [0.2]
    text = told(*results)
    assert line(text, "| net |") == (
        "| net | 2, 2 without a score | none has a score on every seed | – | – |  |"
    )
    assert "| cannot tell | there are fewer than three settings" in text


def test_all_failed(frames, told):
    results = [result(lr, 0, 0, status="failed") for lr in (0.1, 0.2)]
    assert len(picked(frames(*results))) == 1
    assert "none has a score on every seed" in told(*results)
    assert "failed" in told(*results, report="table")


def test_a_valid_score_alone_is_missing(told):
    text = told(result(0.1, None, 0.9), result(0.2, 0.4, 0.5))
    assert line(text, "| net |").startswith(
        "| net | 2, 1 without a score | lr 0.2 | 0.400 | 0.500 |"
    )


def test_what_was_given_up_once_and_ran_through_another_time_is_one_setting(frames, told):
    bars = ((100, 0.1),)
    results = [
        *(result(0.1, 0.9, 0.8, seed) for seed in range(2)),
        *(result(0.1, 0, 0, seed, status="skipped", bars=bars) for seed in range(2)),
        *(result(0.2, 0.5, 0.6, seed) for seed in range(2)),
        *(result(0.2, 0.5, 0.6, seed, bars=bars) for seed in range(2)),
    ]
    assert picked(frames(*results)) == [0.1]
    assert len(chosen(frames(*results)).trials) == 2
    assert len(chosen(frames(*results)).measurements) == 4
    assert line(told(*results), "| net |").startswith("| net | 2 | lr 0.1 | 0.900 ± 0.000 | 0.800")
    assert len(tried(frames(*results))) == 4


def test_settings_of_the_architecture_are_settings_too(frames, told):
    found = [
        result(0.1, value, 0.5, seed, settings={"layers": layers})
        for layers, value in ((1, 0.2), (2, 0.7))
        for seed in range(2)
    ]
    left = chosen(frames(*found)).trials
    assert set(left["architecture.layers"]) == {2} and len(left) == 2


@pytest.mark.parametrize(
    "apart",
    [
        {"task": COPY},
        {"task": Choice("echo", {"length": 5})},
        {"sizes": Sizes(1, 2, 3)},
        {"partial": True},
        {"study": "other", "bars": ((1, 9.0),)},
    ],
)
def test_each_search_has_its_own_choice(frames, apart):
    found = frames(
        result(0.1, 0.9, 0.5),
        result(0.2, 0.1, 0.5),
        result(0.1, 0.1, 0.5, **apart),
        result(0.2, 0.9, 0.5, **apart),
    )
    left = chosen(found).trials
    assert sorted(left["train.lr"]) == [0.1, 0.2]


def test_what_was_not_searched_for_stays(frames):
    plain = [result(lr, 0.1, 0.1, study=None, name="plain") for lr in (0.1, 0.2)]
    old = Result(Trial(COPY, Choice("majority"), 0, baseline=True), "ok", None, ())
    found = frames(*plain, old, result(0.1, 0.3, 0.3), result(0.2, 0.4, 0.4))
    left = chosen(found).trials
    assert sorted(left.architecture) == ["majority", "net", "plain", "plain"]
    assert left.set_index("architecture")["study.settings"].dropna().to_dict() == {"net": 2}


def test_curves_of_what_was_not_chosen_are_left_out_too(tmp_path):
    with Store(tmp_path) as store:
        for lr, valid in ((0.1, 0.2), (0.2, 0.3)):
            one = result(lr, valid, 0.5)
            store.add(Result(one.trial, "ok", None, one.measurements, (Point(1, lr, lr),)))
    assert list(chosen(store.frames()).curves.valid_loss) == [0.2]


def test_records_of_before_searches_and_none_at_all(frames, told, tmp_path):
    text = "nothing was searched for"
    assert text in told()
    assert text in told(result(0.1, 0.2, 0.3, study=None))
    found = frames(result(0.1, 0.2, 0.3, study=None))
    assert "study.name" not in found.trials and chosen(found) is found
    assert len(tried(found)) == 0 and {"valid", "test", "setting"} <= set(tried(found))


def test_ranking_is_by_valid_with_what_is_not_whole_last(frames):
    found = frames(
        *(result(0.1, 0.2, 0.9, seed) for seed in range(2)),
        *(result(0.2, 0.6, 0.1, seed) for seed in range(2)),
        result(0.3, 0.9, 0.9),
        result(0.3, 0.9, 0.9, 1, status="failed"),
        *(result(0.4, 0.4, 0.5, seed) for seed in range(2)),
    )
    rows = ranking(tried(found))
    assert list(rows["mean"].round(3)) == [0.6, 0.4, 0.2, 0.9]
    assert list(rows.whole) == [True, True, True, False]


# ------------------------------------------------------------------------------ the report


def spread(study, tests, **more):
    """A search with so many settings; the better on valid, the better on test."""
    noise = (0.0, 0.002, 0.004)
    return [
        result(0.1 * (i + 1), test, test + noise[seed], seed, study=study, **more)
        for i, test in enumerate(tests)
        for seed in range(3)
    ]


def claims(text):
    rows = [row.split(" | ") for row in text.splitlines() if row.startswith("| echo | ")]
    return {row[1]: (row[2], row[3]) for row in rows}


def test_settings_are_counted_and_numbers_are_those_by_hand(told):
    results = [
        result(0.1 * i, value, value / 2, s)
        for i, value in ((1, 0.2), (2, 0.8), (3, 0.4))
        for s in range(1)
    ]
    assert line(told(*results), "| net |") == (
        "| net | 3 | lr 0.2 | 0.800 | 0.400 | 0.800 / 0.400 / 0.200 |"
    )
    assert "### echo: accuracy" in told(*results)


def test_where_less_is_better_numbers_are_told_as_they_were(told):
    kind = {"metric": "loss", "better": "lower"}
    results = [
        result(0.1 * i, value, value / 2, **kind) for i, value in ((1, 2.0), (2, 8.0), (3, 4.0))
    ]
    assert line(told(*results), "| net |") == (
        "| net | 3 | lr 0.1 | 2.000 | 1.000 | 2.000 / 4.000 / 8.000 |"
    )


def test_the_best_on_valid_stands_first(told):
    text = told(*spread("a", (0.1, 0.2)), *spread("b", (0.3, 0.4), name="b"))
    assert text.index("| b |") < text.index("| a |")
    kind = {"metric": "loss", "better": "lower"}
    text = told(*spread("a", (0.1, 0.2), **kind), *spread("b", (0.3, 0.4), name="b", **kind))
    assert text.index("| a |") < text.index("| b |")


def test_unequal_numbers_of_settings_are_said(told):
    unequal = "the architectures had not the same number of settings"
    even = [*spread("a", (0.1, 0.2)), *spread("b", (0.3, 0.4), name="b")]
    assert unequal not in told(*even)
    assert unequal in told(*even, *spread("c", (0.3,), name="c"))
    assert "not the same number for all" in told(*spread("c", (0.3,), name="c"), report="table")


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ((0.9, 0.5, 0.1), "supported"),
        ((0.5, 0.5, 0.5), "cannot tell"),
        ((0.9, 0.5), "cannot tell"),  # too few
    ],
)
def test_whether_searching_matters(told, tests, said):
    verdict, because = claims(told(*spread("net", tests)))[
        "settings of lr matter, and searching for them finds better ones (net)"
    ]
    assert verdict == said
    if said == "supported":
        assert r"is 0.400 \[" in because and "of 3 settings" in because


def test_searching_does_not_matter_where_the_chosen_one_is_worse_on_test(told):
    results = [
        result(0.1 * i, valid, test + s / 100, s)
        for i, valid, test in ((1, 0.9, 0.1), (2, 0.5, 0.5), (3, 0.1, 0.9))
        for s in range(3)
    ]
    ((verdict, because),) = claims(told(*results)).values()
    assert verdict == "not supported" and "is -0.400" in because


def test_less_is_better_turns_the_claims_round(told):
    kind = {"metric": "loss", "better": "lower"}
    ((verdict, because),) = claims(told(*spread("net", (0.1, 0.5, 0.9), **kind))).values()
    assert verdict == "supported" and "is 0.400" in because


@pytest.mark.parametrize(
    ("random", "said"), [(0.9, "supported"), (0.1, "not supported"), (0.5, "cannot tell")]
)
def test_random_against_a_grid(told, random, said):
    found = claims(
        told(
            *spread("net(search=grid)", (0.5, 0.2), method="grid"),
            *spread("net(search=random)", (random, 0.05), method="random", bars=((1, 9.0),)),
        )
    )
    verdict, because = found[f"{GRID} (net)"]
    assert verdict == said
    assert "net(search=random) is" in because and "2 settings against 2" in because
    assert not any(claim.startswith(KEEPS) for claim in found)


@pytest.mark.parametrize(
    ("last", "said"), [(0.1, "supported"), (0.9, "not supported"), (0.5, "cannot tell")]
)
def test_keeping_the_best_against_the_last(told, last, said):
    found = claims(
        told(
            *spread("net(keep=best)", (0.5, 0.2)),
            *spread("net(keep=last)", (last, 0.05), keep="last"),
        )
    )
    verdict, because = found[f"{KEEPS} (net)"]
    assert verdict == said and "net(keep=best) is" in because
    assert not any(claim.startswith(GRID) for claim in found)


def test_searches_that_differ_in_two_things_are_not_compared(told):
    found = claims(
        told(
            *spread("one", (0.5, 0.2), method="grid"),
            *spread("two", (0.5, 0.2), keep="last"),
            *spread("three", (0.5, 0.2), name="other", method="random"),
        )
    )
    assert not any(claim.startswith((GRID, KEEPS)) for claim in found)


def test_without_test_scores_nothing_is_claimed(told):
    results = [result(0.1 * i, 0.1 * i, None, s) for i in (1, 2, 3) for s in range(2)]
    text = told(*results)
    assert [verdict for verdict, _ in claims(text).values()] == ["cannot tell"]
    assert line(text, "| net |").split(" | ")[4] == "–"


def test_one_seed_cannot_tell(told):
    results = [result(0.1 * i, 0.1 * i, 0.1 * i) for i in (1, 2, 3)]
    assert [verdict for verdict, _ in claims(told(*results)).values()] == ["cannot tell"]


def test_odd_names_break_no_table(told):
    odd = "n|t\n\x1b[31m<b> *x* §"
    results = [
        result(0.1 * i, 0.1 * i, 0.1, s, study=odd, name=odd, task=Choice(odd))
        for i in (1, 2, 3)
        for s in range(2)
    ]
    text = told(*results)
    assert "\x1b" not in text and "<b>" not in text.replace("\\<b\\>", "")
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert len(rows) == 6  # two tables of a head, a rule and one row each
    assert "\x1b" not in told(*results, report="table")


def test_two_tasks_and_partial_trials_have_tables_of_their_own(told):
    text = told(
        *spread("net", (0.1, 0.2)),
        *spread("net", (0.3, 0.4), task=COPY),
        *spread("net", (0.6, 0.7), partial=True),
    )
    best = {
        part.splitlines()[0]: line(part, "| net |").split(" | ")[3]
        for part in text.split("### ")
        if "| net |" in part
    }
    assert best == {
        "echo: accuracy": "0.200 ± 0.000",
        "copy: accuracy": "0.400 ± 0.000",
        r"echo (partial): accuracy": "0.700 ± 0.000",
    }


def test_the_terminal_is_shown_the_same(frames):
    made = Catalogue.installed().make("reports", "search", {})
    shown = made.show(frames(*spread("net", (0.9, 0.5, 0.1))), 300)
    assert "0.900 ± 0.000" in shown and "supported" in shown and "nothing" not in shown


def test_no_draws_are_refused():
    with pytest.raises(SeqbenchError, match=r"search\.draws is 0; it takes 1 or more"):
        Catalogue.installed().make("reports", "search", {"draws": 0})


# ------------------------------------------------------------------------------ other reports


def test_the_table_has_one_row_for_a_search_and_no_score_of_what_was_not_chosen(told):
    results = [
        *(result(0.1, 0.2, 0.987 + s / 1000, s) for s in range(2)),
        *(result(0.2, 0.6, 0.4, s) for s in range(2)),
        *(result(0.3, 0, 0, s, status="failed") for s in range(2)),
        *(result(0.1, 0.2, 0.1, s, study=None, name="plain") for s in range(2)),
    ]
    text = told(*results, report="table")
    assert [row for row in text.splitlines() if row.startswith("| net |")] == [
        "| net | **0.400 ± 0.000** | 1,234 |  | 2/2 |"
    ]
    assert "98" not in text and "99" not in text
    assert "- chosen on valid alone, of settings: net 3" in text
    assert line(text, "| plain |").startswith("| plain | 0.100 ± 0.000")


def test_two_searches_for_one_architecture_have_a_row_each(told):
    text = told(
        *spread("net(search=grid)", (0.5, 0.2), method="grid"),
        *spread("net(search=random)", (0.6, 0.3), method="random", bars=((1, 9.0),)),
        report="table",
    )
    assert line(text, "| net(search=grid) |").startswith("| net(search=grid) | 0.502")
    assert line(text, "| net(search=random) |").startswith("| net(search=random) | **0.602")
    assert "of settings: net(search=grid) 2, net(search=random) 2" in text


def test_what_was_not_searched_for_keeps_its_name_beside_what_was(told):
    """Rows of both have numbers of their own, from 0 on, before they come together."""
    text = told(
        *(result(0.1, 0.2, 0.1, s, study=None, name="plain") for s in range(2)),
        *(result(0.1, 0.6, 0.5, s, study="net(a)", settings={"width": 4}) for s in range(2)),
        *(result(0.1, 0.5, 0.4, s, study="net(b)", settings={"width": 8}) for s in range(2)),
        report="table",
    )
    names = [row.split(" | ")[0] for row in text.splitlines() if row.startswith("| ")]
    assert names[-4:] == ["| chance", "| net(a)", "| net(b)", "| plain"]
